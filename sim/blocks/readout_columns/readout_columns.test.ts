import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { thresholdSearch } from "../../../src/fixed/ops.js";
import {
  hexFile,
  type Mutant,
  pack,
  randomSource,
  runBench,
  type StreamCase,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

const random = randomSource(12);
const TICKS = 20;
const options = {
  sources: ["columns.v", "chain.v"].map((file) => fileURLToPath(new URL(file, import.meta.url))),
};

interface Shape {
  readonly ACTS: number;
  readonly ACT_WIDTH: number;
  readonly CLASSES: number;
  readonly WEIGHT_WIDTH: number;
  readonly DEPTH: number;
  readonly ACC_WIDTH: number;
}

/** Ticks of `length` beats (or of 0 to that many), each slot with an activation or without, of any column. */
function columnsCase(name: string, shape: Shape, length: number): StreamCase {
  const { ACTS, ACT_WIDTH, CLASSES, WEIGHT_WIDTH, DEPTH, ACC_WIDTH } = shape;
  const lowest = -(1n << BigInt(WEIGHT_WIDTH - 1));
  const largest = (1n << BigInt(ACT_WIDTH)) - 1n;
  const ADDRESS_WIDTH = indexWidth(DEPTH);
  // weights[address][slot][class]; the first column has the extremes.
  const weights = count(DEPTH).map((address) =>
    count(ACTS).map(() =>
      count(CLASSES).map((c) => (address === 0 && c % 2 === 0 ? lowest : random.signed(WEIGHT_WIDTH))),
    ),
  );
  const biases = count(CLASSES).map(() => random.signed(ACC_WIDTH - 2));
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint>[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    const logits = [...biases];
    const beats = tick < 2 ? length : random.below(length + 1);
    for (let beat = 0; beat < beats; beat++) {
      const slots = count(ACTS).map(() => ({
        act: tick === 1 ? largest : random.bits(ACT_WIDTH),
        valid: random.below(3) > 0,
        address: tick === 1 ? 0 : random.below(DEPTH),
      }));
      slots.forEach(({ act, valid, address }, slot) => {
        if (valid) for (const c of count(CLASSES)) logits[c]! += act * weights[address]![slot]![c]!;
      });
      input.push({
        tdata: pack(
          slots.map(({ act }) => act),
          ACT_WIDTH,
        ),
        slots: pack(
          slots.map(({ valid }) => BigInt(valid)),
          1,
        ),
        addresses: pack(
          slots.map(({ address }) => BigInt(address)),
          ADDRESS_WIDTH,
        ),
        tlast: 0n,
        tuser: random.bits(1),
      });
    }
    const tuser = random.bits(1);
    const tdata = random.bits(ACTS * ACT_WIDTH);
    input.push({ tdata, slots: random.bits(ACTS), addresses: 0n, tlast: 1n, tuser });
    output.push({ tdata: pack(logits, ACC_WIDTH), tuser });
  }
  const FILE = `${name}_weights.hex`;
  const BIAS_FILE = `${name}_bias.hex`;
  const words = weights.map((slots) => pack(slots.flat(), WEIGHT_WIDTH));
  return {
    kind: "streams",
    name,
    module: "columns",
    parameters: { ...shape, ADDRESS_WIDTH, FILE, BIAS_FILE },
    files: {
      [FILE]: hexFile(words, ACTS * CLASSES * WEIGHT_WIDTH),
      [BIAS_FILE]: hexFile([pack(biases, ACC_WIDTH)], CLASSES * ACC_WIDTH),
    },
    inputs: {
      s_axis: {
        fields: { tdata: ACTS * ACT_WIDTH, slots: ACTS, addresses: ACTS * ADDRESS_WIDTH, tlast: 1, tuser: 1 },
        beats: input,
      },
    },
    outputs: { m_axis: { fields: { tdata: CLASSES * ACC_WIDTH, tuser: 1 }, beats: output } },
  };
}

/** All of chain.v: logits of potentials, as the golden model counts thresholds and adds products. */
function chainCase(rarity: number): StreamCase {
  const name = `chain${rarity}`;
  const [WIDTH, CLASSES, WEIGHT_WIDTH, ACC_WIDTH] = [12, 3, 6, 16];
  // thresholds[slot][table], ascending; weights[slot][address][class]
  const thresholds = count(2).map(() =>
    count(4).map(() => {
      const low = random.signed(WIDTH - 1);
      const middle = low + BigInt(random.below(9));
      return [low, middle, middle + BigInt(random.below(9))] as const;
    }),
  );
  const weights = count(2).map(() =>
    count(8).map(() => count(CLASSES).map(() => random.signed(WEIGHT_WIDTH))),
  );
  const biases = count(CLASSES).map(() => random.signed(8));
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint>[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    const logits = [...biases];
    for (let beat = 0; beat < 4; beat++) {
      const lanes = count(4).map((lane) => {
        const [slot, slice] = [lane % 2, Math.floor(lane / 2)];
        const table = thresholds[slot]![(beat % 2) * 2 + slice]!;
        const near = table[0] + BigInt(random.below(20));
        const potential = random.below(rarity) === 0 ? near : table[0] - 1n - BigInt(random.below(20));
        const act = thresholdSearch(potential, table);
        for (const c of count(CLASSES)) logits[c]! += BigInt(act) * weights[slot]![beat * 2 + slice]![c]!;
        return potential;
      });
      input.push({ tdata: pack(lanes, WIDTH), tlast: 0n, tuser: random.bits(1) });
    }
    const tuser = random.bits(1);
    input.push({ tdata: random.bits(4 * WIDTH), tlast: 1n, tuser });
    output.push({ tdata: pack(logits, ACC_WIDTH), tuser });
  }
  const tables = thresholds.flat();
  const files = {
    FILE_LOWEST: hexFile(
      count(2).map((g) =>
        pack(
          count(4).map((lane) => thresholds[lane % 2]![g * 2 + Math.floor(lane / 2)]![0]),
          WIDTH,
        ),
      ),
      4 * WIDTH,
    ),
    FILE_0: hexFile(
      tables.map((table) => table[1]),
      WIDTH,
    ),
    FILE_1: hexFile(
      tables.flatMap((table) => [table[0], table[2]]),
      WIDTH,
    ),
    FILE: hexFile(
      weights.flat().map((column) => pack(column, WEIGHT_WIDTH)),
      CLASSES * WEIGHT_WIDTH,
    ),
    BIAS_FILE: hexFile([pack(biases, ACC_WIDTH)], CLASSES * ACC_WIDTH),
  };
  const named = Object.entries(files).map(([parameter, text]) => ({
    parameter,
    file: `${name}_${parameter}.hex`,
    text,
  }));
  return {
    kind: "streams",
    name,
    module: "chain",
    parameters: {
      ...{ WIDTH, CLASSES, WEIGHT_WIDTH, ACC_WIDTH },
      ...Object.fromEntries(named.map(({ parameter, file }) => [parameter, file])),
    },
    files: Object.fromEntries(named.map(({ file, text }) => [file, text])),
    inputs: { s_axis: { fields: { tdata: 4 * WIDTH, tlast: 1, tuser: 1 }, beats: input } },
    outputs: { m_axis: { fields: { tdata: CLASSES * ACC_WIDTH, tuser: 1 }, beats: output } },
  };
}

/** fx_delay_enable: what went in so many enabled cycles ago. */
function delayCase(WIDTH: number, CYCLES: number): VectorCase {
  let line: (bigint | null)[] = count(CYCLES).map(() => null);
  const cycles: Cycle[] = count(100).map(() => {
    const [a, enable] = [random.bits(WIDTH), random.below(3)];
    const cycle = { inputs: { a, enable: Math.min(1, enable) }, outputs: { out: line.at(-1) ?? null } };
    if (enable > 0) line = [a, ...line.slice(0, -1)];
    return cycle;
  });
  return cycleCase(
    `fx_delay_enable ${CYCLES}`,
    "fx_delay_enable",
    { WIDTH, CYCLES },
    { a: WIDTH, enable: 1 },
    { out: WIDTH },
    cycles,
  );
}

const shapes: Readonly<Record<string, Shape & { readonly length: number }>> = {
  single: { ACTS: 1, ACT_WIDTH: 8, CLASSES: 3, WEIGHT_WIDTH: 8, DEPTH: 7, ACC_WIDTH: 20, length: 9 },
  wide: { ACTS: 5, ACT_WIDTH: 8, CLASSES: 4, WEIGHT_WIDTH: 8, DEPTH: 8, ACC_WIDTH: 24, length: 12 },
  short: { ACTS: 4, ACT_WIDTH: 3, CLASSES: 1, WEIGHT_WIDTH: 5, DEPTH: 1, ACC_WIDTH: 10, length: 1 },
  // The accumulator is narrower than the tree: sums are exact modulo 2^ACC_WIDTH.
  narrow: { ACTS: 8, ACT_WIDTH: 4, CLASSES: 2, WEIGHT_WIDTH: 4, DEPTH: 3, ACC_WIDTH: 9, length: 3 },
};
const cases = [
  ...Object.entries(shapes).map(([name, { length, ...shape }]) => columnsCase(name, shape, length)),
  chainCase(1),
  chainCase(4),
  delayCase(5, 1),
  delayCase(3, 4),
];

test("readout_columns: exact logits, alone and behind gather and search, the stated latency", async () => {
  const timings = await runBench(cases, options);
  for (const [name, { ACTS, length }] of Object.entries(shapes)) {
    const { s_axis, m_axis } = timings[name]!;
    const latency = 4 + Math.ceil(Math.log2(ACTS));
    expect(m_axis![0]!.first - s_axis![0]!.first).toBe(length + latency);
  }
});

const mutants: readonly Mutant[] = [
  { module: "readout_columns", find: "slots_q[a] ?", replace: "1'b1 ?" },
  { module: "class_sums", find: "act = {1'b0,", replace: "act = {acts[(n-LEAVES+1)*ACT_WIDTH-1]," },
  {
    module: "class_sums",
    find: "wire signed [WEIGHT_WIDTH-1:0] weight",
    replace: "wire [WEIGHT_WIDTH-1:0] weight",
  },
  { module: "class_sums", find: "closing ? bias :", replace: "" },
  { module: "class_sums", find: "if (enable && arriving)", replace: "" },
  { module: "readout_columns", find: "!(s_axis_tlast && closing_q)", replace: "1'b1" },
  {
    module: "readout_columns",
    find: "valid_chain = {valid_q, accept}",
    replace: "valid_chain = {valid_q, s_axis_tvalid}",
  },
  { module: "class_sums", find: "{nodes[SUM_WIDTH-1]}", replace: "{1'b0}" },
  { module: "fx_delay_enable", find: "if (enable)", replace: "" },
];

test("the readout_columns bench notices every mutant", async () => {
  expect(await survivors(cases, mutants, options)).toEqual([]);
});

test("readout_columns: stability, the number of results and their latency are proved", async () => {
  const parameters = { ACTS: 2, ACT_WIDTH: 2, CLASSES: 2, WEIGHT_WIDTH: 2, ACC_WIDTH: 6 };
  await prove({ module: "readout_columns", parameters, depth: 22, plain: "class_sums" });
});

const delay: Proof = {
  module: "fx_delay_enable",
  parameters: { WIDTH: 2, CYCLES: 3 },
  depth: 2,
  coverDepth: 7,
  unroll: true,
};

test("fx_delay_enable: what goes in comes out, some enabled cycles later, is proved", async () => {
  await prove(delay);
});

test("the proof of fx_delay_enable refutes every mutant", async () => {
  const alive = await unrefuted(delay, [
    { module: "fx_delay_enable", find: "if (enable)", replace: "" },
    { module: "fx_delay_enable", find: "chain[CYCLES*WIDTH-1:0]", replace: "{chain, a}" },
    {
      module: "fx_delay_enable",
      find: "chain[CYCLES*WIDTH+:WIDTH]",
      replace: "chain[(CYCLES-1)*WIDTH+:WIDTH]",
    },
  ]);
  expect(alive).toEqual([]);
});
