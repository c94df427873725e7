import { expect, test } from "vitest";
import { type Mutant, pack, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, paces, willing } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

interface Shape {
  readonly channels: number;
  readonly merge: number;
  readonly windows: number;
  readonly bits: number;
}

/** Random windows of 1 to 6 words at each pace, back to back or not; sums of either sign, many all negative. */
function cyclesOf({ channels, merge, windows, bits }: Shape, seed: number): Cycle[] {
  const random = randomSource(seed);
  const lanes = windows * merge * channels;
  const [lowest, highest] = [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
  const sum = (negative: boolean): bigint => {
    const value = random.signed(bits);
    if (random.below(8) === 0) return random.below(2) === 0 ? lowest : highest;
    return negative && value >= 0n ? -value - 1n : value;
  };
  const inputs: Record<string, bigint | number>[] = [{ rst: 1 }, { rst: 1 }, {}];
  const largest = new Map<number, readonly bigint[]>();
  for (const pace of paces)
    for (let window = 0; window < 60; window++) {
      const words = 1 + random.below(6);
      const best = new Array<bigint>(windows * channels).fill(lowest);
      for (let word = 0; word < words; ) {
        const valid = willing(pace, inputs.length, random.below);
        const sums = count(lanes).map(() => sum(window % 3 === 0));
        inputs.push({
          in_valid: Number(valid),
          in_sums: pack(sums, bits),
          window_first: valid ? Number(word === 0) : random.below(2),
          window_last: valid ? Number(word === words - 1) : random.below(2),
        });
        if (!valid) continue;
        sums.forEach((value, place) => {
          const [column, channel] = [Math.floor(place / channels), place % channels];
          const lane = Math.floor(column / merge) * channels + channel;
          if (value > (best[lane] as bigint)) best[lane] = value;
        });
        word++;
      }
      largest.set(inputs.length - 1 + (merge > 1 ? 1 : 0), best);
    }
  inputs.push({}, {}, {});
  return inputs.map((values, t) => {
    const before = largest.get(t - 1);
    return {
      inputs: values,
      outputs: {
        out_next: t < 2 ? null : Number(largest.has(t)),
        out_sums: before === undefined ? null : pack(before, bits),
      },
    };
  });
}

const shapes: readonly Shape[] = [
  { channels: 2, merge: 1, windows: 1, bits: 16 },
  { channels: 1, merge: 1, windows: 1, bits: 1 },
  { channels: 3, merge: 2, windows: 3, bits: 5 },
  { channels: 1, merge: 5, windows: 2, bits: 2 },
  { channels: 4, merge: 3, windows: 1, bits: 40 },
  { channels: 5, merge: 1, windows: 4, bits: 8 },
];

const cases = shapes.map((shape, i) => {
  const { channels, merge, windows, bits } = shape;
  return cycleCase(
    `max_window ${windows}x${merge}x${channels} ${bits}`,
    "max_window",
    { CHANNELS: channels, MERGE: merge, WINDOWS: windows, WIDTH: bits },
    { rst: 1, in_valid: 1, in_sums: windows * merge * channels * bits, window_first: 1, window_last: 1 },
    { out_next: 1, out_sums: windows * channels * bits },
    cyclesOf(shape, i),
  );
});

const mutants: readonly Mutant[] = [
  {
    module: "max_window",
    find: "reg signed [WIDTH-1:0] highest, other",
    replace: "reg [WIDTH-1:0] highest, other",
  },
  {
    module: "max_window",
    find: "c < MERGE; c = c + 1) begin\n              other",
    replace: "c < MERGE - 1; c = c + 1) begin\n              other",
  },
  { module: "max_window", find: "in_sums[(w*MERGE*CHANNELS+p)", replace: "in_sums[(w*CHANNELS+p)" },
  { module: "max_window", find: "wire signed [WIDTH-1:0] sum =", replace: "wire [WIDTH-1:0] sum =" },
  { module: "max_window", find: "(row_first || sum > highest_q)", replace: "(sum > highest_q)" },
  {
    module: "max_window",
    find: "out_next = row_valid && row_last",
    replace: "out_next = row_valid && row_first",
  },
  {
    module: "max_window",
    find: ".in(in_valid), .out(row_valid)",
    replace: ".in(in_valid && window_last), .out(row_valid)",
  },
];

test("max_window gives the signed maximum of each window's columns and words, told of a cycle before", async () => {
  await runBench(cases);
});

test("the max_window bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

const proofs: readonly Proof[] = [
  {
    module: "max_window",
    parameters: { CHANNELS: 2, MERGE: 3, WINDOWS: 2, WIDTH: 3 },
    depth: 3,
    coverDepth: 8,
    unroll: true,
  },
  {
    module: "max_window",
    parameters: { CHANNELS: 2, MERGE: 1, WINDOWS: 2, WIDTH: 3 },
    depth: 3,
    coverDepth: 8,
    unroll: true,
  },
];

test.each(proofs)(
  "max_window: the maximum of each window, told of once, is proved: $parameters",
  async (proof) => {
    await prove(proof);
  },
);

test("the proof of max_window refutes every mutant", async () => {
  expect(await unrefuted(proofs[0] as Proof, mutants)).toEqual([]);
});
