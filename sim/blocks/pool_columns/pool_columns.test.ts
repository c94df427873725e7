import { expect, test } from "vitest";
import {
  type Mutant,
  pack,
  randomSource,
  runBench,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";
import { count } from "../../harness/event-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

interface Shape {
  readonly pe: number;
  readonly merge: number;
  readonly windows: number;
  readonly bits: number;
}

/** Random beats: few spikes; potentials of either sign, some all negative, some at the ends of the range. */
function caseOf({ pe, merge, windows, bits }: Shape, seed: number): VectorCase {
  const random = randomSource(seed);
  const lanes = windows * merge * pe;
  const [lowest, highest] = [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n];
  const potential = (t: number): bigint => {
    const value = random.signed(bits);
    if (random.below(8) === 0) return random.below(2) === 0 ? lowest : highest;
    return t % 4 === 0 && value >= 0n ? -value - 1n : value;
  };
  const beats = count(200).map((t) => ({
    spikes: random.bits(lanes) & random.bits(lanes) & random.bits(lanes),
    potentials: count(lanes).map(() => potential(t)),
  }));
  // Window by window, neuron by neuron: the values of its columns
  const merged = beats.map(({ spikes, potentials }) =>
    count(windows).flatMap((w) =>
      count(pe).map((p) => {
        const places = count(merge).map((c) => (w * merge + c) * pe + p);
        return {
          spike: places.some((i) => ((spikes >> BigInt(i)) & 1n) === 1n),
          potential: places.map((i) => potentials[i] as bigint).reduce((a, b) => (b > a ? b : a)),
        };
      }),
    ),
  );
  return {
    kind: "vectors",
    name: `pool_columns ${windows}x${merge}x${pe} ${bits}`,
    module: "pool_columns",
    parameters: { PE: pe, MERGE: merge, WINDOWS: windows, POTENTIAL_WIDTH: bits },
    inputs: {
      in_spikes: { width: lanes, values: beats.map((beat) => beat.spikes) },
      in_potentials: { width: lanes * bits, values: beats.map((beat) => pack(beat.potentials, bits)) },
    },
    outputs: {
      out_spikes: {
        width: windows * pe,
        latency: 1,
        values: merged.map((all) =>
          pack(
            all.map(({ spike }) => (spike ? 1n : 0n)),
            1,
          ),
        ),
      },
      out_potentials: {
        width: windows * pe * bits,
        latency: 1,
        values: merged.map((all) =>
          pack(
            all.map((neuron) => neuron.potential),
            bits,
          ),
        ),
      },
    },
  };
}

const cases = (
  [
    { pe: 2, merge: 2, windows: 1, bits: 24 },
    { pe: 1, merge: 1, windows: 1, bits: 1 },
    { pe: 3, merge: 2, windows: 3, bits: 5 },
    { pe: 1, merge: 5, windows: 2, bits: 2 },
    { pe: 4, merge: 3, windows: 1, bits: 40 },
    { pe: 5, merge: 1, windows: 4, bits: 8 },
  ] satisfies Shape[]
).map(caseOf);

const mutants: readonly Mutant[] = [
  { module: "pool_columns", find: "reg signed [POTENTIAL_WIDTH", replace: "reg [POTENTIAL_WIDTH" },
  { module: "pool_columns", find: "spike | in_spikes", replace: "spike ^ in_spikes" },
  { module: "pool_columns", find: "c < MERGE", replace: "c < MERGE - 1" },
  { module: "pool_columns", find: "in_potentials[(w*MERGE*PE+p)", replace: "in_potentials[(w*PE+p)" },
  { module: "pool_columns", find: "in_spikes[(w*MERGE+c)*PE+p]", replace: "in_spikes[(w*MERGE+p)*PE+c]" },
];

test("pool_columns gives OR and signed maximum of the columns of each window, one cycle later", async () => {
  await runBench(cases);
});

test("the pool_columns bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

const proof: Proof = {
  module: "pool_columns",
  parameters: { PE: 2, MERGE: 3, WINDOWS: 2, POTENTIAL_WIDTH: 3 },
  depth: 2,
  coverDepth: 3,
  unroll: true,
};

test("pool_columns: OR and maximum of the columns of each window are proved", async () => {
  await prove(proof);
});

test("the proof of pool_columns refutes every mutant", async () => {
  expect(await unrefuted(proof, mutants)).toEqual([]);
});
