import { type DenseStage, type EventStage, type LayerStage, memoriesOf, memoryOf } from "../ir/design.js";
import { sumsOf } from "../ir/spiking.js";
import type { LayerStreams, SentStreams } from "../ir/stream.js";
import { sumLatency } from "../mapping/event-stage.js";
import { lanesOf, mergeLatency } from "../mapping/geometry.js";
import { macLatency } from "../mapping/latencies.js";
import { eventPayload } from "../mapping/streams.js";
import { denseWeights, eventWeights } from "../mapping/weight-words.js";
import { addressBits } from "../mapping/widths.js";
import { romColumns } from "./columns.js";
import { type BlockCost, cost, type Mapper, plus, stepCounter } from "./cost.js";
import { denseFront } from "./dense.js";
import { eventIntegrate } from "./event.js";
import { maxWindow } from "./max-window.js";
import { neurons } from "./neurons.js";
import { pipelineCost } from "./pipeline.js";
import { sliceSelect, sweepWalk } from "./sweep.js";

/** Blocks of a dense stage. */
export function denseCosts(stage: DenseStage, streams: LayerStreams, mapper: Mapper): readonly BlockCost[] {
  const { layer, pe, simd, pre } = stage;
  const { input, synapse } = layer;
  const output = sumsOf(layer);
  const { inGroups, inWords, inWord, groups, pool } = stage.geometry;
  const weights = memoryOf(stage, "weights");
  return [
    ...denseFront(
      {
        sink: {
          channels: input.channels,
          height: input.height,
          width: input.width,
          simd,
          spikes: memoryOf(stage, "input-spikes"),
        },
        sweep: { groups: inGroups, height: input.height, width: input.width, latency: pre.latency },
        walk: {
          inGroups,
          input: [input.height, input.width],
          outGroups: groups,
          output: [output.height, output.width],
          kernel: synapse.kernel,
          stride: synapse.stride,
          pad: [synapse.padding[0], synapse.padding[1]],
          pool,
        },
        mac: {
          pe,
          simd,
          operandBits: stage.operandWidth,
          operandSigned: stage.operandSigned,
          weightBits: synapse.weightBits,
          sumBits: stage.sumWidth,
        },
        weights,
        weightColumns: romColumns([weights], mapper, () => denseWeights(stage)),
        memories: memoriesOf(stage, "trace", "operand"),
        sharedAddressBits: stage.operandState === undefined ? 0 : addressBits(inWords),
      },
      mapper,
    ),
    {
      block: "pre pipeline",
      cost: pipelineCost(
        pre,
        {
          word: inWord,
          groups: inGroups,
          inputRegisters: 0,
          outputs: stage.operandState === undefined ? ["operand"] : [],
        },
        mapper,
      ),
    },
    ...neuronCosts(stage, streams, 1 + macLatency(simd), mapper),
  ];
}

/** Blocks of a stage on events. */
export function eventCosts(stage: EventStage, streams: LayerStreams, mapper: Mapper): readonly BlockCost[] {
  const { layer, channels, ports, banks } = stage;
  const { input, synapse } = layer;
  const output = sumsOf(layer);
  const { sums, sentWord, eventGroups: groups, slices, pool } = stage.geometry;
  const { word } = sums;
  const weights = memoriesOf(stage, "weights-of-two-rows", "weights-of-a-row");
  const sliced = sliceSelect(lanesOf(word) * stage.sumWidth, slices);
  return [
    ...eventIntegrate(
      {
        ports,
        inChannels: input.channels,
        input: [input.height, input.width],
        output: [output.height, output.width],
        kernel: synapse.kernel,
        stride: synapse.stride,
        pad: [synapse.padding[0], synapse.padding[1]],
        channels,
        groups,
        banks: [banks.y, banks.x],
        shift: banks.shift,
        aligns: banks.aligns,
        columns: word.columns,
        weightBits: stage.weightWidth,
        sumBits: stage.sumWidth,
        weights,
        accumulators: memoryOf(stage, "accumulator"),
        queue: memoryOf(stage, "port-queue"),
        weightColumns: romColumns(weights, mapper, () => eventWeights(stage)),
      },
      mapper,
    ),
    {
      block: "sweep_walk",
      cost: sweepWalk({
        groups,
        slices,
        height: output.height,
        width: output.width,
        pool,
        columns: word.columns,
        windows: sentWord.columns,
        overlap: stage.overlaps,
      }),
    },
    // The register of the word that is read stands before the choice of a slice.
    ...(slices > 1
      ? [
          {
            block: "slice_select",
            cost: plus(sliced, cost({ ff: word.columns * channels * stage.sumWidth })),
          },
        ]
      : []),
    ...neuronCosts(stage, streams, sumLatency(stage) - 1, mapper),
  ];
}

/** Results that something takes: nobody looks at the spikes of a last layer that only a readout reads. */
const takenOutputs = (stage: LayerStage, { spikes }: SentStreams): readonly string[] =>
  Object.keys(stage.post.outputs).filter((name) => name !== "spike" || spikes !== undefined);

/** From the sums of the synapse to the queues, in both engines. */
function neuronCosts(
  stage: LayerStage,
  streams: SentStreams,
  sumDelay: number,
  mapper: Mapper,
): readonly BlockCost[] {
  const { layer, post } = stage;
  const { sums, word, sentWord: sent, groups, words, pool } = stage.geometry;
  const [poolH, poolW] = pool;
  const rows = poolH * Math.max(1, Math.ceil(poolW / sums.word.columns));
  const { event } = streams.spikes?.payload ?? eventPayload(layer.sent);
  return [
    {
      block: "post pipeline",
      cost: pipelineCost(
        post,
        // Largest sums stand in registers with an enable, which join no delay.
        { word, groups, inputRegisters: sums.pooled ? 0 : 1, outputs: takenOutputs(stage, streams) },
        mapper,
      ),
    },
    ...(sums.pooled
      ? [
          {
            block: "max_window",
            cost: maxWindow({
              lanes: lanesOf(word),
              merge: sums.word.columns / word.columns,
              rows,
              sumBits: stage.sumWidth,
            }),
          },
          {
            // Before it: a register of the word of sums, its valid bit and flags; beside it the number of the neurons.
            block: "fx_delay (sums), step_counter (neurons)",
            cost: plus(
              cost({ ff: lanesOf(sums.word) * stage.sumWidth + 3 }),
              stepCounter(addressBits(words), words - 1),
            ),
          },
        ]
      : []),
    ...neurons(
      {
        neuronAddressBits: addressBits(words),
        countsNeurons: sums.pooled,
        groupBits: groups > 1 ? addressBits(groups) : 0,
        states: memoriesOf(stage, "state"),
        grouped: post.tables.length > 0,
        sumDelay: sumDelay + mergeLatency(stage.geometry),
        postDelay: 1 + post.latency,
        output: {
          windowLanes: lanesOf(sent),
          windows: sent.columns,
          merge: word.columns / sent.columns,
          pooled: !sums.pooled && rows > 1,
          placeBits: event.y + event.x,
          channelBits: event.channel,
          lastChannel: layer.sent.channels - word.channels,
          potentialBits: stage.potentialWidth,
          sendsSpikes: streams.spikes !== undefined,
          sendsPotentials: streams.potentials.length > 0,
          spikeQueue: memoriesOf(stage, "spike-queue")[0],
          potentialQueues: memoriesOf(stage, "potential-queue")[0],
        },
      },
      mapper,
    ),
  ];
}
