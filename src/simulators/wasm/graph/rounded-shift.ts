import { assertNever } from "../../../diagnostics/diagnostic.js";
import type { Range, Rounding } from "../../../fixed/format.js";
import { type Code, get, i32, op } from "../asm.js";
import type { Lane } from "../memory.js";
import { lanes } from "./lanes.js";

/**
 * x / 2^n rounded, for |x| < 2^(bits−1): the formulas of src/fixed/ops.ts on ⌊x/2^n⌋ and the rest. Adding a constant
 * below the shift is shorter, and taken where the sum can't leave the lane. Where the result is narrow (fits 32 bits)
 * only its lower half counts, which a logical shift gives too: AVX2 has no arithmetic one of 64 bits.
 */
export function roundedShift(
  lane: Lane,
  keep: (code: Code) => number,
  x: number,
  n: number,
  rounding: Rounding,
  range: Range,
  isNarrow: boolean,
): Code {
  const v = lanes[lane];
  const zero = v.constant(0n);
  const sign = v.shr(get(x), i32(v.bits - 1));
  // |x| < 2^(n−1) here: less than half, the same for every mode.
  if (n >= v.bits) {
    if (rounding === "floor") return sign;
    if (rounding === "ceil") return v.sub(zero, v.gt(get(x), zero));
    if (rounding === "away") return v.sub(sign, v.gt(get(x), zero));
    return zero;
  }
  const limit = (1n << BigInt(v.bits - 1)) - 1n;
  const whole = (1n << BigInt(n)) - 1n;
  const half = 1n << BigInt(n - 1);
  const shift = (code: Code): Code => (isNarrow && n <= v.bits - 32 ? v.shru : v.shr)(code, i32(n));
  const room = (most: bigint): boolean => range.high + most <= limit;
  if (rounding === "floor") return shift(get(x));
  if (rounding === "half_to_pos_inf" && room(half)) return shift(v.add(get(x), v.constant(half)));
  if (rounding === "ceil" && room(whole)) return shift(v.add(get(x), v.constant(whole)));
  const floor = keep(shift(get(x)));
  if (rounding === "half_even" && room(half)) {
    const odd = op.and(get(floor), v.constant(1n));
    return shift(v.add(v.add(get(x), v.constant(half - 1n)), odd));
  }
  const rest = keep(op.and(get(x), v.constant(whole)));
  const above = v.gt(get(rest), v.constant(half));
  const tie = v.eq(get(rest), v.constant(half));
  const some = v.ne(get(rest), zero);
  // A mask is −1 where the result goes up.
  const up = (mask: Code): Code => v.sub(get(floor), mask);
  switch (rounding) {
    case "ceil":
      return up(some);
    case "to_zero":
      return up(op.and(some, sign));
    case "away":
      return up(op.and(some, v.gt(get(x), zero)));
    case "half_even":
      return up(op.or(above, op.and(tie, v.sub(zero, op.and(get(floor), v.constant(1n))))));
    case "half_away":
      return up(op.or(above, op.and(tie, v.gt(get(x), zero))));
    case "half_to_zero":
      return up(op.or(above, op.and(tie, sign)));
    case "half_to_pos_inf":
      return up(op.or(above, tie));
    default:
      return assertNever(rounding);
  }
}
