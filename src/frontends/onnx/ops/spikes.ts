import { type Context, define, signalOf } from "../context.js";
import type { OnnxNode } from "../decode.js";
import type { SignalValue } from "../signal.js";

/** A signal of spikes: a comparison, one that is pooled, or the graph's input. */
export function isSpike(ctx: Context, id: number): boolean {
  const s = signalOf(ctx, id);
  const unpooled = s.kind === "pool" ? signalOf(ctx, s.a) : s;
  return unpooled.kind === "compare" || unpooled.kind === "input";
}

/** A signal that is 0 or 1 by construction: a comparison, or 1 minus one. */
export function asCondition(
  ctx: Context,
  id: number,
): { readonly id: number; readonly inverted: boolean } | undefined {
  const s = signalOf(ctx, id);
  if (s.kind === "compare") return { id, inverted: false };
  if (s.kind !== "sub") return undefined;
  const one = signalOf(ctx, s.a);
  const isOne = one.kind === "constant" && one.tensor.data.every((x) => x === 1);
  return isOne && signalOf(ctx, s.b).kind === "compare" ? { id: s.b, inverted: true } : undefined;
}

/** The spikes of a value above 0; those that the graph computes twice are the same. */
export function spikes(
  node: OnnxNode,
  ctx: Context,
  { id: a, dims }: SignalValue,
  potential: number,
  orEqual: boolean,
): SignalValue {
  const key = `${a} ${potential} ${orEqual}`;
  const same = ctx.spikes.get(key);
  if (same !== undefined) return { kind: "signal", id: same, dims };
  const made = define(ctx, node, { kind: "compare", a, potential, orEqual, dims });
  ctx.spikes.set(key, made.id);
  return made;
}

/** A value that is held against 0, as the two sides of a difference; no second where it stands alone. */
export function sidesOf(ctx: Context, id: number): readonly [number, number?] {
  const excess = signalOf(ctx, id);
  if (excess.kind !== "sub") return [id];
  const isZero = (side: number): boolean => {
    const s = signalOf(ctx, side);
    return s.kind === "constant" && s.tensor.data.every((x) => x === 0);
  };
  if (isZero(excess.b)) return sidesOf(ctx, excess.a);
  return isZero(excess.a) ? sidesOf(ctx, excess.b) : [excess.a, excess.b];
}
