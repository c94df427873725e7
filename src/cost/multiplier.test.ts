import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { dspVivado, dspYosys } from "./multiplier.js";

const rows = readFileSync("../shared/data/fpga/yosys_mul_map.csv", "utf8")
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const header = rows[0]!;
const products = rows.slice(1).filter((row) => row[header.indexOf("kind")] === "comb_mul");
const cell = (row: readonly string[], name: string) => row[header.indexOf(name)]!;

test("all 358 measured products have the predicted DSP count", () => {
  expect(products).toHaveLength(358);
  const wrong = products.filter((row) => {
    const signed = cell(row, "sign") === "signed";
    const dsps = dspYosys(Number(cell(row, "a_width")), signed, Number(cell(row, "b_width")), signed);
    return dsps !== Number(cell(row, "xcup_DSP48E2"));
  });
  expect(wrong).toEqual([]);
});

// Measured with Yosys 0.23: `a * b` for equal signs, else with the unsigned operand as `$signed({1'b0, x})`.
test.each([
  [24, true, 17, false, 1],
  [24, true, 18, false, 2],
  [24, true, 24, true, 2],
  [27, true, 18, true, 1],
  [27, false, 17, true, 2],
  [28, true, 17, false, 2],
  [35, true, 18, false, 4],
  [44, true, 18, true, 2],
  [45, true, 45, true, 9],
  [50, true, 18, true, 3],
  [78, true, 18, true, 4],
  [79, true, 18, true, 5],
  [60, true, 53, true, 12],
  [64, true, 64, true, 16],
  [4, true, 4, true, 0],
  [4, true, 5, false, 1],
  [3, false, 5, true, 0],
  [1, false, 24, false, 0],
  [1, true, 24, true, 0],
  [1, true, 24, false, 0],
  [1, false, 24, true, 1],
  [8, true, 1, false, 1],
  [2, false, 7, false, 1],
])("%i bits (signed: %s) by %i bits (signed: %s) takes %i", (a, aSigned, b, bSigned, dsps) => {
  expect(dspYosys(a, aSigned, b, bSigned)).toBe(dsps);
});

const operand = fc.tuple(fc.integer({ min: 1, max: 80 }), fc.boolean());

test("order of operands doesn't matter, wider ones never cost less, Vivado counts the same", () => {
  fc.assert(
    fc.property(operand, operand, ([a, aSigned], [b, bSigned]) => {
      const dsps = dspYosys(a, aSigned, b, bSigned);
      expect(dspYosys(b, bSigned, a, aSigned)).toBe(dsps);
      expect(dspYosys(a + 1, aSigned, b, bSigned)).toBeGreaterThanOrEqual(dsps);
      expect(dspVivado(a, aSigned, b, bSigned)).toBe(dsps);
    }),
  );
});

test.each([0, -1, 1.5, Number.NaN])("an operand of %d bits is refused", (width) => {
  expect(() => dspYosys(width, true, 8, true)).toThrow("compiler bug: a multiplier operand");
  expect(() => dspVivado(8, true, width, true)).toThrow("compiler bug: a multiplier operand");
});
