import type { DenseStage, DesignMemory, DesignMultiplier } from "../ir/design.js";
import { type FixedLayer, rangeOfId } from "../ir/fixed.js";
import { denseGeometry, mergeLatency } from "./geometry.js";
import { denseCycles } from "./latencies.js";
import { multipliers, queues, ram, tables } from "./parts.js";
import { schedulePipeline } from "./schedule.js";
import { sentStreams, type Targets } from "./streams.js";
import { addressBits, isBit, widthOf } from "./widths.js";

/** A layer on the dense engine: lanes, pipelines, memories, multipliers, cycles. */
export function denseStage(layer: FixedLayer, pe: number, simd: number, targets: Targets): DenseStage {
  const pre = schedulePipeline(layer.pre, "spike");
  const { spike, potential } = layer.post.outputs;
  const outputs: Record<string, string> = targets.readouts.length > 0 ? { spike, potential } : { spike };
  const post = schedulePipeline(
    { ...layer.post, outputs },
    "number",
    pre.tables.map((t) => t.name),
  );
  const range = rangeOfId(layer.pre, layer.pre.outputs.operand);
  const isSpike = isBit(range);
  const operandWidth = isSpike ? 1 : widthOf(range);
  const operandState = layer.pre.states.find((s) => s.next === layer.pre.outputs.operand)?.name;
  const geometry = denseGeometry(layer, pe, simd);
  const { inGroups, inWords, groups, words } = geometry;
  const weightBits = layer.synapse.weightBits;

  const memories: DesignMemory[] = [
    {
      name: "weights",
      kind: "rom",
      width: pe * simd * weightBits,
      depth: geometry.weightWords,
      style: "auto",
      copies: 1,
      role: "weights",
    },
    { ...ram("spikes", 1, packedDepth(inGroups, layer), "input-spikes"), copies: simd },
    ...pre.states.map((s) => ram(`state ${s.name}`, simd * s.width, inWords, "trace")),
    ...(operandState === undefined ? [ram("operand", simd * operandWidth, inWords, "operand")] : []),
    ...post.states.map((s) => ram(`state ${s.name}`, pe * s.width, words, "state")),
    ...tables(pre, simd, inGroups),
    ...tables(post, pe, groups),
  ];
  const macs: DesignMultiplier[] = isSpike
    ? []
    : [{ aWidth: operandWidth, bWidth: weightBits, copies: pe * simd, role: "multiply-accumulate" }];
  const stage: DenseStage = {
    kind: "dense",
    geometry,
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
    potentialWidth: post.outputs.potential?.width ?? 1,
    memories,
    multipliers: [...macs, ...multipliers(pre, simd, "pre"), ...multipliers(post, pe, "post")],
    cycles: denseCycles({
      words: inWords,
      beats: geometry.beats,
      simd,
      preLatency: pre.latency,
      mergeLatency: mergeLatency(geometry),
      postLatency: post.latency,
    }),
  };
  return { ...stage, memories: [...memories, ...queues(sentStreams(stage, targets), pe)] };
}

/** Words of spike_sink's memories, whose address packs group, y and x. */
function packedDepth(groups: number, layer: FixedLayer): number {
  const { height, width } = layer.input;
  return 2 ** (addressBits(groups) + addressBits(height) + addressBits(width));
}
