// Integer arithmetic in doubles: exact, as the compiler has proved that every value here stays below 2^53.

/** How a quotient is rounded to an integer.
 * @typedef {"floor" | "ceil" | "to_zero" | "away" | "half_even" | "half_away" | "half_to_zero" | "half_to_pos_inf"} Rounding
 */

/** 2^0 to 2^64. */
const powers = Float64Array.from({ length: 65 }, (_, n) => 2 ** n);

/**
 * x, but low below low and high above high.
 * @param {number} x
 * @param {number} low
 * @param {number} high
 */
export function clamp(x, low, high) {
  return x < low ? low : x > high ? high : x;
}

/**
 * x · 2^n, n from 0 to 64.
 * @param {number} x
 * @param {number} n
 */
export function shl(x, n) {
  return x * powers[n];
}

/**
 * x / 2^n, n from 0 to 64, rounded to an integer. A quotient by a power of two is exact in a double.
 * @type {Readonly<Record<Rounding, (x: number, n: number) => number>>}
 */
export const shr = {
  floor: (x, n) => Math.floor(x / powers[n]),
  ceil: (x, n) => Math.ceil(x / powers[n]),
  to_zero: (x, n) => Math.trunc(x / powers[n]),
  /** Away from zero. */
  away: (x, n) => (x < 0 ? Math.floor(x / powers[n]) : Math.ceil(x / powers[n])),
  /** To the nearest integer, ties to the even one. */
  half_even: (x, n) => {
    const quotient = x / powers[n];
    const up = Math.round(quotient); // ties up
    return up - quotient === 0.5 && up % 2 !== 0 ? up - 1 : up;
  },
  /** To the nearest integer, ties away from zero. */
  half_away: (x, n) => (x < 0 ? -Math.round(-x / powers[n]) : Math.round(x / powers[n])),
  /** To the nearest integer, ties to zero. */
  half_to_zero: (x, n) => (x < 0 ? Math.round(x / powers[n]) : -Math.round(-x / powers[n])),
  /** To the nearest integer, ties up. */
  half_to_pos_inf: (x, n) => Math.round(x / powers[n]),
};
