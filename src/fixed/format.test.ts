import fc from "fast-check";
import { expect, test } from "vitest";
import {
  asSigned,
  bitLength,
  formatOfRange,
  formatRange,
  hull,
  printFormat,
  type Range,
  roundings,
} from "./format.js";

const integer = fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n });
const range = fc
  .tuple(integer, integer)
  .map(([a, b]): Range => (a < b ? { low: a, high: b } : { low: b, high: a }));
const holds = (outer: Range, inner: Range): boolean => outer.low <= inner.low && inner.high <= outer.high;

test("formatOfRange holds its range, and no narrower format does", () => {
  fc.assert(
    fc.property(range, (r) => {
      const format = formatOfRange(r);
      expect(holds(formatRange(format), r)).toBe(true);
      expect(format.signed).toBe(r.low < 0n);
      if (format.width > 1) expect(holds(formatRange({ ...format, width: format.width - 1 }), r)).toBe(false);
    }),
  );
});

test("ranges of formats, and back", () => {
  expect(formatRange({ signed: true, width: 8 })).toEqual({ low: -128n, high: 127n });
  expect(formatRange({ signed: false, width: 8 })).toEqual({ low: 0n, high: 255n });
  expect(
    [formatOfRange({ low: 0n, high: 0n }), formatOfRange({ low: -1n, high: 0n })].map(printFormat),
  ).toEqual(["u1", "s1"]);
  for (let width = 1; width <= 64; width++)
    for (const signed of [true, false]) {
      expect(formatOfRange(formatRange({ signed, width }))).toEqual({ signed, width });
      expect(holds(formatRange(asSigned({ signed, width })), formatRange({ signed, width }))).toBe(true);
    }
});

test("bitLength is the number of binary digits", () => {
  expect([0n, 1n, 2n, 3n, 4n, 2n ** 53n].map(bitLength)).toEqual([0, 1, 2, 2, 3, 54]);
  expect(() => bitLength(-1n)).toThrow("compiler bug");
});

test("hull holds both, and its ends are theirs", () => {
  fc.assert(
    fc.property(range, range, (a, b) => {
      const h = hull(a, b);
      expect(holds(h, a) && holds(h, b)).toBe(true);
      expect([a.low, b.low].includes(h.low) && [a.high, b.high].includes(h.high)).toBe(true);
    }),
  );
});

test("rounding modes stand in the order of the RTL's MODE parameter", () => {
  expect(roundings).toEqual([
    "floor",
    "ceil",
    "to_zero",
    "away",
    "half_even",
    "half_away",
    "half_to_zero",
    "half_to_pos_inf",
  ]);
});
