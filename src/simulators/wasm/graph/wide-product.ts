import type { Range } from "../../../fixed/format.js";
import { type FixedExpr, type FixedGraph, fixedOperandsOf } from "../../../ir/fixed.js";
import { type Code, get, i32, i64x2, op } from "../asm.js";
import { fits64 } from "../memory.js";
import { type Straight, type Vectors, vector } from "./vectors.js";

/**
 * Products that 64 bits don't hold and that are only ever shifted right: of the bits below 2^16 it counts alone
 * whether any is set, so that ⌊product / 2^16⌋ · 2 + (1 if there is a rest) rounds as the product does, shifted by 15
 * bits less.
 */

/** Bits of a wide product that are cut off but for whether any is set. */
export const STICKY_BITS = 15;

/** Whether `e` is a product of that kind: too wide, all its shifts long enough, its short form within 64 bits. */
export function isWideProduct(graph: FixedGraph<string>, e: FixedExpr, used: readonly FixedExpr[]): boolean {
  if (e.kind !== "mulc" || fits64(e.range)) return false;
  const roots = [...Object.values<string>(graph.outputs), ...graph.states.map((s) => s.next)];
  const users = used.filter((u) => fixedOperandsOf(u).includes(e.id));
  const shifted = users.every((u) => u.kind === "shr" && u.bits >= STICKY_BITS + 2);
  const factors = e.by.every((c) => c < 2n ** 46n && c > -(2n ** 46n));
  return shifted && factors && !roots.includes(e.id) && fits64(stickyRange(e.range));
}

/** The interval of a wide product's short form. */
export const stickyRange = ({ low, high }: Range): Range => ({
  low: (low >> BigInt(STICKY_BITS)) - 1n,
  high: (high >> BigInt(STICKY_BITS)) + 1n,
});

/** ⌊a·c / 2^16⌋ · 2 + (1 if bits below are set), from a = high·2^16 + low; `a` and `by` in 64-bit lanes. */
export function stickyProduct(straight: Straight, a: Vectors, by: readonly Code[]): Vectors {
  const bits = i64x2((1n << BigInt(STICKY_BITS + 1)) - 1n);
  return straight.each("i64", (n) => {
    const factor = by[n] as Code;
    const low = straight.keep(op.i64x2mul(op.and(vector(a, n), bits), factor));
    const high = op.i64x2mul(op.i64x2shrs(vector(a, n), i32(STICKY_BITS + 1)), factor);
    const floor = op.i64x2add(high, op.i64x2shrs(get(low), i32(STICKY_BITS + 1)));
    const rest = op.i64x2ne(op.and(get(low), bits), i64x2(0n));
    return op.i64x2sub(op.i64x2shl(floor, i32(1)), rest);
  });
}
