import { expect, test } from "vitest";
import {
  type Mutant,
  pack,
  randomSource,
  runBench,
  survivors,
  type VectorCase,
} from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { prove } from "../../harness/formal.js";

function steerCase(ports: number, depth: number): VectorCase {
  const random = randomSource(ports);
  const width = Math.log2(depth) + 1;
  const levels = count(200).map((t) =>
    count(ports).map(() => BigInt(t % 8 === 0 ? depth : random.below(depth + 1))),
  );
  const selected = levels.map((all) => {
    const lowest = all.reduce((a, b) => (b < a ? b : a));
    return { index: all.indexOf(lowest), full: lowest === BigInt(depth) };
  });
  return {
    kind: "vectors",
    name: `event_steer ${ports}`,
    module: "event_steer",
    parameters: { PORTS: ports, DEPTH: depth },
    clock: "none",
    inputs: { levels: { width: ports * width, values: levels.map((all) => pack(all, width)) } },
    outputs: {
      select: { width: ports, latency: 0, values: selected.map(({ index }) => 1n << BigInt(index)) },
      full: { width: 1, latency: 0, values: selected.map(({ full }) => BigInt(full)) },
    },
  };
}

/** Ticks that end at random, ports that are idle at random, a sweep that takes at random; two resets. */
function ticksCase(depth: number): VectorCase {
  const random = randomSource(depth);
  const cycles: Cycle[] = [];
  let clearing: number | null = 0;
  let closing: number | null = null;
  let half = 0;
  let held: number | null = null;
  for (let t = 0; t < 500; t++) {
    const rst = Number(t === 0 || t === 250);
    const open = clearing === null && closing === null;
    // Seldom idle, seldom taken, both often: in turn.
    const mood = Math.floor(t / 60) % 3;
    // Looked at while open only
    const offered = random.below(3) === 0;
    const last = open && offered;
    const frameEnd = random.below(2);
    const idle = random.below(mood === 0 ? 6 : 2) === 0;
    const taken = held !== null && random.below(mood === 1 ? 8 : 2) === 0;
    cycles.push({
      inputs: {
        rst,
        last: Number(offered),
        frame_end: frameEnd,
        idle: Number(idle),
        tick_taken: Number(taken),
      },
      outputs:
        t === 0
          ? {}
          : {
              open: Number(open),
              clear: Number(clearing !== null),
              clear_place: clearing,
              half,
              tick_valid: Number(held !== null),
              tick_frame_end: held,
            },
    });
    const swap: boolean = closing !== null && idle && held === null;
    if (taken) held = null;
    if (swap) [held, closing, half] = [closing, null, 1 - half];
    if (last) closing = frameEnd;
    if (clearing !== null) clearing = clearing === depth - 1 ? null : clearing + 1;
    if (rst) [clearing, closing, half, held] = [0, null, 0, null];
  }
  return cycleCase(
    `event_ticks ${depth}`,
    "event_ticks",
    { DEPTH: depth },
    { rst: 1, last: 1, frame_end: 1, idle: 1, tick_taken: 1 },
    { open: 1, clear: 1, clear_place: indexWidth(depth), half: 1, tick_valid: 1, tick_frame_end: 1 },
    cycles,
  );
}

const cases = [steerCase(1, 4), steerCase(2, 4), steerCase(5, 8), ticksCase(1), ticksCase(9), ticksCase(4)];

const mutants: readonly Mutant[] = [
  { module: "event_steer", find: "LEVEL_WIDTH] < lowest", replace: "LEVEL_WIDTH] <= lowest" },
  { module: "event_steer", find: "full = lowest[LEVEL_WIDTH-1]", replace: "full = lowest != 0" },
  { module: "event_ticks", find: "closing_q && idle && !valid_q", replace: "closing_q && idle" },
  { module: "event_ticks", find: "closing_q && idle && !valid_q", replace: "closing_q && !valid_q" },
  { module: "event_ticks", find: "if (open && last)", replace: "if (last)" },
  { module: "event_ticks", find: "frame_end_q <= closing_frame_end_q", replace: "frame_end_q <= frame_end" },
  { module: "event_ticks", find: "clear_q   <= 1'b1;", replace: "" },
];

test("event_steer finds the first of the shortest queues; event_ticks closes every tick once", async () => {
  await runBench(cases);
});

test("the event_control bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

test("event_ticks: no tick is lost or doubled, and a tick that waits is shown, is proved", async () => {
  await prove({ module: "event_ticks", parameters: { DEPTH: 3 }, depth: 12 });
});

test("event_steer: one queue, of the least filled the first, and full when all are, is proved", async () => {
  for (const PORTS of [1, 2, 3, 4])
    await prove({ module: "event_steer", parameters: { PORTS, DEPTH: 4 }, depth: 2, unroll: true });
});
