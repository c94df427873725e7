import { exactLog2, toDyadic } from "../../src/fixed/rational.js";
import type { ExactArray } from "./case.js";

/** Element `i` as a double: rounded where it is none. */
export function realOf(array: ExactArray, i: number): number {
  const [num, den] = [BigInt(array.num[i] as number | string), BigInt(array.den)];
  const excess = Math.max(0, bits(num) - 1000, bits(den) - 1000);
  return Number(num >> BigInt(excess)) / Number(den >> BigInt(excess));
}

const bits = (n: bigint): number => (n < 0n ? -n : n).toString(2).length;

/** A value in some unit: the nearest integer (halves up), the integer below, and whether the first is the whole value. */
export interface InUnits {
  readonly nearest: bigint;
  readonly floor: bigint;
  readonly whole: boolean;
}

/** Element `i` in units of `scale`. */
export function inUnits(array: ExactArray, i: number, scale: number): InUnits {
  const num = BigInt(array.num[i] as number | string);
  const { mantissa, exponent } = toDyadic(scale);
  const [up, down] = exponent < 0 ? [1n << BigInt(-exponent), 1n] : [1n, 1n << BigInt(exponent)];
  const [n, d] = [num * up, BigInt(array.den) * mantissa * down];
  const floor = floorOf(n, d);
  const nearest = floorOf(2n * n + d, 2n * d);
  const off = n - nearest * d;
  // A scale that is a product of others is rounded itself: what it counts isn't, up to a billionth.
  const slack = exactLog2(scale) === undefined ? 1_000_000_000n : 0n;
  const whole = off === 0n || (off < 0n ? -off : off) * slack < (slack === 0n ? 0n : d);
  return { nearest, floor, whole };
}

const floorOf = (n: bigint, d: bigint): bigint => n / d - (n % d < 0n ? 1n : 0n);

/** Whether element `i` is `integer` · `scale`. */
export function isScaled(array: ExactArray, i: number, integer: number, scale: number): boolean {
  const num = array.num[i];
  const den = Number(array.den);
  // Both sides are exact in doubles here.
  if (typeof num === "number" && exactLog2(scale) !== undefined && den < 2 ** 1000)
    if (exactLog2(den) !== undefined) return num / den === integer * scale;
  const { nearest, whole } = inUnits(array, i, scale);
  return whole && nearest === BigInt(integer);
}
