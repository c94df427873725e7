import { expect, test } from "vitest";
import {
  type BenchCase,
  type Mutant,
  randomSource,
  runBench,
  type StreamCase,
  survivors,
} from "../../harness/bench.js";
import { type Cycle, cycleCase, paces, willing } from "../../harness/dense-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

/** Outputs before the first reset are unknown. */
const reset: Cycle = { inputs: { rst: 1 }, outputs: {} };

/** Ticks of random phases, with pulses of other phases between, that must not matter. */
function denseControl(seed: number): BenchCase {
  const { below } = randomSource(seed);
  const cycles: Cycle[] = [reset];
  let phase: "idle" | "sweep" | "walk" | "close" = "idle";
  let fresh = true;
  let frameEnd: boolean | undefined;
  for (let t = 0; t < 600; t++) {
    const rst = t > 0 && below(60) === 0;
    const [valid, ends, done, drained] = [below(3) > 0, below(3) === 0, below(3) === 0, below(4) === 0];
    const starts = phase === "idle" && valid;
    cycles.push({
      inputs: {
        rst: Number(rst),
        tick_valid: Number(valid),
        tick_frame_end: Number(ends),
        sweep_done: Number(done),
        drained: Number(drained),
      },
      outputs: {
        sweep_start: Number(starts),
        walk_start: Number(phase === "sweep" && done),
        frame_start: Number(fresh),
        close: Number(phase === "close"),
        // Said with close.
        frame_end: phase === "close" ? Number(frameEnd) : null,
        busy: Number(starts || phase !== "idle"),
      },
    });
    if (starts) frameEnd = ends;
    if (phase === "close") fresh = frameEnd === true;
    if (phase === "idle") phase = valid ? "sweep" : "idle";
    else if (phase === "sweep") phase = done ? "walk" : "sweep";
    else if (phase === "walk") phase = drained ? "close" : "walk";
    else phase = "idle";
    if (rst) [phase, fresh] = ["idle", true];
  }
  return cycleCase(
    "dense_control",
    "dense_control",
    {},
    { rst: 1, tick_valid: 1, tick_frame_end: 1, sweep_done: 1, drained: 1 },
    { sweep_start: 1, walk_start: 1, frame_start: 1, close: 1, frame_end: 1, busy: 1 },
    cycles,
  );
}

/** Windows that finish some cycles after they were issued, into a queue that is read at a pace. */
function windowCredit(DEPTH: number, seed: number): BenchCase {
  const { below } = randomSource(seed);
  const cycles: Cycle[] = [reset];
  let [underWay, stored] = [0, 0];
  for (const pace of paces)
    for (let t = 0; t < 200; t++) {
      const rst = t > 0 && below(80) === 0;
      const mayStart = stored + underWay + 1 < DEPTH;
      const issued = mayStart && below(3) > 0;
      const finished = underWay > 0 && below(3) > 0;
      cycles.push({
        inputs: { rst: Number(rst), issued: Number(issued), finished: Number(finished), level: stored },
        outputs: { may_start: Number(mayStart) },
      });
      const kept = finished && below(4) > 0;
      // The reader stops for a while, so that the queue runs full.
      const taken = stored > 0 && t % 64 < 40 && willing(pace, t, below);
      underWay = rst ? 0 : underWay + Number(issued) - Number(finished);
      stored += Number(kept) - Number(taken);
      expect(stored + underWay).toBeLessThan(DEPTH);
    }
  const level = Math.log2(DEPTH) + 1;
  const inputs = { rst: 1, issued: 1, finished: 1, level };
  return cycleCase(`window_credit ${DEPTH}`, "window_credit", { DEPTH }, inputs, { may_start: 1 }, cycles);
}

/** Beats through the pipeline alone: order, flags and stability under all pauses. */
function pipeStream(STAGES: number, seed: number): StreamCase {
  const { bits } = randomSource(seed);
  const beats = Array.from({ length: 120 }, () => ({ tlast: bits(1), tuser: bits(1) }));
  const stream = { fields: { tlast: 1, tuser: 1 }, beats };
  return {
    kind: "streams",
    name: `axis_pipe_control ${STAGES}`,
    module: "axis_pipe_control",
    parameters: { STAGES },
    inputs: { s_axis: stream },
    outputs: { m_axis: stream },
    open: ["enable"],
  };
}

/** Every output in every cycle: the pipeline moves if its last beat leaves, or there is none. */
function pipeEnable(STAGES: number, seed: number): BenchCase {
  const { below } = randomSource(seed);
  const cycles: Cycle[] = [reset];
  let stages: ({ readonly last: number; readonly user: number } | undefined)[] = new Array(STAGES).fill(
    undefined,
  );
  for (const pace of paces)
    for (let t = 0; t < 120; t++) {
      const rst = t > 0 && below(50) === 0;
      const ready = willing(pace, t, below) && t % 48 < 40;
      const beat = below(3) > 0 ? { last: below(2), user: below(2) } : undefined;
      const leaving = stages[STAGES - 1];
      const enable = ready || leaving === undefined;
      cycles.push({
        inputs: {
          rst: Number(rst),
          s_axis_tvalid: Number(beat !== undefined),
          s_axis_tlast: beat?.last ?? below(2),
          s_axis_tuser: beat?.user ?? below(2),
          m_axis_tready: Number(ready),
        },
        outputs: {
          s_axis_tready: Number(enable),
          enable: Number(enable),
          m_axis_tvalid: Number(leaving !== undefined),
          m_axis_tlast: leaving?.last ?? null,
          m_axis_tuser: leaving?.user ?? null,
        },
      });
      if (enable) stages = [beat, ...stages.slice(0, -1)];
      if (rst) stages = stages.map(() => undefined);
    }
  return cycleCase(
    `axis_pipe_control enable ${STAGES}`,
    "axis_pipe_control",
    { STAGES },
    { rst: 1, s_axis_tvalid: 1, s_axis_tlast: 1, s_axis_tuser: 1, m_axis_tready: 1 },
    { s_axis_tready: 1, enable: 1, m_axis_tvalid: 1, m_axis_tlast: 1, m_axis_tuser: 1 },
    cycles,
  );
}

function validDelay(CYCLES: number, seed: number): BenchCase {
  const { below } = randomSource(seed);
  let pulses: number[] = new Array(CYCLES).fill(0);
  const cycles = Array.from({ length: 200 }, (_, t): Cycle => {
    const rst = t > 0 && below(25) === 0;
    const pulse = below(2);
    const cycle = { inputs: { rst: Number(rst), in: pulse }, outputs: { out: pulses[CYCLES - 1] as number } };
    pulses = rst ? pulses.map(() => 0) : [pulse, ...pulses.slice(0, -1)];
    return cycle;
  });
  const name = `valid_delay ${CYCLES}`;
  return cycleCase(name, "valid_delay", { CYCLES }, { rst: 1, in: 1 }, { out: 1 }, [reset, ...cycles]);
}

function stepCounter(WIDTH: number, STEP: number, LAST: number, seed: number): BenchCase {
  const { below } = randomSource(seed);
  let value = 0;
  const cycles = Array.from({ length: 300 }, (_, t): Cycle => {
    const [rst, restart, advance] = [t > 0 && below(50) === 0, below(16) === 0, below(4) > 0];
    const inputs = { rst: Number(rst), restart: Number(restart), advance: Number(advance) };
    const cycle = { inputs, outputs: { value } };
    if (rst || restart) value = 0;
    else if (advance) value = value === LAST ? 0 : value + STEP;
    return cycle;
  });
  const name = `step_counter ${WIDTH} ${STEP} ${LAST}`;
  const parameters = { WIDTH, STEP, LAST };
  const inputs = { rst: 1, restart: 1, advance: 1 };
  return cycleCase(name, "step_counter", parameters, inputs, { value: WIDTH }, [reset, ...cycles]);
}

const cases: readonly BenchCase[] = [
  denseControl(1),
  windowCredit(2, 2),
  windowCredit(4, 3),
  windowCredit(16, 4),
  ...[1, 2, 5].flatMap((stages) => [pipeStream(stages, 10 + stages), pipeEnable(stages, 20 + stages)]),
  ...[1, 2, 7].map((cycles) => validDelay(cycles, 30 + cycles)),
  stepCounter(4, 2, 6, 40),
  stepCounter(4, 3, 15, 41), // the largest value of its bits
  stepCounter(1, 4, 0, 42), // a single value; the step does not fit
  stepCounter(5, 5, 25, 43),
];

const mutants: readonly Mutant[] = [
  {
    module: "dense_control",
    find: "else if (close) fresh_q <= frame_end_q",
    replace: "else if (close) fresh_q <= 1'b0",
  },
  { module: "dense_control", find: "if (drained) state_q <= CLOSE", replace: "if (drained) state_q <= IDLE" },
  { module: "dense_control", find: "if (sweep_start) frame_end_q", replace: "if (tick_valid) frame_end_q" },
  { module: "dense_control", find: "state_q == SWEEP && sweep_done", replace: "sweep_done" },
  { module: "window_credit", find: "promised < LIMIT", replace: "promised <= LIMIT" },
  { module: "window_credit", find: "else if (issued && !finished)", replace: "else if (issued)" },
  { module: "window_credit", find: "{1'b0, under_way_q} + {1'b0, level}", replace: "{1'b0, level}" },
  { module: "axis_pipe_control", find: "m_axis_tready || !valid_q[STAGES-1]", replace: "m_axis_tready" },
  { module: "axis_pipe_control", find: "else if (enable) valid_q", replace: "else valid_q" },
  { module: "axis_pipe_control", find: "if (enable) begin", replace: "if (s_axis_tvalid) begin" },
  { module: "valid_delay", find: "pulses_q[CYCLES-1]", replace: "pulses_q[0]" },
  { module: "valid_delay", find: "if (rst)", replace: "if (rst && in)" },
  { module: "step_counter", find: "if (rst || restart)", replace: "if (rst)" },
  { module: "step_counter", find: "else if (advance) value_q", replace: "else value_q" },
  { module: "step_counter", find: "at_last ? {WIDTH{1'b0}}", replace: "at_last ? STEP[WIDTH-1:0]" },
];

test("the control blocks do what their headers say, cycle by cycle", async () => {
  const times = await runBench(cases);
  for (const stages of [1, 2, 5]) {
    const [input, output] = [
      times[`axis_pipe_control ${stages}`]!.s_axis![0]!,
      times[`axis_pipe_control ${stages}`]!.m_axis![0]!,
    ];
    expect(output.first - input.first).toBe(stages);
    expect(output.last - output.first).toBe(output.beats - 1);
  }
});

test("the bench of the control blocks notices every mutant", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

test("window_credit: no window and no closing beat meets a full queue is proved", async () => {
  await prove({ module: "window_credit", parameters: { DEPTH: 4 }, depth: 12 });
});

test("axis_pipe_control: stability, and that no beat is lost or doubled, are proved", async () => {
  await prove({ module: "axis_pipe_control", parameters: { STAGES: 3 }, depth: 8 });
});

const denseProof: Proof = { module: "dense_control", parameters: {}, depth: 2, coverDepth: 13 };

test("dense_control: sweep, walk, drain and close of one tick at a time are proved", async () => {
  await prove(denseProof);
});

test("the proof of dense_control refutes every mutant", async () => {
  const alive = await unrefuted(denseProof, [
    // Starts again under way, or from the pulse of another phase
    { module: "dense_control", find: "state_q == IDLE && tick_valid", replace: "tick_valid" },
    { module: "dense_control", find: "state_q == SWEEP && sweep_done", replace: "sweep_done" },
    { module: "dense_control", find: "if (drained) state_q <= CLOSE", replace: "state_q <= CLOSE" },
    // Never closed, closed twice
    {
      module: "dense_control",
      find: "if (drained) state_q <= CLOSE",
      replace: "if (drained) state_q <= IDLE",
    },
    {
      module: "dense_control",
      find: "default: state_q <= IDLE",
      replace: "default: if (drained) state_q <= IDLE",
    },
    // The frame of another tick
    { module: "dense_control", find: "if (sweep_start) frame_end_q", replace: "if (tick_valid) frame_end_q" },
    { module: "dense_control", find: "if (rst) fresh_q <= 1'b1", replace: "if (rst) fresh_q <= fresh_q" },
  ]);
  expect(alive).toEqual([]);
});

const delayProof: Proof = {
  module: "valid_delay",
  parameters: { CYCLES: 3 },
  depth: 4,
  coverDepth: 6,
  unroll: true,
};
const counterProof: Proof = {
  module: "step_counter",
  parameters: { WIDTH: 3, STEP: 3, LAST: 6 },
  depth: 2,
  coverDepth: 8,
  unroll: true,
};

test("valid_delay and step_counter are proved", async () => {
  await prove(delayProof);
  await prove(counterProof);
});

test("the proofs of valid_delay and step_counter refute every mutant", async () => {
  const of = (name: string) => mutants.filter(({ module }) => module === name);
  const delays = [
    ...of("valid_delay"),
    {
      module: "valid_delay",
      find: "else pulses_q <= pulses",
      replace: "else if (in || out) pulses_q <= pulses",
    },
  ];
  expect(await unrefuted(delayProof, delays)).toEqual([]);
  expect(await unrefuted(counterProof, of("step_counter"))).toEqual([]);
});
