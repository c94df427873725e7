import type { DenseStage, DesignMemory, DesignMultiplier } from "../ir/design.js";
import { type FixedLayer, rangeOfId } from "../ir/fixed.js";
import { denseCycles } from "./latencies.js";
import { multipliers, queues, ram, tables } from "./parts.js";
import { schedulePipeline } from "./schedule.js";
import { eventBits, isBit, widthOf } from "./widths.js";

/** A layer on the dense engine: lanes, pipelines, memories, multipliers, cycles. `readers`: readouts that see its potentials. */
export function denseStage(
  layer: FixedLayer,
  pe: number,
  simd: number,
  sendsSpikes: boolean,
  readers: number,
): DenseStage {
  const sendsPotentials = readers > 0;
  const pre = schedulePipeline(layer.pre, "spike");
  const { spike, potential } = layer.post.outputs;
  const outputs: Record<string, string> = sendsPotentials ? { spike, potential } : { spike };
  const post = schedulePipeline(
    { ...layer.post, outputs },
    "number",
    pre.tables.map((t) => t.name),
  );
  const range = rangeOfId(layer.pre, layer.pre.outputs.operand);
  const isSpike = isBit(range);
  const operandWidth = isSpike ? 1 : widthOf(range);
  const operandState = layer.pre.states.find((s) => s.next === layer.pre.outputs.operand)?.name;
  const inGroups = layer.input.channels / simd;
  const outGroups = layer.output.channels / pe;
  const words = inGroups * layer.input.height * layer.input.width;
  const neuronWords = outGroups * layer.output.height * layer.output.width;
  const [kh, kw] = layer.synapse.kernel;
  const tapWords = kh * kw * inGroups;
  const weightBits = layer.synapse.weightBits;
  const potentialWidth = post.outputs.potential?.width ?? 1;

  const memories: DesignMemory[] = [
    {
      name: "weights",
      kind: "rom",
      width: pe * simd * weightBits,
      depth: outGroups * tapWords,
      style: "auto",
      copies: 1,
      role: "weights",
    },
    {
      name: "spikes",
      kind: "sdp",
      width: 1,
      depth: packedDepth(inGroups, layer),
      style: "distributed",
      copies: simd,
      role: "input-spikes",
    },
    ...pre.states.map((s) => ram(`state ${s.name}`, simd * s.width, words, "trace")),
    ...(operandState === undefined ? [ram("operand", simd * operandWidth, words, "operand")] : []),
    ...post.states.map((s) => ram(`state ${s.name}`, pe * s.width, neuronWords, "state")),
    ...tables(pre, simd, inGroups),
    ...tables(post, pe, outGroups),
    ...queues({ layer, potentialWidth, sendsSpikes }, pe, readers),
  ];
  const macs: DesignMultiplier[] = isSpike
    ? []
    : [{ aWidth: operandWidth, bWidth: weightBits, copies: pe * simd, role: "multiply-accumulate" }];
  return {
    kind: "dense",
    name: layer.name,
    layer,
    pe,
    simd,
    pre,
    post,
    operandWidth,
    operandSigned: !isSpike,
    operandState,
    sumWidth: widthOf(layer.synapse.range),
    potentialWidth,
    sendsSpikes,
    sendsPotentials,
    memories,
    multipliers: [...macs, ...multipliers(pre, simd, "pre"), ...multipliers(post, pe, "post")],
    cycles: denseCycles({
      words,
      beats: neuronWords * tapWords,
      simd,
      preLatency: pre.latency,
      postLatency: post.latency,
    }),
  };
}

/** Words of spike_sink's memories, whose address packs group, y and x. */
function packedDepth(groups: number, layer: FixedLayer): number {
  return 2 ** eventBits({ ...layer.input, channels: groups });
}
