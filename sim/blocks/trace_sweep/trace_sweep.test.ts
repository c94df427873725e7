import { expect, test } from "vitest";
import { type Mutant, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth } from "../../harness/dense-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

interface Geometry {
  readonly groups: number;
  readonly height: number;
  readonly width: number;
  readonly latency: number;
}

/** The parameters of rtl/trace_sweep.v. */
const parametersOf = ({ groups, height, width, latency }: Geometry) => ({
  CHANNEL_GROUPS: groups,
  HEIGHT: height,
  WIDTH: width,
  PIPE_LATENCY: latency,
});

/** Cycles: reset, an abandoned pass, three passes of which the second starts with the first's done. */
function cyclesOf({ groups, height, width, latency }: Geometry): Cycle[] {
  const words = groups * height * width;
  const [yWidth, xWidth] = [indexWidth(height), indexWidth(width)];
  const length = words + latency + 2;
  const cycles: Cycle[] = [{ inputs: { rst: 1 }, outputs: {} }];
  // One pass: cycle 0 is that of `start`; in cycle `cut` reset ends it.
  const pass = (frameStart: number, doneBefore: number, zeroBefore: number | null, cut = length): void => {
    for (let t = 0; t < cut; t++) {
      const read = t - 1;
      const write = read - 1 - latency;
      const [reads, writes] = [read >= 0 && read < words, write >= 0 && write < words];
      const group = Math.floor(read / (height * width));
      const y = Math.floor(read / width) % height;
      cycles.push({
        inputs: {
          rst: Number(t === cut - 1 && cut < length),
          start: Number(t === 0),
          frame_start: t === 0 ? frameStart : 1 - frameStart,
        },
        outputs: {
          busy: Number(t > 0),
          done: t === 0 ? doneBefore : 0,
          tick_taken: Number(read === words),
          spike_read_enable: Number(reads),
          spike_read_address: reads ? (((group << yWidth) | y) << xWidth) | (read % width) : null,
          state_read_enable: Number(reads),
          state_read_address: reads ? read : null,
          group: reads ? group : null,
          zero_states: t === 0 ? zeroBefore : frameStart,
          write_enable: Number(writes),
          write_address: writes ? write : null,
        },
      });
    }
  };
  const idle = (done: number, zero: number | null): void => {
    const outputs = { busy: 0, done, tick_taken: 0, spike_read_enable: 0, state_read_enable: 0 };
    cycles.push({ inputs: {}, outputs: { ...outputs, zero_states: zero, write_enable: 0 } });
  };
  idle(0, null);
  pass(1, 0, null, 1 + Math.min(words, 5));
  idle(0, null);
  pass(0, 0, null);
  pass(1, 1, 0);
  idle(1, 1);
  for (let i = 0; i < 5; i++) idle(0, 1);
  pass(0, 0, 1);
  idle(1, 0);
  return cycles;
}

const geometries: readonly Geometry[] = [
  { groups: 2, height: 4, width: 4, latency: 0 },
  { groups: 3, height: 5, width: 7, latency: 1 },
  { groups: 1, height: 1, width: 1, latency: 4 },
  { groups: 1, height: 1, width: 1, latency: 0 },
  { groups: 5, height: 1, width: 3, latency: 6 },
  { groups: 1, height: 6, width: 1, latency: 2 },
  { groups: 4, height: 3, width: 2, latency: 9 },
];

const cases = geometries.map((geometry) => {
  const { groups, height, width, latency } = geometry;
  const word = indexWidth(groups * height * width);
  return cycleCase(
    `sweep ${groups}x${height}x${width} latency ${latency}`,
    "trace_sweep",
    parametersOf(geometry),
    { rst: 1, start: 1, frame_start: 1 },
    {
      busy: 1,
      done: 1,
      tick_taken: 1,
      spike_read_enable: 1,
      spike_read_address: indexWidth(groups) + indexWidth(height) + indexWidth(width),
      state_read_enable: 1,
      state_read_address: word,
      group: indexWidth(groups),
      zero_states: 1,
      write_enable: 1,
      write_address: word,
    },
    cyclesOf(geometry),
  );
});

const mutants: readonly Mutant[] = [
  { module: "trace_sweep", find: "if (last_x && last_y) group_q", replace: "if (last_y) group_q" },
  { module: "trace_sweep", find: "pending[PIPE_LATENCY+1];", replace: "pending[PIPE_LATENCY];" },
  { module: "trace_sweep", find: "zero_states_q <= frame_start;", replace: "zero_states_q <= !frame_start;" },
];

test("trace_sweep addresses each word once, in order, with the stated latencies", async () => {
  await runBench(cases);
});

test("the trace_sweep bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

/** Cycles from reset to the done of a pass, and one more. */
const passCycles = ({ groups, height, width, latency }: Geometry): number =>
  groups * height * width + latency + 5;

const proofOf = (geometry: Geometry): Proof => ({
  module: "trace_sweep",
  parameters: parametersOf(geometry),
  depth: 2,
  coverDepth: passCycles(geometry),
  unroll: true,
});

const small: Geometry = { groups: 2, height: 1, width: 3, latency: 1 };
const proved: readonly Geometry[] = [
  small,
  { groups: 1, height: 1, width: 1, latency: 0 },
  { groups: 1, height: 1, width: 1, latency: 4 },
  { groups: 2, height: 3, width: 2, latency: 0 },
  { groups: 1, height: 4, width: 1, latency: 6 },
];

test.each(proved)(
  "trace_sweep: each word is read once and written once, so much later, is proved: %j",
  async (geometry) => {
    await prove(proofOf(geometry));
  },
);

// Induction does not mind a hundred words, but no solver gets to the end of their pass.
test("trace_sweep of a hundred words is proved", async () => {
  await prove({ ...proofOf({ groups: 3, height: 5, width: 7, latency: 4 }), coverDepth: 0 });
});

const refuted: readonly Mutant[] = [
  ...mutants,
  {
    module: "trace_sweep",
    find: "else if (write_enable) write_word_q",
    replace: "else if (reading_q) write_word_q",
  },
  { module: "trace_sweep", find: "if (rst) pending_q", replace: "if (1'b0) pending_q" },
  {
    module: "trace_sweep",
    find: "else if (last_read) reading_q",
    replace: "else if (tick_taken_q) reading_q",
  },
  { module: "trace_sweep", find: "tick_taken_q <= !rst && last_read", replace: "tick_taken_q <= last_read" },
];

test.each(refuted)("the trace_sweep proof kills its mutant: $find -> $replace", async (mutant) => {
  expect(await unrefuted(proofOf(small), [mutant], passCycles(small))).toEqual([]);
});
