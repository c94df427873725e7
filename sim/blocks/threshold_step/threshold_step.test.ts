import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { thresholdSearch } from "../../../src/fixed/ops.js";
import {
  hexFile,
  type Mutant,
  randomSource,
  runBench,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

const random = randomSource(5);
const STEPS = 4;
const options = { sources: [fileURLToPath(new URL("search.v", import.meta.url))] };

const ascending = (values: readonly bigint[]): bigint[] =>
  [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));

/** ROM of one step: word q of a table is T[(2q+1)*2^(S-1-k)], T counted from 1. */
const stepWords = (tables: readonly (readonly bigint[])[], step: number): bigint[] =>
  tables.flatMap((table) =>
    Array.from({ length: 1 << step }, (_, q) => table[(2 * q + 1) * 2 ** (STEPS - 1 - step) - 1]!),
  );

function searchCase(
  name: string,
  WIDTH: number,
  CHANNEL_GROUPS: number,
  GROUP_WIDTH: number,
  stalls: boolean,
): VectorCase {
  const tables = Array.from({ length: CHANNEL_GROUPS }, (_, group) =>
    // One table of close thresholds with repetitions, the others wide.
    ascending(Array.from({ length: 2 ** STEPS - 1 }, () => random.signed(group === 0 ? 5 : WIDTH))),
  );
  const pipeline: ({ group: number; potential: bigint; index: number } | null)[] = Array(2 * STEPS).fill(
    null,
  );
  const cycles = Array.from({ length: 500 }, () => {
    const seen = pipeline.at(-1)!;
    const group = random.below(CHANNEL_GROUPS);
    const table = tables[group]!;
    const chosen = table[random.below(table.length)]! + BigInt(random.below(3) - 1);
    const potential = BigInt.asIntN(WIDTH, random.below(4) === 0 ? random.signed(WIDTH) : chosen);
    const enable = !stalls || random.below(3) > 0;
    if (enable) {
      pipeline.pop();
      pipeline.unshift({ group, potential, index: thresholdSearch(potential, table) });
    }
    return { group, potential, enable, seen };
  });
  const files = Array.from({ length: STEPS }, (_, step) => `${name}_step${step}.hex`);
  return {
    kind: "vectors",
    name,
    module: "search",
    parameters: {
      WIDTH,
      CHANNEL_GROUPS,
      GROUP_WIDTH,
      ...Object.fromEntries(files.map((file, step) => [`FILE_${step}`, file])),
    },
    files: Object.fromEntries(files.map((file, step) => [file, hexFile(stepWords(tables, step), WIDTH)])),
    inputs: {
      enable: { width: 1, values: cycles.map(({ enable }) => BigInt(enable)) },
      group: { width: GROUP_WIDTH, values: cycles.map(({ group }) => BigInt(group)) },
      potential: { width: WIDTH, values: cycles.map(({ potential }) => potential) },
    },
    outputs: {
      out_group: {
        width: GROUP_WIDTH,
        latency: 0,
        values: cycles.map(({ seen }) => seen && BigInt(seen.group)),
      },
      out_index: { width: STEPS, latency: 0, values: cycles.map(({ seen }) => seen && BigInt(seen.index)) },
      out_potential: { width: WIDTH, latency: 0, values: cycles.map(({ seen }) => seen?.potential ?? null) },
    },
  };
}

const cases = [
  searchCase("one", 12, 1, 1, false),
  searchCase("stalled", 24, 1, 1, true),
  searchCase("groups", 10, 3, 4, true),
  searchCase("full", 16, 4, 2, false),
];

test("threshold_step: the steps count the thresholds at or below", async () => {
  await runBench(cases, options);
});

const mutants: readonly Mutant[] = [
  { module: "threshold_step", find: "potential_q >= threshold_q", replace: "potential_q > threshold_q" },
  { module: "threshold_step", find: "reg signed [WIDTH-1:0]", replace: "reg [WIDTH-1:0]" },
  { module: "threshold_step", find: "INDEX > 0 ? in_index", replace: "1 ? in_index" },
  { module: "threshold_step", find: "in_group} << INDEX", replace: "in_group} << 1" },
  { module: "threshold_step", find: "if (enable)", replace: "" },
];

test("the threshold_step bench notices every mutant", async () => {
  expect(await survivors(cases, mutants, options)).toEqual([]);
});

// Words of three tables, negative ones among them
const proofOf = (INDEX: number, CHANNEL_GROUPS: number): Proof => ({
  module: "threshold_step",
  parameters: { WIDTH: 3, INDEX, CHANNEL_GROUPS, GROUP_WIDTH: 2, FILE: "words.hex" },
  files: [
    { name: "words.hex", text: hexFile([-3n, 1n, -1n, 2n, -4n, 3n].slice(0, CHANNEL_GROUPS << INDEX), 3) },
  ],
  depth: 2,
  coverDepth: 4,
  unroll: true,
});

test("threshold_step: a step's bit, beside what it is of, is proved", async () => {
  await prove(proofOf(1, 3));
  await prove(proofOf(0, 3));
});

test("the proof of threshold_step refutes every mutant", async () => {
  const [first, later] = [proofOf(0, 3), proofOf(1, 3)];
  const ofFirst = ({ find }: Mutant) => find.startsWith("INDEX > 0") || find.startsWith("in_group}");
  expect(await unrefuted(first, mutants.filter(ofFirst))).toEqual([]);
  expect(
    await unrefuted(
      later,
      mutants.filter((mutant) => !ofFirst(mutant)),
    ),
  ).toEqual([]);
});
