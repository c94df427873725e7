import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as doubles from "../../templates/golden/runtime/arithmetic.js";
import { maxPool } from "../../templates/golden/runtime/maps.js";
import { argmax, countThresholds } from "../../templates/golden/runtime/readout.js";
import * as wide from "../../templates/golden/runtime/wide.js";
import { roundings } from "../fixed/format.js";
import { roundShift, saturate, thresholdSearch } from "../fixed/ops.js";

/** The program that builds hold shares no code with the specification: here its parts meet on random values. */
const EXACT = 2n ** 53n - 1n;
const exact = fc.bigInt({ min: -EXACT, max: EXACT });
const any = fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n });
const bits = fc.integer({ min: 0, max: 64 });
/** Odd multiples of half a unit of 2^n, where nearest modes differ. */
const ties = fc.tuple(fc.bigInt({ min: -500n, max: 500n }), fc.integer({ min: 1, max: 40 }));

describe.each(roundings)("shr.%s", (mode) => {
  test("in doubles is the specification's", () => {
    const check = (x: bigint, n: number): void => {
      expect(BigInt(doubles.shr[mode](Number(x), n))).toBe(roundShift(x, n, mode));
    };
    fc.assert(fc.property(exact, bits, check));
    fc.assert(fc.property(ties, ([odd, n]) => check((2n * odd + 1n) * 2n ** BigInt(n - 1), n)));
  });

  test("in BigInt is the specification's", () => {
    const check = (x: bigint, n: number): void => {
      expect(wide.shr[mode](x, n)).toBe(roundShift(x, n, mode));
    };
    fc.assert(fc.property(any, fc.integer({ min: 0, max: 100 }), check));
    fc.assert(fc.property(ties, ([odd, n]) => check((2n * odd + 1n) * 2n ** BigInt(n - 1), n)));
  });
});

test("shl and clamp are the specification's", () => {
  fc.assert(
    fc.property(any, fc.integer({ min: 0, max: 100 }), (x, n) => {
      expect(wide.shl(x, n)).toBe(x * 2n ** BigInt(n));
    }),
  );
  fc.assert(
    fc.property(exact, bits, (x, n) => {
      const small = x >> BigInt(n);
      expect(BigInt(doubles.shl(Number(small), n))).toBe(small << BigInt(n));
    }),
  );
  fc.assert(
    fc.property(exact, exact, exact, (x, a, b) => {
      const range = a < b ? { low: a, high: b } : { low: b, high: a };
      expect(wide.clamp(x, range.low, range.high)).toBe(saturate(x, range));
      expect(BigInt(doubles.clamp(Number(x), Number(range.low), Number(range.high)))).toBe(
        saturate(x, range),
      );
    }),
  );
});

test("thresholds are counted as the specification counts, doubles and BigInts mixed", () => {
  const near = fc.bigInt({ min: 2n ** 53n - 6n, max: 2n ** 53n + 6n });
  const small = fc.bigInt({ min: -20n, max: 20n });
  fc.assert(
    fc.property(fc.array(fc.oneof(near, small), { maxLength: 15 }), fc.oneof(near, small), (list, x) => {
      const sorted = [...list].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
      const word = (value: bigint) => (value < 2n ** 53n ? Number(value) : value);
      expect(countThresholds(sorted.map(word), word(x))).toBe(thresholdSearch(x, sorted));
    }),
  );
});

test("the best class is the largest value's; ranks, then the order decide between equal ones", () => {
  expect(argmax([3, 5, 4, 5], [0, 1, 9, 2])).toBe(3);
  expect(argmax([3, 5, 4, 5], [0, 2, 9, 1])).toBe(1);
  expect(argmax([3, 5, 4, 5], [0, 1, 9, 1])).toBe(1);
  expect(argmax([3, 5, 4, 5])).toBe(1);
  expect(argmax([-(2n ** 60n), -(2n ** 60n) - 1n])).toBe(0);
});

test("pooling takes each window's largest value and drops what fills no window", () => {
  const map = { channels: 2, height: 3, width: 5 };
  const values = Array.from({ length: 30 }, (_, i) => (i * 17) % 31);
  const windows = (pool: readonly [number, number]) => Array.from(maxPool(values, map, pool));
  const of = (...indices: readonly number[]) => Math.max(...indices.map((i) => values[i] as number));
  expect(windows([2, 2])).toEqual([of(0, 1, 5, 6), of(2, 3, 7, 8), of(15, 16, 20, 21), of(17, 18, 22, 23)]);
  expect(windows([3, 5])).toEqual([Math.max(...values.slice(0, 15)), Math.max(...values.slice(15))]);
  expect(windows([1, 1])).toEqual(values);
});
