import { expect, test } from "vitest";
import { pack, randomSource, runBench, type StreamCase, survivors } from "../../harness/bench.js";
import { prove } from "../../harness/formal.js";

const random = randomSource(4);

function slicerCase(LANES: number, ACTS: number, WIDTH: number): StreamCase {
  const input: Record<string, bigint>[] = [];
  const output: Record<string, bigint | null>[] = [];
  // Ticks of 0 to 5 beats: empty ticks, and ticks that follow at once, occur.
  for (let tick = 0; tick < 40; tick++) {
    for (let beat = random.below(6); beat > 0; beat--) {
      const lanes = Array.from({ length: LANES }, () => random.signed(WIDTH));
      input.push({ tdata: pack(lanes, WIDTH), tlast: 0n, tuser: random.bits(1) });
      for (let lane = 0; lane < LANES; lane += ACTS) {
        output.push({ tdata: pack(lanes.slice(lane, lane + ACTS), WIDTH), tlast: 0n, tuser: null });
      }
    }
    const tuser = random.bits(1);
    input.push({ tdata: random.bits(LANES * WIDTH), tlast: 1n, tuser });
    output.push({ tdata: null, tlast: 1n, tuser });
  }
  return {
    kind: "streams",
    name: `vector_slicer ${LANES}/${ACTS}`,
    module: "vector_slicer",
    parameters: { LANES, ACTS, WIDTH },
    inputs: { s_axis: { fields: { tdata: LANES * WIDTH, tlast: 1, tuser: 1 }, beats: input } },
    outputs: { m_axis: { fields: { tdata: ACTS * WIDTH, tlast: 1, tuser: 1 }, beats: output } },
  };
}

const cases = [
  slicerCase(4, 2, 16),
  slicerCase(4, 4, 9),
  slicerCase(6, 1, 5),
  slicerCase(6, 2, 24),
  slicerCase(1, 1, 1),
];

test("vector_slicer: slices in order, a beat a cycle", async () => {
  const timings = await runBench(cases);
  for (const { m_axis, s_axis } of Object.values(timings)) {
    const run = m_axis![0]!;
    expect(run.last - run.first).toBe(run.beats - 1);
    expect(run.first - s_axis![0]!.first).toBe(1);
  }
});

test("the vector_slicer bench notices every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "vector_slicer", find: "m_axis_tready && final_slice", replace: "m_axis_tready" },
    { module: "vector_slicer", find: "&& !s_axis_tlast ?", replace: "?" },
    { module: "vector_slicer", find: "data_q >> (ACTS * WIDTH)", replace: "data_q >> WIDTH" },
    { module: "vector_slicer", find: "else if (m_axis_tready)", replace: "else" },
  ]);
  expect(alive).toEqual([]);
});

test("vector_slicer: stability and the number of slices are proved", async () => {
  await prove({ module: "vector_slicer", parameters: { LANES: 6, ACTS: 2, WIDTH: 2 }, depth: 10 });
});
