import { assertNever } from "../diagnostics/diagnostic.js";
import type { Range, Rounding } from "./format.js";

/**
 * The definition of spikec's arithmetic (design page 2-numerics): exact on integers of any width, so in BigInt. Whoever
 * computes otherwise (the emitted golden, WebAssembly, Verilog) is held equal to this.
 */

/** ⌊x / 2^n⌋, n ≥ 0. */
const floorShift = (x: bigint, n: bigint): bigint => x >> n;

/**
 * x / 2^n rounded to an integer by `mode`, n ≥ 0:
 * `floor` ⌊q⌋ · `ceil` ⌈q⌉ · `to_zero` truncated · `away` from zero · `half_even` nearest, ties to even ·
 * `half_away` nearest, ties from zero · `half_to_zero` nearest, ties to zero · `half_to_pos_inf` ⌊q + 1/2⌋.
 */
export function roundShift(x: bigint, n: number, mode: Rounding): bigint {
  if (n === 0) return x;
  const bits = BigInt(n);
  const floor = floorShift(x, bits);
  const rest = x - (floor << bits);
  const half = 1n << (bits - 1n);
  const up = floor + 1n;
  switch (mode) {
    case "floor":
      return floor;
    case "ceil":
      return rest > 0n ? up : floor;
    case "to_zero":
      return rest > 0n && x < 0n ? up : floor;
    case "away":
      return rest > 0n && x > 0n ? up : floor;
    case "half_even":
      return rest > half || (rest === half && (floor & 1n) === 1n) ? up : floor;
    case "half_away":
      return rest > half || (rest === half && x > 0n) ? up : floor;
    case "half_to_zero":
      return rest > half || (rest === half && x < 0n) ? up : floor;
    case "half_to_pos_inf":
      return rest >= half ? up : floor;
    default:
      return assertNever(mode);
  }
}

/** x clamped into `range`. */
export function saturate(x: bigint, range: Range): bigint {
  return x < range.low ? range.low : x > range.high ? range.high : x;
}

/** Number of thresholds ≤ x; `thresholds` ascending. Any quantised monotone function of an integer is such a count. */
export function thresholdSearch(x: bigint, thresholds: readonly bigint[]): number {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as bigint) <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}
