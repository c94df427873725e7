import { expect, test } from "vitest";
import type { Rounding } from "../../../fixed/format.js";
import type { FixedExpr, FixedGraph } from "../../../ir/fixed.js";
import { splitShifts } from "./split-shifts.js";

const base = { origin: [], scale: [1] };
const range = { low: -1000n, high: 999n };
/** (x + (y << m)) >> n of one input and one state. */
const graph = (m: number, n: number, rounding: Rounding): FixedGraph<"out"> => {
  const exprs: readonly FixedExpr[] = [
    { ...base, kind: "input", id: "x", range },
    { ...base, kind: "state", id: "y", state: "s", range },
    {
      ...base,
      kind: "shl",
      id: "up",
      a: "y",
      bits: [m],
      range: { low: -1000n << BigInt(m), high: 999n << BigInt(m) },
    },
    { ...base, kind: "add", id: "sum", a: "up", b: "x", range: { low: -(2n ** 40n), high: 2n ** 40n } },
    {
      ...base,
      kind: "shr",
      id: "t",
      a: "sum",
      bits: n,
      rounding,
      range: { low: -(2n ** 30n), high: 2n ** 30n },
    },
  ];
  return { exprs, states: [], outputs: { out: "t" } };
};

test("a multiple of the divisor leaves the sum", () => {
  const { exprs } = splitShifts(graph(7, 4, "half_to_pos_inf"));
  expect(exprs.slice(4)).toMatchObject([
    { kind: "shr", id: "t~x", a: "x", bits: 4, rounding: "half_to_pos_inf", range: { low: -63n, high: 63n } },
    { kind: "shl", id: "t~y", a: "y", bits: [3], range: { low: -8000n, high: 7992n } },
    { kind: "add", id: "t", a: "t~x", b: "t~y" },
  ]);
});

test("ranges of the parts hold in every mode that is split", () => {
  const { exprs } = splitShifts(graph(4, 4, "ceil"));
  // ⌈999 / 16⌉ = 63, ⌊−1000 / 16⌋ = −63.
  expect(exprs[4]).toMatchObject({ range: { low: -63n, high: 63n } });
});

test.each([
  [3, 4, "floor"],
  [7, 4, "half_even"],
  [7, 4, "to_zero"],
  [7, 4, "half_away"],
] as const)("stays as it is: shl %i, shr %i, %s", (m, n, rounding) => {
  const one = graph(m, n, rounding);
  expect(splitShifts(one)).toEqual(one);
});
