import { expect, test } from "vitest";
import {
  type BenchCase,
  randomSource,
  runBench,
  type StreamCase,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";
import { prove } from "../../harness/formal.js";

const random = randomSource(3);

const streamCases: readonly StreamCase[] = [
  [8, 2],
  [33, 16],
].map(([DATA_WIDTH = 0, DEPTH = 0]) => {
  const beats = Array.from({ length: 150 }, () => ({ tdata: random.bits(DATA_WIDTH) }));
  const stream = { fields: { tdata: DATA_WIDTH }, beats };
  return {
    kind: "streams",
    name: `axis_fifo ${DEPTH}`,
    module: "axis_fifo",
    parameters: { DATA_WIDTH, DEPTH },
    inputs: { s_axis: stream },
    outputs: { m_axis: stream },
    open: ["level"],
  };
});

/** Every output in every cycle, with long waits on either side so that the queue runs full and empty. */
function levelCase(DATA_WIDTH: number, DEPTH: number): VectorCase {
  let queue: bigint[] = [];
  const cycles = Array.from({ length: 400 }, (_, t) => {
    const busy = Math.floor(t / 50) % 3;
    const valid = random.below(4) >= (busy === 1 ? 3 : 1);
    const ready = random.below(4) >= (busy === 0 ? 3 : 1);
    const data = random.bits(DATA_WIDTH);
    const seen = { level: queue.length, head: queue[0] ?? null };
    if (ready) queue = queue.slice(1);
    if (valid && seen.level < DEPTH) queue = [...queue, data];
    return { valid, ready, data, ...seen };
  });
  const bit = (values: readonly boolean[]) => ({ width: 1, values: values.map(BigInt) });
  return {
    kind: "vectors",
    name: `axis_fifo level ${DEPTH}`,
    module: "axis_fifo",
    parameters: { DATA_WIDTH, DEPTH },
    clock: "clk+rst",
    inputs: {
      s_axis_tdata: { width: DATA_WIDTH, values: cycles.map(({ data }) => data) },
      s_axis_tvalid: bit(cycles.map(({ valid }) => valid)),
      m_axis_tready: bit(cycles.map(({ ready }) => ready)),
    },
    outputs: {
      s_axis_tready: { ...bit(cycles.map(({ level }) => level < DEPTH)), latency: 0 },
      m_axis_tvalid: { ...bit(cycles.map(({ level }) => level > 0)), latency: 0 },
      m_axis_tdata: { width: DATA_WIDTH, latency: 0, values: cycles.map(({ head }) => head) },
      level: { width: Math.log2(DEPTH) + 1, latency: 0, values: cycles.map(({ level }) => BigInt(level)) },
    },
  };
}

const cases: readonly BenchCase[] = [...streamCases, levelCase(8, 4), levelCase(5, 16)];

test("axis_fifo keeps order, a beat a cycle, and its level", async () => {
  const timings = await runBench(cases);
  const [run] = timings["axis_fifo 16"]!.m_axis!;
  expect(run!.last - run!.first).toBe(run!.beats - 1);
  expect(run!.first - timings["axis_fifo 16"]!.s_axis![0]!.first).toBe(1);
});

test("the axis_fifo bench notices every mutant", async () => {
  const alive = await survivors(cases, [
    { module: "axis_fifo", find: "if (push && !pop)", replace: "if (push)" },
    { module: "axis_fifo", find: "!level_q[$clog2(DEPTH)]", replace: "1'b1" },
    { module: "axis_fifo", find: "level_q != 0", replace: "level_q != 0 && m_axis_tready" },
    { module: "axis_fifo", find: "if (pop) read_q", replace: "if (m_axis_tready) read_q" },
  ]);
  expect(alive).toEqual([]);
});

test("axis_fifo: order, level and stability are proved", async () => {
  await prove({ module: "axis_fifo", parameters: { DATA_WIDTH: 1, DEPTH: 4 }, depth: 11, unroll: true });
});
