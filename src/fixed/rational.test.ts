import fc from "fast-check";
import { expect, test } from "vitest";
import { exactLog2, floorQuotient, roundQuotient, toDyadic } from "./rational.js";

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const positive = fc.double({ noNaN: true, min: Number.MIN_VALUE, max: 2 ** 1000 });
const moderate = fc.double({ noNaN: true, min: -(2 ** 40), max: 2 ** 40 });
const divisor = fc.double({ noNaN: true, min: 2 ** -40, max: 2 ** 40 });

/** A double as numerator / 2^1074: every finite one is an integer of these. */
function scaled(x: number): bigint {
  const { mantissa, exponent } = toDyadic(x);
  return mantissa << BigInt(exponent + 1074);
}

test("toDyadic is exact, and its mantissa odd", () => {
  fc.assert(
    fc.property(double, (x) => {
      const { mantissa, exponent } = toDyadic(x);
      // In two steps: 2^exponent alone may be no double.
      const half = Math.trunc(exponent / 2);
      expect(Number(mantissa) * 2 ** half * 2 ** (exponent - half) - x).toBe(0);
      expect(x === 0 || (mantissa & 1n) === 1n).toBe(true);
    }),
  );
  expect(toDyadic(-0.75)).toEqual({ mantissa: -3n, exponent: -2 });
  expect(toDyadic(Number.MIN_VALUE)).toEqual({ mantissa: 1n, exponent: -1074 });
  expect(() => toDyadic(Number.NaN)).toThrow("compiler bug");
});

test("exactLog2 knows powers of two and nothing else", () => {
  for (let e = -1074; e <= 1023; e++) expect(exactLog2(2 ** e)).toBe(e);
  expect([0, -2, 3, 0.1, Number.NaN, Number.POSITIVE_INFINITY].map(exactLog2)).toEqual(
    Array(6).fill(undefined),
  );
});

test("floorQuotient is the greatest integer q with q·d ≤ n", () => {
  fc.assert(
    fc.property(fc.oneof(double, moderate), fc.oneof(positive, divisor), (n, d) => {
      const q = floorQuotient(n, d);
      expect(q * scaled(d) <= scaled(n) && (q + 1n) * scaled(d) > scaled(n)).toBe(true);
    }),
  );
});

test("roundQuotient is the integer nearest n·2^k/d, ties up", () => {
  fc.assert(
    fc.property(moderate, divisor, fc.integer({ min: -60, max: 60 }), (n, d, k) => {
      const q = roundQuotient(n, d, k);
      const [top, bottom] =
        k >= 0 ? [scaled(n) << BigInt(k), scaled(d)] : [scaled(n), scaled(d) << BigInt(-k)];
      // q − 1/2 ≤ top/bottom < q + 1/2
      expect((2n * q - 1n) * bottom <= 2n * top && 2n * top < (2n * q + 1n) * bottom).toBe(true);
    }),
  );
  expect([0.5, -0.5, 1.5, -1.5].map((x) => roundQuotient(x, 1, 0))).toEqual([1n, 0n, 2n, -1n]);
});
