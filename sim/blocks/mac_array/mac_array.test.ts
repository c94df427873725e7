import { expect, test } from "vitest";
import { type Mutant, pack, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, paces, willing } from "../../harness/dense-bench.js";
import { prove, unrefuted } from "../../harness/formal.js";
import { parametersOf, proofOf, type Shape } from "./shapes.js";

/** Random groups of 1 to 9 beats at each pace, with extreme operands among them, and the exact sums. */
function cyclesOf({ lanes, simd, operandBits, signed, weightBits, accBits }: Shape, seed: number): Cycle[] {
  const random = randomSource(seed);
  const latency = 2 + Math.ceil(Math.log2(simd));
  const limit = 1n << BigInt(operandBits - signed);
  const operand = (): bigint => {
    const kind = random.below(8);
    if (kind === 0) return signed === 1 ? -limit : 0n;
    if (kind === 1) return limit - 1n;
    return signed === 1 ? random.signed(operandBits) : random.bits(operandBits);
  };
  const weight = (): bigint => {
    const kind = random.below(8);
    const smallest = -(1n << BigInt(weightBits - 1));
    return kind === 0 ? smallest : kind === 1 ? -smallest - 1n : random.signed(weightBits);
  };
  const inputs: Record<string, bigint | number>[] = [{ rst: 1 }];
  const sums = new Map<number, bigint>();
  for (const pace of paces) {
    for (let group = 0; group < 60; group++) {
      const beats = 1 + random.below(9);
      const totals = Array.from({ length: lanes }, () => 0n);
      for (let beat = 0; beat < beats; ) {
        const valid = willing(pace, inputs.length, random.below);
        const zero = random.below(4) === 0;
        const operands = Array.from({ length: simd }, operand);
        const weights = Array.from({ length: lanes * simd }, weight);
        if (valid && !zero)
          for (let p = 0; p < lanes; p++)
            for (let s = 0; s < simd; s++) totals[p] = totals[p]! + operands[s]! * weights[p * simd + s]!;
        inputs.push({
          in_valid: Number(valid),
          in_first: valid ? Number(beat === 0) : random.below(2),
          in_last: valid ? Number(beat === beats - 1) : random.below(2),
          operand_zero: Number(zero),
          operands: pack(operands, operandBits),
          weights: pack(weights, weightBits),
        });
        if (valid) beat++;
      }
      sums.set(inputs.length - 1 + latency, pack(totals, accBits));
    }
  }
  for (let i = 0; i <= latency; i++) inputs.push({});
  return inputs.map((values, t) => ({
    inputs: values,
    outputs: { out_valid: t === 0 ? null : Number(sums.has(t)), out_sums: sums.get(t) ?? null },
  }));
}

const shapes: readonly Shape[] = [
  { lanes: 2, simd: 4, operandBits: 24, signed: 1, weightBits: 8, accBits: 40 },
  { lanes: 3, simd: 5, operandBits: 1, signed: 0, weightBits: 8, accBits: 16 }, // spikes
  { lanes: 1, simd: 1, operandBits: 1, signed: 0, weightBits: 2, accBits: 8 },
  { lanes: 2, simd: 1, operandBits: 24, signed: 1, weightBits: 8, accBits: 36 },
  { lanes: 2, simd: 3, operandBits: 8, signed: 0, weightBits: 8, accBits: 24 }, // activations
  { lanes: 4, simd: 8, operandBits: 12, signed: 1, weightBits: 4, accBits: 14 }, // narrower than a product: wraps
  { lanes: 1, simd: 7, operandBits: 2, signed: 1, weightBits: 3, accBits: 6 },
  { lanes: 1, simd: 2, operandBits: 30, signed: 1, weightBits: 17, accBits: 70 },
];

const cases = shapes.map((shape, i) => {
  const { lanes, simd, operandBits, weightBits, accBits } = shape;
  return cycleCase(
    `mac ${JSON.stringify(shape).replaceAll('"', "")}`,
    "mac_array",
    parametersOf(shape),
    {
      rst: 1,
      in_valid: 1,
      in_first: 1,
      in_last: 1,
      operand_zero: 1,
      operands: simd * operandBits,
      weights: lanes * simd * weightBits,
    },
    { out_valid: 1, out_sums: lanes * accBits },
    cyclesOf(shape, i),
  );
});

const mutants: readonly Mutant[] = [
  { module: "mac_array", find: "? root : sum_q + root", replace: "? root : sum_q" },
  { module: "mac_array", find: "assign factor = {1'b0, ", replace: "assign factor = {operands[0], " },
  {
    module: "mac_array",
    find: "{(LEVELS + 1) {product[PRODUCT_WIDTH-1]}}",
    replace: "{(LEVELS + 1) {1'b0}}",
  },
  { module: "mac_array", find: "if (operand_zero) nodes_q", replace: "if (1'b0) nodes_q" },
];

test("mac_array gives exact sums, 2 + ceil(log2(SIMD)) cycles after the last beat", async () => {
  await runBench(cases);
});

test("the mac_array bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

// Spikes; signed operands and a leaf without a tap; sums narrower than a product
const spikes = proofOf({ lanes: 2, simd: 2, operandBits: 1, signed: 0, weightBits: 2, accBits: 4 });
const signed = proofOf({ lanes: 1, simd: 3, operandBits: 2, signed: 1, weightBits: 2, accBits: 5 });
const narrow = proofOf({ lanes: 1, simd: 2, operandBits: 2, signed: 0, weightBits: 3, accBits: 4 });

test("mac_array: the sums over the beats of each group are proved", async () => {
  for (const proof of [spikes, signed, narrow]) await prove(proof);
});

test("the proof of mac_array refutes every mutant", async () => {
  const alive = await unrefuted(signed, [
    { module: "mac_array", find: "? root : sum_q + root", replace: "? root : sum_q" },
    { module: "mac_array", find: "first[PIPELINE] ? root", replace: "last[PIPELINE] ? root" },
    { module: "mac_array", find: "{(LEVELS + 1) {product", replace: "{(LEVELS + 1) {1'b0 & product" },
    { module: "mac_array", find: "if (operand_zero) nodes_q", replace: "if (1'b0) nodes_q" },
    { module: "mac_array", find: "nodes_q[2*n*NODE_WIDTH", replace: "nodes_q[(2*n-1)*NODE_WIDTH" },
    { module: "mac_array", find: "!rst && valid[PIPELINE] &&", replace: "!rst &&" },
  ]);
  expect(alive).toEqual([]);
});
