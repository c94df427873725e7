import { expect, test } from "vitest";
import { hexFile, pack, randomSource, runBench, type StreamCase, survivors } from "../../harness/bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

const random = randomSource(6);
const TICKS = 20;

interface Shape {
  readonly ACTS: number;
  readonly ACT_WIDTH: number;
  readonly CLASSES: number;
  readonly WEIGHT_WIDTH: number;
  readonly DEPTH: number;
  readonly ACC_WIDTH: number;
}

function readoutCase(name: string, shape: Shape): StreamCase {
  const { ACTS, ACT_WIDTH, CLASSES, WEIGHT_WIDTH, DEPTH, ACC_WIDTH } = shape;
  const lowest = -(1n << BigInt(WEIGHT_WIDTH - 1));
  const largest = (1n << BigInt(ACT_WIDTH)) - 1n;
  // weights[beat][slot][class]; the first beat has the extremes.
  const weights = Array.from({ length: DEPTH }, (_, beat) =>
    Array.from({ length: ACTS }, () =>
      Array.from({ length: CLASSES }, (_, c) =>
        beat === 0 && c % 2 === 0 ? lowest : random.signed(WEIGHT_WIDTH),
      ),
    ),
  );
  const biases = Array.from({ length: CLASSES }, () => random.signed(ACC_WIDTH - 2));
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint>[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    const logits = [...biases];
    for (let beat = 0; beat < DEPTH; beat++) {
      const acts = Array.from({ length: ACTS }, () => (tick === 1 ? largest : random.bits(ACT_WIDTH)));
      acts.forEach((act, slot) => {
        for (let c = 0; c < CLASSES; c++) logits[c]! += act * weights[beat]![slot]![c]!;
      });
      input.push({ tdata: pack(acts, ACT_WIDTH), tlast: 0n, tuser: random.bits(1) });
    }
    const tuser = random.bits(1);
    input.push({ tdata: random.bits(ACTS * ACT_WIDTH), tlast: 1n, tuser });
    output.push({ tdata: pack(logits, ACC_WIDTH), tuser });
  }
  return {
    kind: "streams",
    name,
    module: "readout_linear",
    parameters: { ...shape, FILE: `${name}_weights.hex`, BIAS_FILE: `${name}_bias.hex` },
    files: {
      [`${name}_weights.hex`]: hexFile(
        weights.map((slots) => pack(slots.flat(), WEIGHT_WIDTH)),
        ACTS * CLASSES * WEIGHT_WIDTH,
      ),
      [`${name}_bias.hex`]: hexFile([pack(biases, ACC_WIDTH)], CLASSES * ACC_WIDTH),
    },
    inputs: { s_axis: { fields: { tdata: ACTS * ACT_WIDTH, tlast: 1, tuser: 1 }, beats: input } },
    outputs: { m_axis: { fields: { tdata: CLASSES * ACC_WIDTH, tuser: 1 }, beats: output } },
  };
}

const shapes: Readonly<Record<string, Shape>> = {
  single: { ACTS: 1, ACT_WIDTH: 8, CLASSES: 3, WEIGHT_WIDTH: 8, DEPTH: 7, ACC_WIDTH: 20 },
  wide: { ACTS: 5, ACT_WIDTH: 8, CLASSES: 4, WEIGHT_WIDTH: 8, DEPTH: 8, ACC_WIDTH: 24 },
  short: { ACTS: 4, ACT_WIDTH: 3, CLASSES: 1, WEIGHT_WIDTH: 5, DEPTH: 1, ACC_WIDTH: 10 },
  // The accumulator is narrower than the tree: sums are exact modulo 2^ACC_WIDTH.
  narrow: { ACTS: 8, ACT_WIDTH: 4, CLASSES: 2, WEIGHT_WIDTH: 4, DEPTH: 3, ACC_WIDTH: 9 },
};
const cases = Object.entries(shapes).map(([name, shape]) => readoutCase(name, shape));

test("readout_linear: exact logits, a beat a cycle, the stated latency", async () => {
  const timings = await runBench(cases);
  for (const [name, { ACTS, DEPTH }] of Object.entries(shapes)) {
    const { s_axis, m_axis } = timings[name]!;
    const latency = 4 + Math.ceil(Math.log2(ACTS));
    expect(m_axis![0]!.first - s_axis![0]!.first).toBe(DEPTH + latency);
    expect(s_axis![0]!.last - s_axis![0]!.first).toBe(TICKS * (DEPTH + 1) - 1);
  }
});

test("the readout_linear bench notices every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "class_sums", find: "act = {1'b0,", replace: "act = {acts[(n-LEAVES+1)*ACT_WIDTH-1]," },
    {
      module: "class_sums",
      find: "wire signed [WEIGHT_WIDTH-1:0] weight",
      replace: "wire [WEIGHT_WIDTH-1:0] weight",
    },
    {
      module: "class_sums",
      find: "closing ? bias :",
      replace: "",
    },
    { module: "class_sums", find: "if (enable && arriving)", replace: "if (arriving)" },
    { module: "readout_linear", find: "!m_axis_tvalid || m_axis_tready", replace: "1'b1" },
    { module: "readout_linear", find: "if (s_axis_tlast || address_q", replace: "if (address_q" },
    { module: "class_sums", find: "{nodes[SUM_WIDTH-1]}", replace: "{1'b0}" },
  ]);
  expect(alive).toEqual([]);
});

test("readout_linear: stability and the number of results are proved", async () => {
  const parameters = { ACTS: 2, ACT_WIDTH: 2, CLASSES: 2, WEIGHT_WIDTH: 2, DEPTH: 3, ACC_WIDTH: 6 };
  await prove({ module: "readout_linear", parameters, depth: 12, plain: "class_sums" });
});

const sums: Proof = {
  module: "class_sums",
  parameters: { ACTS: 3, ACT_WIDTH: 1, CLASSES: 2, WEIGHT_WIDTH: 2, ACC_WIDTH: 6, BIAS_FILE: "bias.hex" },
  files: [{ name: "bias.hex", text: hexFile([pack([5n, -3n], 6)], 12) }],
  depth: 2,
  coverDepth: 6,
  unroll: true,
};

test("class_sums: the logits of each tick are proved", async () => {
  await prove(sums);
});

test("the proof of class_sums refutes every mutant", async () => {
  const alive = await unrefuted(sums, [
    { module: "class_sums", find: "act = {1'b0,", replace: "act = {acts[(n-LEAVES+1)*ACT_WIDTH-1]," },
    { module: "class_sums", find: "closing ? bias :", replace: "" },
    { module: "class_sums", find: "if (enable && arriving)", replace: "if (arriving)" },
    { module: "class_sums", find: "{nodes[SUM_WIDTH-1]}", replace: "{1'b0}" },
    { module: "class_sums", find: "if (rst) logit_q <= bias", replace: "if (rst) logit_q <= 0" },
  ]);
  expect(alive).toEqual([]);
});
