import { expect, test } from "vitest";
import { pack, randomSource, runBench, type StreamCase, survivors } from "../../harness/bench.js";
import { prove } from "../../harness/formal.js";

const random = randomSource(8);

function collectCase(LANES: number, WORDS: number, WIDTH: number, OUT_WIDTH = WIDTH + 2): StreamCase {
  const biases = Array.from({ length: LANES * WORDS }, () => random.signed(Math.min(WIDTH, OUT_WIDTH)));
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint>[] = [];
  for (let tick = 0; tick < 30; tick++) {
    const numbers = Array.from({ length: LANES * WORDS }, () => random.signed(WIDTH));
    for (let at = 0; at < numbers.length; at += LANES)
      input.push({
        tdata: pack(numbers.slice(at, at + LANES), WIDTH),
        tlast: 0n,
        tuser: random.bits(1),
      });
    const tuser = random.bits(1);
    input.push({ tdata: random.bits(LANES * WIDTH), tlast: 1n, tuser });
    const logits = numbers.map((n, c) => n + (biases[c] as bigint));
    output.push({ tdata: pack(logits, OUT_WIDTH), tuser });
  }
  return {
    kind: "streams",
    name: `potential_collect ${LANES}x${WORDS}`,
    module: "potential_collect",
    parameters: {
      LANES,
      WORDS,
      WIDTH,
      OUT_WIDTH,
      BIASES: { verilog: `${LANES * WORDS * OUT_WIDTH}'h${pack(biases, OUT_WIDTH).toString(16)}` },
    },
    inputs: { s_axis: { fields: { tdata: LANES * WIDTH, tlast: 1, tuser: 1 }, beats: input } },
    outputs: { m_axis: { fields: { tdata: LANES * WORDS * OUT_WIDTH, tuser: 1 }, beats: output } },
  };
}

const cases = [
  collectCase(2, 4, 16),
  collectCase(1, 5, 9),
  collectCase(4, 1, 24),
  collectCase(1, 1, 1),
  collectCase(2, 2, 12, 9),
];

test("potential_collect: words side by side, a beat a cycle", async () => {
  const timings = await runBench(cases);
  for (const { s_axis } of Object.values(timings)) {
    const run = s_axis![0]!;
    expect(run.last - run.first).toBe(run.beats - 1);
  }
});

test("the potential_collect bench notices every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "potential_collect", find: "accept && !s_axis_tlast", replace: "accept" },
    { module: "potential_collect", find: "!valid_q || m_axis_tready", replace: "1'b1" },
    {
      module: "potential_collect",
      find: "user_q <= s_axis_tuser",
      replace: "user_q <= s_axis_tuser && !s_axis_tdata[0]",
    },
    { module: "potential_collect", find: "wide + {", replace: "wide - {" },
    { module: "potential_collect", find: "{s_axis_tdata, vector_q}", replace: "{vector_q, s_axis_tdata}" },
  ]);
  expect(alive).toEqual([]);
});

test("potential_collect: stability and the number of vectors are proved", async () => {
  await prove({ module: "potential_collect", parameters: { LANES: 1, WORDS: 2, WIDTH: 2 }, depth: 10 });
});
