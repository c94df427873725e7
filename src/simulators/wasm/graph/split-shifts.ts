import type { Rounding } from "../../../fixed/format.js";
import type { FixedExpr, FixedGraph } from "../../../ir/fixed.js";

/** Modes in which a multiple of the divisor can be taken out: round(x + k·2^n) = round(x) + k. */
const shiftInvariant: readonly Rounding[] = ["floor", "ceil", "half_to_pos_inf"];

/**
 * Takes what is a multiple of 2^n out of a sum that is shifted down by n, so that it needs fewer bits:
 *
 *     t = (x + (y << m)) >> n   →   t~x = x >> n,   t~y = y << (m − n),   t = t~x + t~y       (m ≥ n)
 *
 * In the modes whose rounding doesn't depend on the sign or on the quotient's parity. Preserves: every value.
 */
export function splitShifts<O extends string>(graph: FixedGraph<O>): FixedGraph<O> {
  const at = new Map(graph.exprs.map((e) => [e.id, e]));
  const exprs = graph.exprs.flatMap((e): readonly FixedExpr[] => {
    if (e.kind !== "shr" || !shiftInvariant.includes(e.rounding)) return [e];
    const sum = at.get(e.a);
    if (sum?.kind !== "add") return [e];
    for (const [a, b] of [
      [sum.a, sum.b],
      [sum.b, sum.a],
    ] as const) {
      const [x, up] = [at.get(a), at.get(b)];
      if (x === undefined || up?.kind !== "shl" || up.bits.some((m) => m < e.bits)) continue;
      const n = BigInt(e.bits);
      const above = (value: bigint): bigint => -(-value >> n);
      const down = { ...e, id: `${e.id}~x`, a, range: { low: x.range.low >> n, high: above(x.range.high) } };
      const rest = {
        ...up,
        id: `${e.id}~y`,
        bits: up.bits.map((m) => m - e.bits),
        range: { low: up.range.low >> n, high: up.range.high >> n },
      };
      const { id, origin, range, scale } = e;
      return [down, rest, { kind: "add", id, origin, range, scale, a: down.id, b: rest.id }];
    }
    return [e];
  });
  return { ...graph, exprs };
}
