import { expect, test } from "vitest";
import type { EventStage } from "../../../src/ir/design.js";
import { eventGeometry } from "../../../src/mapping/geometry.js";
import { neuronVisits, windowVisits } from "../../../src/mapping/visits.js";
import { type Mutant, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth, paces, willing } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { prove } from "../../harness/formal.js";

interface Geometry {
  readonly groups: number;
  readonly slices: number;
  readonly map: readonly [height: number, width: number];
  readonly pool: readonly [height: number, width: number];
  readonly columns: number;
  /** Whether a tick may begin before the one before it is closed. */
  readonly overlap: boolean;
}

interface Beat {
  readonly group: number;
  readonly slice: number;
  readonly y: number;
  readonly x: number;
  readonly columns: number;
  readonly windowFirst: boolean;
  readonly windowLast: boolean;
  /** A bit for each window of the beat. */
  readonly emits: number;
  readonly windowY: number;
  readonly windowX: number;
}

/** Windows of a beat. */
const windowsOf = ({ columns, pool }: Geometry): number => Math.max(1, columns / pool[1]);

/** Bits i of which `set(i)` holds, of `n`. */
const mask = (n: number, set: (i: number) => boolean): number =>
  count(n).reduce((bits, i) => (set(i) ? bits + 2 ** i : bits), 0);

/** The beats of a tick, each position computed on its own: the law that the counters must follow. */
function beatsOf(geometry: Geometry): Beat[] {
  const { groups, slices, map, pool, columns } = geometry;
  const [height, width] = map;
  const span = Math.max(columns, pool[1]);
  const beats: Beat[] = [];
  for (const windowY of count(Math.ceil(height / pool[0])))
    for (const spanX of count(Math.ceil(width / span)))
      for (const group of count(groups))
        for (const slice of count(slices)) {
          const places = count(pool[0])
            .flatMap((wy) => count(span / columns).map((wx) => [wy, wx] as const))
            .map(([wy, wx]) => [windowY * pool[0] + wy, spanX * span + wx * columns] as const)
            .filter(([y, x]) => y < height && x < width);
          for (const [place, [y, x]] of places.entries()) {
            const windowX = (spanX * span) / pool[1];
            const inside = (i: number): boolean =>
              (windowY + 1) * pool[0] <= height && (windowX + i + 1) * pool[1] <= width;
            beats.push({
              group,
              slice,
              y,
              x,
              columns: mask(columns, (i) => x + i < width),
              windowFirst: place === 0,
              windowLast: place === places.length - 1,
              emits: mask(windowsOf(geometry), inside),
              windowY,
              windowX,
            });
          }
        }
  return beats;
}

/** Cycles from the last beat of a tick to `closed`, where the bench doesn't choose them at random. */
const CLOSE_CYCLES = 5;

/**
 * Cycles: a tick that reset abandons, then ticks of each pace of may_start. The first pace shows each tick as soon as
 * rtl/event_ticks.v can: two cycles after the one before is taken; `steady` tells the cycles of its first beats.
 */
function cyclesOf(geometry: Geometry, seed: number) {
  const { slices, map, overlap } = geometry;
  const { below } = randomSource(seed);
  const beats = beatsOf(geometry);
  const [yWidth, xWidth] = map.map(indexWidth) as [number, number];
  const cycles: Cycle[] = [];
  const steady: number[] = [];
  let [next, ticks] = [0, 0];
  let shown: { readonly number: number; readonly fresh: boolean; readonly ends: boolean } | undefined;
  let tick: { readonly ends: boolean } | undefined;
  let fresh = true;
  // Cycles to the pulse that closes the tick before, with OVERLAP = 0
  let closing: number | undefined;

  const cycle = (mayStart: boolean, closeCycles: number, rst = false): void => {
    const taken = shown?.number === beats.length - 1;
    const closed = overlap ? below(3) === 0 : closing === 0;
    const running = tick !== undefined && !taken && closing === undefined;
    const beat = beats[next] as Beat;
    const on = shown && (beats[shown.number] as Beat);
    cycles.push({
      inputs: {
        rst: Number(rst),
        tick_valid: Number(tick !== undefined),
        tick_frame_end: tick ? Number(tick.ends) : below(2),
        closed: Number(closed),
        may_start: Number(mayStart),
      },
      outputs: {
        tick_taken: Number(taken),
        busy: Number(running),
        stalled: Number(running && beat.windowFirst && !mayStart),
        window_issued: Number(running && beat.windowFirst && mayStart),
        beat_valid: Number(on !== undefined),
        ...(on &&
          shown && {
            read_keep: Number(on.slice < slices - 1),
            read_address: (((on.group << yWidth) | on.y) << xWidth) | on.x,
            slice: on.slice,
            out_group: on.group * slices + on.slice,
            neuron_address: shown.number,
            columns: on.columns,
            window_first: Number(on.windowFirst),
            window_last: Number(on.windowLast),
            window_emits: on.emits,
            window_y: on.windowY,
            window_x: on.windowX,
            zero_states: Number(shown.fresh),
            tick_last: Number(taken),
            frame_end: taken ? Number(shown.ends) : null,
          }),
      },
    });
    if (closing !== undefined) closing = closed ? undefined : closing - 1;
    if (taken) {
      // The tick before is closed at the earliest in the cycle after its last beat.
      if (!overlap) closing = closeCycles - 1;
      [tick, fresh] = [undefined, shown?.ends === true];
      ticks++;
    }
    const advances = running && tick && (mayStart || !beat.windowFirst);
    shown = advances && tick ? { number: next, fresh, ends: tick.ends } : undefined;
    if (advances) next = (next + 1) % beats.length;
    if (rst) [next, shown, tick, fresh, closing] = [0, undefined, undefined, true, undefined];
  };

  cycle(true, 1, true);
  // The reset's own cycle: outputs are unknown before its first edge.
  cycles[0] = { inputs: { rst: 1 }, outputs: {} };
  tick = { ends: false };
  for (let i = 0; i < Math.min(7, beats.length); i++) cycle(true, 1);
  cycle(true, 1, true);
  for (const pace of paces) {
    for (let i = 0; i < 3; i++) cycle(true, 1);
    const until = ticks + 4;
    while (ticks < until) {
      tick ??= { ends: ticks % 4 === 1 || below(4) === 0 };
      const before = ticks;
      for (let t = 0; ticks === before; t++) {
        const closeCycles = pace === "always" ? CLOSE_CYCLES : 1 + below(6);
        cycle(willing(pace, t, below), closeCycles);
        if (pace === "always" && shown?.number === 0) steady.push(cycles.length);
      }
      // tick_valid is low for a cycle at least.
      const gap = pace === "always" ? 1 : 1 + below(3) * below(3);
      for (let i = 0; i < gap; i++) cycle(willing(pace, i, below), 1 + below(6));
    }
  }
  // Without a tick nothing moves, whatever may start.
  for (let i = 0; i < 8; i++) cycle(true, 1);
  return { cycles, steady, beats: beats.length };
}

function caseOf(geometry: Geometry, seed: number) {
  const { groups, slices, map, columns } = geometry;
  const { cycles, steady, beats } = cyclesOf(geometry, seed);
  const bench = cycleCase(
    `walk ${JSON.stringify(geometry).replaceAll('"', "")}`,
    "sweep_walk",
    parametersOf(geometry),
    { rst: 1, tick_valid: 1, tick_frame_end: 1, closed: 1, may_start: 1 },
    {
      tick_taken: 1,
      busy: 1,
      stalled: 1,
      window_issued: 1,
      beat_valid: 1,
      read_keep: 1,
      read_address: indexWidth(groups) + indexWidth(map[0]) + indexWidth(map[1]),
      slice: indexWidth(slices),
      out_group: indexWidth(groups * slices),
      neuron_address: indexWidth(groups * slices * map[0] * map[1]),
      columns,
      window_first: 1,
      window_last: 1,
      window_emits: windowsOf(geometry),
      window_y: indexWidth(map[0]),
      window_x: indexWidth(map[1]),
      zero_states: 1,
      tick_last: 1,
      frame_end: 1,
    },
    cycles,
  );
  const rows = groups * slices * map[0] * Math.ceil(map[1] / columns);
  return { geometry, bench, steady, beats, rows };
}

function parametersOf(geometry: Geometry) {
  const { groups, slices, map, pool, columns, overlap } = geometry;
  return {
    GROUPS: groups,
    SLICES: slices,
    OUT_HEIGHT: map[0],
    OUT_WIDTH: map[1],
    POOL_H: pool[0],
    POOL_W: pool[1],
    COLUMNS: columns,
    WINDOWS: windowsOf(geometry),
    OVERLAP: Number(overlap),
  };
}

const walk = (
  [groups, slices]: readonly [number, number],
  map: Geometry["map"],
  pool: Geometry["pool"],
  columns: number,
  overlap = true,
): Geometry => ({ groups, slices, map, pool, columns, overlap });

const chosen: readonly Geometry[] = [
  walk([1, 1], [1, 1], [1, 1], 1), // a beat a tick
  walk([1, 1], [1, 1], [1, 1], 1, false),
  walk([3, 2], [1, 1], [1, 1], 1, false), // linear
  walk([2, 1], [4, 4], [1, 1], 1),
  walk([2, 1], [5, 3], [2, 2], 1), // partial windows on both axes
  walk([1, 3], [5, 7], [2, 3], 1), // slices
  walk([2, 2], [3, 4], [3, 4], 1, false), // one window
  walk([2, 1], [4, 8], [2, 4], 2), // columns divide the window
  walk([1, 1], [5, 11], [2, 4], 2, false), // a partial window of columns, and half a beat
  walk([3, 1], [4, 6], [2, 2], 2), // columns are the window
  walk([2, 1], [5, 7], [3, 3], 3),
  walk([2, 1], [4, 16], [2, 2], 8), // several windows
  walk([2, 1], [5, 13], [2, 2], 6), // several windows, of which the last ones are partial or absent
  walk([1, 1], [3, 10], [1, 1], 4, false), // columns, no pool
  walk([2, 1], [2, 3], [1, 1], 4), // columns beyond the map
  walk([1, 1], [2, 5], [2, 2], 8, false), // windows beyond the map
  walk([2, 1], [16, 16], [2, 2], 4),
];

/** Any geometry whatever. */
function randomGeometry(seed: number): Geometry {
  const { below } = randomSource(seed);
  const pick = (limit: number): number => 1 + below(limit);
  const map = [pick(7), pick(9)] as const;
  const pool = [pick(Math.min(3, map[0])), pick(Math.min(4, map[1]))] as const;
  const divisors = count(pool[1]).filter((i) => pool[1] % (i + 1) === 0);
  const factor = pick(3);
  const columns = below(2) === 0 ? (divisors[below(divisors.length)] as number) + 1 : factor * pool[1];
  return walk([pick(3), columns === 1 ? pick(3) : 1], map, pool, columns, below(2) === 0);
}

const geometries = [...chosen, ...count(12).map((i) => randomGeometry(300 + i))];
const runs = geometries.map((geometry, i) => caseOf(geometry, i));
const cases = runs.map(({ bench }) => bench);

const mutants: readonly Mutant[] = [
  { module: "sweep_walk", find: "running && (may_start || !first_q)", replace: "running && may_start" },
  { module: "sweep_walk", find: "tick_valid && !taken_q && !waiting_q", replace: "tick_valid && !waiting_q" },
  { module: "sweep_walk", find: "waiting_q <= OVERLAP == 0", replace: "waiting_q <= 1'b0" },
  { module: "sweep_walk", find: "fresh_q   <= tick_frame_end", replace: "fresh_q   <= 1'b0" },
  { module: "sweep_walk", find: "px_last ? WX_REST_LAST", replace: "py_last ? WX_REST_LAST" },
  { module: "sweep_walk", find: "&& (!py_last || REST_H == POOL_H)", replace: "" },
  { module: "sweep_walk", find: "window_x_q + WINDOWS[X_WIDTH-1:0]", replace: "window_x_q + 1'b1" },
  { module: "sweep_walk", find: "keep_q           <= !s_last", replace: "keep_q           <= !g_last" },
];

/** The stage that walks so: a word is a column's slice of one channel, or COLUMNS columns of one. */
function stageOf({ groups, slices, map, pool, columns }: Geometry): EventStage {
  const output = { channels: groups * slices, height: map[0], width: map[1] };
  const sent = { ...output, height: Math.floor(map[0] / pool[0]), width: Math.floor(map[1] / pool[1]) };
  const input = { channels: 1, height: 1, width: 1 };
  const synapse = { kernel: [1, 1] };
  const layer = { input, output, sent, synapse, pool: { height: pool[0], width: pool[1] } };
  const stage = { kind: "event", layer, channels: slices, lanes: columns, banks: { aligns: 1 } };
  const { banks, ...sizes } = stage as unknown as EventStage;
  return { ...sizes, banks, geometry: eventGeometry(sizes.layer, sizes, banks) };
}

test("the model visits what neuronVisits and windowVisits say, in their order", () => {
  for (const geometry of geometries) {
    const stage = stageOf(geometry);
    const beats = beatsOf(geometry).map((beat) => ({
      ...beat,
      group: beat.group * geometry.slices + beat.slice,
    }));
    expect(beats.map(({ group, y, x }) => ({ group, y, x }))).toEqual(neuronVisits(stage));
    const sent = beats.filter(({ windowLast, emits }) => windowLast && emits > 0);
    // windowVisits gives a window's column, as sent; so does window_x.
    expect(sent.map(({ group, windowY, windowX }) => ({ group, y: windowY, x: windowX }))).toEqual(
      windowVisits(stage),
    );
  }
});

test("sweep_walk gives the beats of a plain loop nest, cycle by cycle", async () => {
  await runBench(cases);
});

// The bench above holds the model's cycles to the rtl's.
test("a tick takes its beats and 2 cycles, or the cycles to `closed` and 1", () => {
  for (const { geometry, steady, beats, rows } of runs) {
    expect(beats, JSON.stringify(geometry)).toBe(rows);
    expect(steady.length).toBe(4);
    const periods = steady.slice(1).map((first, i) => first - (steady[i] as number));
    const period = beats + (geometry.overlap ? 2 : CLOSE_CYCLES + 1);
    expect(periods, JSON.stringify(geometry)).toEqual([period, period, period]);
  }
});

test("the sweep_walk bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

const proofs: readonly (readonly [Geometry, depth: number])[] = [
  [walk([2, 1], [3, 3], [2, 2], 2), 16], // columns are the window; partial windows
  [walk([1, 2], [2, 3], [2, 2], 1), 15], // slices
  [walk([1, 1], [3, 5], [2, 1], 2), 12], // two windows
  [walk([2, 1], [2, 4], [2, 4], 2), 12], // columns divide the window
  [walk([1, 1], [2, 7], [1, 2], 4, false), 8],
  [walk([1, 1], [1, 1], [1, 1], 1, false), 8],
];

test.each(proofs)(
  "sweep_walk: each neuron once a tick, and no beat astray, is proved: %j",
  async (geometry, depth) => {
    await prove({ module: "sweep_walk", parameters: parametersOf(geometry), depth, unroll: true });
  },
);
