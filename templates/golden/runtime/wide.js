// The arithmetic of arithmetic.js in BigInt, for values that doubles don't hold.

/** @import { Rounding } from "./arithmetic.js" */

/**
 * x, but low below low and high above high.
 * @param {bigint} x
 * @param {bigint} low
 * @param {bigint} high
 */
export function clamp(x, low, high) {
  return x < low ? low : x > high ? high : x;
}

/**
 * x · 2^n, n ≥ 0.
 * @param {bigint} x
 * @param {number} n
 */
export function shl(x, n) {
  return x << BigInt(n);
}

/**
 * ⌊x / 2^n⌋
 * @param {bigint} x
 * @param {number} n
 */
const floor = (x, n) => x >> BigInt(n);

/**
 * ⌊x / 2^n + 1/2⌋: to the nearest integer, ties up.
 * @param {bigint} x
 * @param {number} n
 */
const nearest = (x, n) => (n === 0 ? x : (x + (1n << BigInt(n - 1))) >> BigInt(n));

/**
 * x / 2^n, n ≥ 0, rounded to an integer.
 * @type {Readonly<Record<Rounding, (x: bigint, n: number) => bigint>>}
 */
export const shr = {
  floor,
  ceil: (x, n) => -floor(-x, n),
  to_zero: (x, n) => x / (1n << BigInt(n)),
  /** Away from zero. */
  away: (x, n) => (x < 0n ? floor(x, n) : -floor(-x, n)),
  /** To the nearest integer, ties to the even one. */
  half_even: (x, n) => {
    const up = nearest(x, n);
    const isTie = 2n * ((up << BigInt(n)) - x) === 1n << BigInt(n);
    return isTie && up % 2n !== 0n ? up - 1n : up;
  },
  /** To the nearest integer, ties away from zero. */
  half_away: (x, n) => (x < 0n ? -nearest(-x, n) : nearest(x, n)),
  /** To the nearest integer, ties to zero. */
  half_to_zero: (x, n) => (x < 0n ? nearest(x, n) : -nearest(-x, n)),
  /** To the nearest integer, ties up. */
  half_to_pos_inf: nearest,
};
