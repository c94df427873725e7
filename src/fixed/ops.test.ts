import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roundReal } from "../ir/real-ops.js";
import { type Rounding, roundings } from "./format.js";
import { roundShift, saturate, thresholdSearch } from "./ops.js";

const integer = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
const abs = (x: bigint): bigint => (x < 0n ? -x : x);
const sign = (x: bigint): bigint => (x < 0n ? -1n : 1n);

/** |x| / d and its remainder; the definitions below are of the rational x / d. */
const magnitude = (x: bigint, d: bigint) => ({ whole: abs(x) / d, rest: abs(x) % d });

/** Each rounding as textbooks have it: on the magnitude, by comparing twice the rest with the divisor. */
const definitions: Readonly<Record<Rounding, (x: bigint, d: bigint) => bigint>> = {
  floor: (x, d) => {
    const { whole, rest } = magnitude(x, d);
    return x >= 0n ? whole : rest > 0n ? -whole - 1n : -whole;
  },
  ceil: (x, d) => -definitions.floor(-x, d),
  to_zero: (x, d) => sign(x) * magnitude(x, d).whole,
  away: (x, d) => sign(x) * (magnitude(x, d).whole + (magnitude(x, d).rest > 0n ? 1n : 0n)),
  half_even: (x, d) => nearest(x, d, (whole) => whole % 2n === 1n),
  half_away: (x, d) => nearest(x, d, () => true),
  half_to_zero: (x, d) => nearest(x, d, () => false),
  half_to_pos_inf: (x, d) => nearest(x, d, () => x > 0n),
};

function nearest(x: bigint, d: bigint, tieGoesAway: (whole: bigint) => boolean): bigint {
  const { whole, rest } = magnitude(x, d);
  const away = 2n * rest > d || (2n * rest === d && tieGoesAway(whole));
  return sign(x) * (whole + (away ? 1n : 0n));
}

describe.each(roundings)("roundShift %s", (mode) => {
  test("is its definition on rationals", () => {
    fc.assert(
      fc.property(integer, fc.integer({ min: 0, max: 70 }), (x, n) => {
        expect(roundShift(x, n, mode)).toBe(definitions[mode](x, 2n ** BigInt(n)));
      }),
    );
  });

  test("is its definition on every small value, ties and both signs included", () => {
    for (let x = -40n; x <= 40n; x++)
      for (const n of [0, 1, 2, 3])
        expect(roundShift(x, n, mode)).toBe(definitions[mode](x, 2n ** BigInt(n)));
  });

  test("equals the rounding of doubles that the reference simulator uses", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), fc.integer({ min: 0, max: 20 }), (x, n) => {
        expect(Number(roundShift(BigInt(x), n, mode)) - roundReal(x / 2 ** n, mode)).toBe(0);
      }),
    );
  });

  test("is monotone", () => {
    fc.assert(
      fc.property(
        integer,
        fc.bigInt({ min: 0n, max: 2n ** 10n }),
        fc.integer({ min: 0, max: 12 }),
        (x, d, n) => {
          expect(roundShift(x + d, n, mode) >= roundShift(x, n, mode)).toBe(true);
        },
      ),
    );
  });
});

test("saturate clamps, once is enough, and values inside stay", () => {
  fc.assert(
    fc.property(integer, integer, integer, (x, a, b) => {
      const range = a < b ? { low: a, high: b } : { low: b, high: a };
      const y = saturate(x, range);
      expect(y >= range.low && y <= range.high).toBe(true);
      expect(saturate(y, range)).toBe(y);
      if (x >= range.low && x <= range.high) expect(y).toBe(x);
    }),
  );
});

test("thresholdSearch counts the thresholds at or below x", () => {
  const small = fc.bigInt({ min: -20n, max: 20n });
  fc.assert(
    fc.property(small, fc.array(small, { maxLength: 31 }), (x, values) => {
      const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      expect(thresholdSearch(x, sorted)).toBe(values.filter((t) => t <= x).length);
    }),
  );
});
