import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { formatOfRange } from "../fixed/format.js";
import type {
  DenseStage,
  Design,
  DesignMemory,
  DesignMultiplier,
  Pipeline,
  ReadoutStage,
} from "../ir/design.js";
import { type FixedLayer, type FixedModel, type FixedReadout, rangeOfId } from "../ir/fixed.js";
import { sizeOf } from "../ir/spiking.js";
import { chooseParallelism, type LayerWork } from "../mapping/balance.js";
import { divisorsOf } from "../mapping/divisors.js";
import { denseCycles, QUEUE_DEPTH, readoutCycles } from "../mapping/engines.js";
import { isBit, schedulePipeline, widthOf } from "../mapping/schedule.js";
import { eventBits } from "../mapping/widths.js";
import type { Pass } from "./pass.js";

/** A number of lanes, or the compiler's choice. */
export type Lanes = number | "auto";

export interface MapOptions {
  /** Output channels (`pe`) and input channels (`simd`) in parallel, for layers that `layers` doesn't name. */
  readonly pe: Lanes;
  readonly simd: Lanes;
  readonly layers: Readonly<
    Record<string, { readonly pe?: Lanes | undefined; readonly simd?: Lanes | undefined }>
  >;
  /** Activations a cycle of a readout. */
  readonly acts: Lanes;
  /** Cycles that a tick may take; without it, multipliers are dealt out until `multiplierBudget` is used. */
  readonly targetCyclesPerTick: number | undefined;
  readonly multiplierBudget: number;
}

/**
 * Maps layers to dense stages and readouts to readout stages: lanes, pipelines, memories, multipliers, cycles.
 *
 * Preserves: meaning; a stage computes exactly the integers of its layer.
 */
export const mapStages: Pass<FixedModel, Design, MapOptions> = {
  name: "map-stages",
  summary: "chooses engines, lanes and memories, and states the cycles a tick takes; changes no value",
  run(model, options) {
    const diagnostics: Diagnostic[] = [];
    const work = model.layers.map((layer) => layerWork(layer, options, diagnostics));
    const lanes = chooseParallelism(work, options);
    const dense = model.layers.map((layer, l) => {
      const { pe, simd } = lanes[l] as { pe: number; simd: number };
      const readers = model.readouts.filter((r) => r.layer === layer.name).length;
      // The last layer's spikes leave the core only where no readout takes its place.
      const sendsSpikes = l + 1 < model.layers.length || model.readouts.length === 0;
      return denseStage(layer, pe, simd, sendsSpikes, readers);
    });
    const readouts = model.readouts.map((readout) => {
      const source = dense.find((stage) => stage.name === readout.layer) as DenseStage;
      return readoutStage(readout, source, options.acts, diagnostics);
    });
    return { output: { name: model.name, model, stages: [...dense, ...readouts] }, diagnostics };
  },
};

function layerWork(layer: FixedLayer, options: MapOptions, diagnostics: Diagnostic[]): LayerWork {
  const own = options.layers[layer.name] ?? {};
  const fixed = (name: "pe" | "simd", lanes: Lanes, channels: number): number | undefined => {
    return lanes === "auto" ? undefined : dividing(layer.name, name, lanes, channels, diagnostics);
  };
  const [kh, kw] = layer.synapse.kernel;
  return {
    inChannels: layer.input.channels,
    outChannels: layer.output.channels,
    inPositions: layer.input.height * layer.input.width,
    taps: kh * kw * layer.output.height * layer.output.width,
    pe: fixed("pe", own.pe ?? options.pe, layer.output.channels),
    simd: fixed("simd", own.simd ?? options.simd, layer.input.channels),
  };
}

/** `lanes` if it divides `channels`, else 1 and a diagnostic. */
function dividing(
  owner: string,
  name: string,
  lanes: number,
  channels: number,
  diagnostics: Diagnostic[],
): number {
  if (channels % lanes === 0) return lanes;
  const holes = { name, lanes, channels, divisors: divisorsOf(channels).join(", ") };
  diagnostics.push(diagnostic("lanes-do-not-divide", { name: owner, attribute: name }, holes));
  return 1;
}

function denseStage(
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
  const queueWidth = 2 + eventBits(layer.sent) + pe;

  const memories: DesignMemory[] = [
    {
      name: "weights",
      kind: "rom",
      width: pe * simd * weightBits,
      depth: outGroups * tapWords,
      style: "auto",
      copies: 1,
      holds: "weights",
    },
    {
      name: "spikes",
      kind: "sdp",
      width: 1,
      depth: packedDepth(inGroups, layer),
      style: "distributed",
      copies: simd,
      holds: "input spikes of a tick",
    },
    ...pre.states.map((s) => ram(`state ${s.name}`, simd * s.width, words, "trace, per input")),
    ...(operandState === undefined
      ? [ram("operand", simd * operandWidth, words, "what the synapse reads")]
      : []),
    ...post.states.map((s) => ram(`state ${s.name}`, pe * s.width, neuronWords, "state, per neuron")),
    ...tables(pre, simd, inGroups),
    ...tables(post, pe, outGroups),
    ...(sendsSpikes ? [ram("spike queue", queueWidth, QUEUE_DEPTH, "queue", "distributed")] : []),
    ...(sendsPotentials
      ? [
          {
            ...ram(
              "potential queue",
              2 + pe * potentialWidth,
              QUEUE_DEPTH,
              "a queue per readout",
              "distributed",
            ),
            copies: readers,
          },
        ]
      : []),
  ];
  const macs: DesignMultiplier[] = isSpike
    ? []
    : [{ aWidth: operandWidth, bWidth: weightBits, copies: pe * simd, holds: "multiply-accumulate" }];
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

function readoutStage(
  readout: FixedReadout,
  source: DenseStage,
  acts: Lanes,
  diagnostics: Diagnostic[],
): ReadoutStage {
  const { layer } = source;
  const samePool = readout.pool?.height === layer.pool?.height && readout.pool?.width === layer.pool?.width;
  if (!samePool)
    diagnostics.push(
      diagnostic("readout-pool", readout.origin[0] ?? {}, { readout: readout.name, layer: layer.name }),
    );
  const lanes = acts === "auto" ? 1 : dividing(readout.name, "acts", acts, source.pe, diagnostics);
  const inputs = sizeOf(readout.input);
  const depth = inputs / lanes;
  const { low, high } = rangeOfId(layer.post, layer.post.outputs.potential);
  // A threshold that is never reached is one above the range.
  const potentialWidth = widthOf({ low, high: high + 1n });
  const groups = readout.thresholds.length === 1 ? 1 : readout.input.channels / lanes;
  const steps = Array.from({ length: readout.activationBits }, (_, k) => ({
    name: `thresholds, step ${k}`,
    kind: "rom" as const,
    width: potentialWidth,
    depth: groups * 2 ** k,
    style: "auto" as const,
    copies: lanes,
    holds: "thresholds",
  }));
  const sumWidth = widthOf(readout.range);
  return {
    kind: "readout",
    name: readout.name,
    readout,
    source: source.name,
    lanes: source.pe,
    potentialWidth,
    acts: lanes,
    sumWidth,
    rankWidth: Math.max(1, formatOfRange({ low: 0n, high: BigInt(Math.max(...readout.rank)) }).width),
    memories: [
      {
        name: "weights",
        kind: "rom",
        width: lanes * readout.classes * readout.weightBits,
        depth,
        style: "auto",
        copies: 1,
        holds: "weights",
      },
      ...steps,
    ],
    multipliers: [
      {
        aWidth: readout.activationBits + 1,
        bWidth: readout.weightBits,
        copies: lanes * readout.classes,
        holds: "activation × weight",
      },
    ],
    cycles: readoutCycles(depth, readout.classes),
  };
}

/** Words of spike_sink's memories, whose address packs group, y and x. */
function packedDepth(groups: number, layer: FixedLayer): number {
  return 2 ** eventBits({ ...layer.input, channels: groups });
}

const ram = (
  name: string,
  width: number,
  depth: number,
  holds: string,
  style: DesignMemory["style"] = "auto",
): DesignMemory => ({ name, kind: "sdp", width, depth, style, copies: 1, holds });

const tables = (pipeline: Pipeline, lanes: number, groups: number): DesignMemory[] =>
  pipeline.tables.map((t) => ({
    name: t.name,
    kind: "rom",
    width: lanes * t.width,
    depth: groups,
    style: "auto",
    copies: 1,
    holds: "constants per channel",
  }));

function multipliers(pipeline: Pipeline, lanes: number, holds: string): DesignMultiplier[] {
  return pipeline.ops.flatMap((op) =>
    op.kind === "mul"
      ? [
          {
            aWidth: op.a.kind === "net" ? op.a.net.width : op.a.width,
            bWidth: op.b.kind === "net" ? op.b.net.width : op.b.width,
            copies: lanes,
            holds,
          },
        ]
      : [],
  );
}
