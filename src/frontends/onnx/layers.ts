import { diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import {
  type Pool,
  passThrough,
  type Recurrence,
  type Shape,
  type SpikingLayer,
  type Synapse,
  sizeOf,
} from "../../ir/spiking.js";
import { printShape } from "../../ir/spiking-printer.js";
import { type Context, fail, report, signalOf } from "./context.js";
import { type Currents, currentsOf, isCurrent, withOffset } from "./currents.js";
import { refuseSeveralMaps, refuseSeveralSources } from "./joins.js";
import { checkPool, shapeOf } from "./map-shape.js";
import { describe, findRegion, type NextOf, type Region, toRecurrence } from "./region.js";
import type { LinearMap, Signal } from "./signal.js";
import { toWeights } from "./weights.js";

type Synaptic = Signal & { readonly kind: "synapse" };
type Compare = Signal & { readonly kind: "compare" };

/** A layer found in the graph, before shapes and names: from its source spikes through its synapse to its comparison. */
export interface FoundLayer {
  readonly spike: Compare;
  readonly synapse: Synaptic;
  /** What `post` starts at: the synapse's sums, pooled or not. */
  readonly currents: Currents;
  readonly pre: Region;
  readonly post: Region;
  /** Comparison of the layer before, or the graph's input. */
  readonly source: number;
  /** Pooling between that comparison and this layer. */
  readonly sourcePool: Pool | undefined;
}

/** A comparison, or a pooled one; undefined for every other signal. */
export function spikesOf(
  ctx: Context,
  id: number,
): { readonly spike: Compare; readonly pool: Pool | undefined } | undefined {
  const s = signalOf(ctx, id);
  if (s.kind === "compare") return { spike: s, pool: undefined };
  if (s.kind !== "pool") return undefined;
  const pooled = signalOf(ctx, s.a);
  return pooled.kind === "compare" ? { spike: pooled, pool: s.pool } : undefined;
}

const chainHint =
  "layers form a chain: no skip connections, no joins, no feedback but through a layer's own states";

const isSource = (s: Signal): boolean => ["input", "compare", "pool", "average", "synapse"].includes(s.kind);

/**
 * What a synapse reads, back to the spikes that it comes from. A comparison of traces is part of it, and no other
 * layer's spikes: no synapse leads to it but through such spikes.
 */
function regionBefore(ctx: Context, next: NextOf, synapse: Synaptic): Region {
  const gates = new Set<number>();
  const leadsTo = (s: Signal, stops: (s: Signal) => boolean): boolean =>
    findRegion(ctx, next, s.kind === "compare" ? [s.a] : [], stops).boundaries.some(
      (id) => signalOf(ctx, id).kind === "synapse",
    );
  for (;;) {
    const region = findRegion(ctx, next, [synapse.a], (s) => isSource(s) && !gates.has(s.id));
    const compares = region.boundaries.map((id) => signalOf(ctx, id)).filter((s) => s.kind === "compare");
    const isAlone = region.boundaries.length === 1;
    const found = compares.filter((s) =>
      isAlone
        ? !leadsTo(s, ({ kind }) => kind === "synapse" || kind === "input")
        : !leadsTo(s, (other) => isSource(other) && other.id !== s.id),
    );
    if (found.length === 0) return region;
    for (const s of found) gates.add(s.id);
  }
}

/** The layer whose spikes a comparison gives. */
export function findLayer(ctx: Context, next: NextOf, spike: Compare): FoundLayer {
  const post = findRegion(ctx, next, [spike.a, spike.potential, spike.id], (s) => isCurrent(ctx, s));
  const [current, second] = post.boundaries.map((id) => signalOf(ctx, id));
  if (current === undefined) {
    const have = "a comparison that no Conv, Gemm or MatMul leads to";
    return fail("onnx-not-spikes", spike.origin, { what: "a layer's output", have });
  }
  if (second !== undefined) refuseSeveralMaps(ctx, next, spike, post);
  const currents = currentsOf(ctx, current);
  const boundary = currents.synapse;
  const pre = regionBefore(ctx, next, boundary);
  const analog = pre.boundaries.map((id) => signalOf(ctx, id)).find((s) => s.kind === "synapse");
  if (analog !== undefined) {
    const what = `what ${boundary.origin.operator ?? "the linear map"} reads`;
    const hint = "put Greater(potential, threshold) between the two linear maps";
    fail("onnx-not-spikes", boundary.origin, { what, have: "the potential of the layer before" }, hint);
  }
  const [source, another] = pre.boundaries.map((id) => signalOf(ctx, id));
  const what = `what ${boundary.origin.operator ?? "the linear map"} reads`;
  if (another !== undefined) refuseSeveralSources(ctx, next, boundary, pre, isSource);
  if (source === undefined)
    return fail("onnx-not-a-chain", boundary.origin, { what, reason: "it depends on no spikes" }, chainHint);
  if (source.kind === "input")
    return { spike, synapse: boundary, currents, pre, post, source: source.id, sourcePool: undefined };
  const spikes = spikesOf(ctx, source.id);
  if (spikes === undefined) {
    const have =
      source.kind === "pool" ? `pooled from ${describe(signalOf(ctx, source.a))}` : describe(source);
    const hint =
      source.kind === "average"
        ? "put the average right before the Conv or Linear: behind traces, not before them"
        : "pool spikes behind Greater, and let the next layer read spikes or traces of spikes";
    return fail("onnx-not-spikes", boundary.origin, { what, have }, hint);
  }
  return { spike, synapse: boundary, currents, pre, post, source: spikes.spike.id, sourcePool: spikes.pool };
}

/** Orders layers from the graph's input on; each spike source may feed one layer. */
export function orderLayers(ctx: Context, found: readonly FoundLayer[]): readonly FoundLayer[] {
  const bySource = new Map<number, FoundLayer>();
  for (const layer of [...found].sort((a, b) => a.synapse.id - b.synapse.id)) {
    const other = bySource.get(layer.source);
    if (other !== undefined) {
      const reason = `they feed both '${other.synapse.origin.name ?? ""}' and '${layer.synapse.origin.name ?? ""}'`;
      const args = { what: "a layer's spikes", reason };
      const notes = [{ text: "the other one", loc: other.synapse.origin }];
      report(ctx, diagnostic("onnx-not-a-chain", layer.synapse.origin, args, { notes, hint: chainHint }));
    } else bySource.set(layer.source, layer);
  }
  const input = ctx.signals.find((s) => s.kind === "input");
  const ordered: FoundLayer[] = [];
  for (let at = input?.id; at !== undefined; ) {
    const layer = bySource.get(at);
    if (layer !== undefined) ordered.push(layer);
    at = layer?.spike.id;
  }
  return ordered;
}

const poolShape = (shape: Shape, pool: Pool | undefined): Shape =>
  pool === undefined
    ? shape
    : {
        ...shape,
        height: Math.floor(shape.height / pool.height),
        width: Math.floor(shape.width / pool.width),
      };

/** What a linear map is over an input of `shape`: a vector read is a kernel over the whole map. */
export function toSynapse(ctx: Context, map: LinearMap, shape: Shape, loc: Loc): Synapse {
  const { kind, outChannels, stride, padding } = map;
  const weights = toWeights(ctx, map.weights, outChannels, loc);
  const kernel = kind === "linear" ? ([shape.height, shape.width] as const) : map.kernel;
  return { kind, weights, outChannels, kernel, stride, padding, origin: [loc] };
}

/** A layer, its input shape and pooling known, and what its readouts read of it. */
export function buildLayer(
  ctx: Context,
  next: NextOf,
  found: FoundLayer,
  name: string,
  input: Shape,
  pool: Pool | undefined,
  potential: number,
): SpikingLayer {
  const { synapse, spike, currents } = found;
  const { map, origin } = synapse;
  const output = shapeOf((currents.pool ?? synapse).dims);
  const seen = shapeOf(map.dataDims);
  const same =
    map.kind === "linear" ? sizeOf(seen) === sizeOf(input) : printShape(seen) === printShape(input);
  if (!same) {
    const reason = `the layer before sends ${printShape(input)}`;
    fail("onnx-shape", origin, { what: "the data", have: map.dataDims.join(", "), reason });
  }
  const sourceId = found.pre.boundaries[0] as number;
  const pre: Recurrence<"operand"> =
    synapse.a === sourceId
      ? passThrough([signalOf(ctx, sourceId).origin])
      : toRecurrence(ctx, next, found.pre, sourceId, input, { operand: synapse.a });
  for (const s of ctx.signals) if (s.kind === "pool" && s.a === spike.id) checkPool(s, output);
  const outputs = { spike: spike.id, potential };
  const read = (currents.pool ?? synapse).id;
  const post = withOffset(toRecurrence(ctx, next, found.post, read, output, outputs), currents.offset);
  return {
    name,
    origin: [origin],
    input,
    output,
    sent: poolShape(output, pool),
    pre,
    synapse: toSynapse(ctx, map, input, origin),
    ...(currents.pool === undefined ? {} : { currentPool: currents.pool.pool }),
    post,
    pool,
  };
}
