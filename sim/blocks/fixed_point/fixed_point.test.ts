import { expect, test } from "vitest";
import { roundings } from "../../../src/fixed/format.js";
import { roundShift, saturate } from "../../../src/fixed/ops.js";
import {
  type BenchCase,
  type Mutant,
  type Parameter,
  randomSource,
  runBench,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";

const random = randomSource(1);
const VECTORS = 300;

/** Extremes and their neighbours, all pairs of which occur in `operands`, then random values. */
function corners(width: number): bigint[] {
  const half = 1n << BigInt(width - 1);
  return [
    ...new Set([-half, -half + 1n, -1n, 0n, 1n, half - 1n, half - 2n].map((x) => BigInt.asIntN(width, x))),
  ];
}

/** Two operands: every pair of corners, then random pairs. */
function operands(aWidth: number, bWidth: number): { a: bigint[]; b: bigint[] } {
  const pairs = corners(aWidth).flatMap((a) => corners(bWidth).map((b) => [a, b] as const));
  while (pairs.length < VECTORS) pairs.push([random.signed(aWidth), random.signed(bWidth)]);
  return { a: pairs.map(([a]) => a), b: pairs.map(([, b]) => b) };
}

/** One operand: every value if there are few, else corners, all multiples of half a quotient and their neighbours. */
function operand(width: number, shift = 0): bigint[] {
  if (width <= 9) return Array.from({ length: 1 << width }, (_, i) => BigInt.asIntN(width, BigInt(i)));
  const values = corners(width);
  while (values.length < VECTORS) {
    const value = random.signed(width);
    if (shift < 1) values.push(value);
    else {
      const tie = (value >> BigInt(shift - 1)) << BigInt(shift - 1);
      for (const near of [value, tie, tie + 1n, tie - 1n]) values.push(BigInt.asIntN(width, near));
    }
  }
  return values;
}

function fixedCase(
  module: string,
  parameters: Record<string, Parameter>,
  inputs: Record<string, readonly [number, readonly bigint[]]>,
  out: { width: number; latency: number; values: readonly bigint[] },
): VectorCase {
  const list = Object.entries(parameters).map(
    ([key, value]) => `${key}=${typeof value === "object" ? value.verilog : value}`,
  );
  return {
    kind: "vectors",
    name: `${module} ${list.join(" ")}`,
    module,
    parameters,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([port, [width, values]]) => [port, { width, values }]),
    ),
    outputs: { out: { ...out, values: out.values.map((x) => BigInt.asUintN(out.width, x)) } },
    clock: module === "fx_shift_left" ? "none" : "clk",
  };
}

const adders = [
  [16, 16, 17],
  [8, 24, 25],
  [24, 8, 25],
  [1, 1, 2],
  [24, 24, 20],
  [17, 40, 60],
].flatMap(([aWidth = 0, bWidth = 0, width = 0]) =>
  [0, 1].map((SUBTRACT) => {
    const { a, b } = operands(aWidth, bWidth);
    const values = a.map((x, i) => (SUBTRACT ? x - b[i]! : x + b[i]!));
    const parameters = { A_WIDTH: aWidth, B_WIDTH: bWidth, OUT_WIDTH: width, SUBTRACT };
    return fixedCase("fx_add", parameters, { a: [aWidth, a], b: [bWidth, b] }, { width, latency: 1, values });
  }),
);

const multipliers = [
  [24, 18, 42],
  [8, 8, 16],
  [24, 18, 30],
  [5, 3, 20],
  [35, 27, 62],
  [1, 4, 5],
].map(([aWidth = 0, bWidth = 0, width = 0]) => {
  const { a, b } = operands(aWidth, bWidth);
  const values = a.map((x, i) => x * b[i]!);
  const parameters = { A_WIDTH: aWidth, B_WIDTH: bWidth, OUT_WIDTH: width };
  return fixedCase("fx_mul", parameters, { a: [aWidth, a], b: [bWidth, b] }, { width, latency: 3, values });
});

const shifters = [
  [16, 20, 4],
  [16, 16, 0],
  [12, 30, 3],
  [20, 12, 5],
  [4, 4, 9],
].map(([aWidth = 0, width = 0, SHIFT = 0]) => {
  const a = operand(aWidth);
  const values = a.map((x) => x << BigInt(SHIFT));
  const parameters = { A_WIDTH: aWidth, OUT_WIDTH: width, SHIFT };
  return fixedCase("fx_shift_left", parameters, { a: [aWidth, a] }, { width, latency: 0, values });
});

const variableShifters = [
  [16, 23, 3],
  [8, 40, 5],
  [24, 20, 1],
].map(([aWidth = 0, width = 0, shiftWidth = 0]) => {
  const a = operand(aWidth);
  const shift = a.map(() => random.bits(shiftWidth));
  const values = a.map((x, i) => x << shift[i]!);
  const parameters = { A_WIDTH: aWidth, OUT_WIDTH: width, SHIFT_WIDTH: shiftWidth };
  const inputs = { a: [aWidth, a], shift: [shiftWidth, shift] } as const;
  return fixedCase("fx_shift_left_var", parameters, inputs, { width, latency: 1, values });
});

const rounders = roundings.flatMap((rounding, MODE) =>
  [
    [24, 17, 8],
    [8, 7, 2],
    [9, 9, 1],
    [8, 2, 7],
    [8, 2, 8],
    [6, 4, 10],
    [40, 12, 16],
  ].map(([aWidth = 0, width = 0, SHIFT = 0]) => {
    const a = operand(aWidth, SHIFT);
    const values = a.map((x) => roundShift(x, SHIFT, rounding));
    const parameters = { A_WIDTH: aWidth, OUT_WIDTH: width, SHIFT, MODE };
    return fixedCase("fx_round_shift", parameters, { a: [aWidth, a] }, { width, latency: 1, values });
  }),
);

/** A constant of `width` bits in Verilog. */
const literal = (value: bigint, width: number): Parameter => ({
  verilog: `${value < 0n ? "-" : ""}${width}'sd${value < 0n ? -value : value}`,
});

const saturators = (
  [
    [16, 8, -128n, 127n],
    [9, 8, -127n, 127n],
    [12, 8, 0n, 255n],
    [9, 12, -5n, 3n],
    [64, 24, -8388608n, 8388607n],
    [64, 64, -(1n << 62n), (1n << 62n) + 5n],
    [8, 8, -128n, 127n],
  ] as const
).map(([aWidth, width, low, high]) => {
  const near = [low - 1n, low, low + 1n, high - 1n, high, high + 1n].map((x) => BigInt.asIntN(aWidth, x));
  const spread = Array.from({ length: 100 }, () => random.signed(Math.min(aWidth, width + 2)));
  const a = [...near, ...spread, ...operand(aWidth)];
  const values = a.map((x) => saturate(x, { low, high }));
  const parameters = {
    A_WIDTH: aWidth,
    OUT_WIDTH: width,
    LOW: literal(low, aWidth),
    HIGH: literal(high, aWidth),
  };
  return fixedCase("fx_saturate", parameters, { a: [aWidth, a] }, { width, latency: 1, values });
});

const comparators = [1, 8, 24].flatMap((aWidth) =>
  [0, 1].map((OR_EQUAL) => {
    const a = operand(aWidth);
    const values = a.map((x) => (x > 0n || (OR_EQUAL === 1 && x === 0n) ? 1n : 0n));
    const parameters = { A_WIDTH: aWidth, OR_EQUAL };
    return fixedCase("fx_compare", parameters, { a: [aWidth, a] }, { width: 1, latency: 1, values });
  }),
);

const selectors = [1, 24].map((WIDTH) => {
  const { a, b } = operands(WIDTH, WIDTH);
  const condition = a.map(() => random.bits(1));
  const values = a.map((x, i) => (condition[i] ? x : b[i]!));
  const inputs = { condition: [1, condition], a: [WIDTH, a], b: [WIDTH, b] } as const;
  return fixedCase("fx_select", { WIDTH }, inputs, { width: WIDTH, latency: 1, values });
});

const delays = [
  [1, 1],
  [24, 2],
  [5, 37],
].map(([WIDTH = 0, CYCLES = 0]) => {
  const a = Array.from({ length: 100 }, () => random.signed(WIDTH));
  return fixedCase(
    "fx_delay",
    { WIDTH, CYCLES },
    { a: [WIDTH, a] },
    { width: WIDTH, latency: CYCLES, values: a },
  );
});

const cases: readonly BenchCase[] = [
  ...adders,
  ...multipliers,
  ...shifters,
  ...variableShifters,
  ...rounders,
  ...saturators,
  ...comparators,
  ...selectors,
  ...delays,
];

const mutants: readonly Mutant[] = [
  { module: "fx_add", find: "{a[A_WIDTH-1]}", replace: "{1'b0}" },
  { module: "fx_add", find: "{b[B_WIDTH-1]}", replace: "{1'b0}" },
  { module: "fx_add", find: "a_wide - b_wide", replace: "b_wide - a_wide" },
  { module: "fx_mul", find: "reg signed [B_WIDTH-1:0] b_q", replace: "reg [B_WIDTH-1:0] b_q" },
  { module: "fx_mul", find: "{product_q[PRODUCT_WIDTH-1]}", replace: "{1'b0}" },
  { module: "fx_mul", find: "a_q <= a;", replace: "a_q <= a + 1'b1;" },
  { module: "fx_shift_left", find: "{a[A_WIDTH-1]}", replace: "{1'b0}" },
  { module: "fx_shift_left", find: "<< SHIFT", replace: "<< (SHIFT + 1)" },
  { module: "fx_shift_left_var", find: "{a[A_WIDTH-1]}", replace: "{1'b0}" },
  { module: "fx_shift_left_var", find: "<< shift", replace: ">> shift" },
  { module: "fx_round_shift", find: "2: up = inexact && negative", replace: "2: up = negative" },
  { module: "fx_round_shift", find: "half && (sticky || odd)", replace: "half && (sticky || !odd)" },
  { module: "fx_round_shift", find: "half && (sticky || !negative)", replace: "half" },
  { module: "fx_round_shift", find: "{a[A_WIDTH-1]}}, a}", replace: "{1'b0}}, a}" },
  { module: "fx_saturate", find: "a_signed < LOW", replace: "a_signed <= LOW + 1" },
  {
    module: "fx_saturate",
    find: "wire signed [A_WIDTH-1:0] a_signed",
    replace: "wire [A_WIDTH-1:0] a_signed",
  },
  { module: "fx_saturate", find: "a_signed > HIGH ? HIGH", replace: "a_signed > HIGH ? LOW" },
  { module: "fx_compare", find: "|| not_zero", replace: "|| 1'b1" },
  { module: "fx_compare", find: "OR_EQUAL != 0 ||", replace: "" },
  { module: "fx_select", find: "? a : b", replace: "? b : a" },
  { module: "fx_select", find: "condition ? a", replace: "condition || a[0] ? a" },
  { module: "fx_delay", find: "chain[CYCLES*WIDTH+:WIDTH]", replace: "chain[(CYCLES-1)*WIDTH+:WIDTH]" },
  { module: "fx_delay", find: "{stages_q, a}", replace: "{stages_q, ~a}" },
];

test("fixed-point blocks equal src/fixed/ops.ts in Icarus and Verilator", async () => {
  await runBench(cases);
});

test("fixed-point benches notice every mutant", async () => {
  const modules = [...new Set(mutants.map(({ module }) => module))];
  for (const module of modules) {
    const ofModule = mutants.filter((mutant) => mutant.module === module);
    const alive = await survivors(
      cases.filter((benchCase) => benchCase.module === module),
      ofModule,
    );
    expect(alive).toEqual([]);
  }
});
