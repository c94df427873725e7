import { broadcastIndex } from "../broadcast.js";
import { type Context, charge, define, signalOf } from "../context.js";
import type { OnnxNode } from "../decode.js";
import type { LinearMap, Signal, SignalValue } from "../signal.js";
import { elements, makeTensor } from "../tensor.js";
import { constantSignal } from "./operands.js";

/** A linear map and what is added behind it, a number an output channel. */
export interface Affine {
  readonly synapse: Signal & { readonly kind: "synapse" };
  readonly offset: Float64Array;
}

/** A signal as linear map and offsets per channel; undefined where it is anything else. */
export function affineOf(ctx: Context, id: number): Affine | undefined {
  const s = signalOf(ctx, id);
  if (s.kind === "synapse") return { synapse: s, offset: new Float64Array(s.map.outChannels) };
  if (s.kind !== "add" && s.kind !== "sub") return undefined;
  const [a, b] = [signalOf(ctx, s.a), signalOf(ctx, s.b)];
  const [of, constant] = b.kind === "constant" ? [a, b] : s.kind === "add" ? [b, a] : [a, b];
  if (constant.kind !== "constant") return undefined;
  const inner = affineOf(ctx, of.id);
  const values = inner && byChannel(ctx, constant, inner.offset.length);
  if (inner === undefined || values === undefined) return undefined;
  const sign = s.kind === "add" ? 1 : -1;
  return { ...inner, offset: inner.offset.map((x, c) => x + sign * (values[c] as number)) };
}

/** A constant by channel; undefined where it differs within one. */
function byChannel(
  ctx: Context,
  { tensor, dims, origin }: Signal & { readonly kind: "constant" },
  channels: number,
): Float64Array | undefined {
  if (elements(tensor.dims) === 1) return new Float64Array(channels).fill(tensor.data[0] as number);
  const count = elements(dims);
  charge(ctx, count, `constant '${tensor.name}'`, origin);
  const at = broadcastIndex(tensor.dims, dims);
  const map = count / channels;
  const values = Float64Array.from({ length: channels }, (_, c) => tensor.data[at(c * map)] as number);
  for (let i = 0; i < count; i++) if (tensor.data[at(i)] !== values[Math.floor(i / map)]) return undefined;
  return values;
}

/** Defines a linear map of a signal, and its offsets behind it. */
export function defineAffine(
  node: OnnxNode,
  ctx: Context,
  a: number,
  map: LinearMap,
  dims: readonly number[],
  offset: Float64Array,
): SignalValue {
  const sum = define(ctx, node, { kind: "synapse", a, map, dims });
  if (offset.every((x) => x === 0)) return sum;
  const column = [1, offset.length, ...dims.slice(2).map(() => 1)];
  const term = constantSignal(node, ctx, makeTensor("offset", column, offset), dims);
  return define(ctx, node, { kind: "add", a: sum.id, b: term.id, dims }, "biased");
}
