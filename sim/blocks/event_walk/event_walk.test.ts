import { expect, test } from "vitest";
import { type Mutant, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth, paces, willing } from "../../harness/dense-bench.js";
import {
  count,
  derived,
  type Event,
  type EventGeometry,
  eventData,
  eventWidth,
  modulo,
  touched,
} from "../../harness/event-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

/** A beat, in the rtl's packed form. */
interface Beat {
  readonly weightAddress: bigint;
  readonly rotation: number;
  readonly bankValid: bigint;
  readonly bankPlace: bigint;
}

const packed = (values: readonly number[], width: number): bigint =>
  values.reduceRight((all, value) => (all << BigInt(width)) | BigInt.asUintN(width, BigInt(value)), 0n);

/**
 * The beats of an event, each output on its own. A row or column that is masked counts as place 0; taps of masked banks are
 * the unmasked formula's.
 */
function beatsOf(geometry: EventGeometry, [channel, y, x]: Event): Beat[] {
  const { stride, pad, kernel, shift } = geometry;
  const { banksY, banksX, groups, placesX, places, copies, aligns, span, weightWords } = derived(geometry);
  const [rows, columns] = [touched(geometry, 0, y), touched(geometry, 1, x)];
  if (rows.length === 0 || columns.length === 0) return [];
  // With banks, all outputs at once: bank b has the first output from the lowest on that falls into it.
  const steps = (banks: number, outputs: readonly number[]): number[][] =>
    banks === 1
      ? outputs.map((o) => [o])
      : [count(banks).map((b) => outputs[0]! + modulo(b - outputs[0]!, banks))];
  const highest = Math.floor((x + pad[1]) / stride[1]);
  const rotation = modulo(highest, banksX) % shift;
  const column = (o: number): number => {
    if (banksX === 1) return x + pad[1] - o * stride[1];
    if (banksX < span(1)) return x;
    return modulo(x + pad[1], stride[1]) * copies + Math.floor(modulo(highest, banksX) / shift);
  };
  return steps(banksY, rows).flatMap((ys) =>
    steps(banksX, columns).flatMap((xs) =>
      count(groups).map((group) => {
        const first = (channel * groups + group) * kernel[0];
        const addresses = ys.map(
          (oy) => (first + y + pad[0] - oy * stride[0]) * aligns + column(xs[0] as number),
        );
        const banks = ys.flatMap((oy) => xs.map((ox) => ({ oy, ox })));
        const place = ({ oy, ox }: { oy: number; ox: number }): number =>
          group * places +
          (rows.includes(oy) ? Math.floor(oy / banksY) * placesX : 0) +
          (columns.includes(ox) ? Math.floor(ox / banksX) : 0);
        return {
          weightAddress: packed(addresses, indexWidth(weightWords)),
          rotation,
          bankValid: packed(
            banks.map(({ oy, ox }) => Number(rows.includes(oy) && columns.includes(ox))),
            1,
          ),
          bankPlace: packed(banks.map(place), indexWidth(places * groups)),
        };
      }),
    ),
  );
}

/** Cycles: at each pace of the source, events one after the other; a reset in the middle of one. */
function cyclesOf(geometry: EventGeometry, seed: number): Cycle[] {
  const random = randomSource(seed);
  const cycles: Cycle[] = [];
  // The event in hand (null: none), the beat that it is at, and the two registers behind.
  let hand: Beat[] | null = null;
  let at = 0;
  let part: Beat | null = null;
  let beat: Beat | null = null;
  const cycle = (offered: Event | null, rst = 0): boolean => {
    const ready = hand === null || at >= hand.length - 1;
    cycles.push({
      inputs: {
        rst,
        s_axis_tvalid: Number(offered !== null),
        s_axis_tdata: offered === null ? random.bits(eventWidth(geometry)) : eventData(geometry, offered),
      },
      outputs: {
        s_axis_tready: Number(ready),
        busy: Number(hand !== null || part !== null || beat !== null),
        beat_valid: Number(beat !== null),
        weight_address: beat?.weightAddress ?? null,
        rotation: beat?.rotation ?? null,
        bank_valid: beat?.bankValid ?? 0n,
        bank_place: beat?.bankPlace ?? null,
      },
    });
    beat = part;
    part = hand?.[at] ?? null;
    at++;
    if (ready) {
      hand = offered === null ? null : beatsOf(geometry, offered);
      at = 0;
    }
    if (rst) [hand, part, beat] = [null, null, null];
    return ready && offered !== null;
  };
  cycle(null, 1);
  cycles[0] = { inputs: { rst: 1 }, outputs: {} };
  const [channels, height, width] = geometry.input;
  const events = count(height).flatMap((y) => count(width).map((x): Event => [random.below(channels), y, x]));
  // On a large map every coordinate comes once, at one of the paces; on others at each.
  const isLarge = events.length > 100;
  for (const [p, pace] of paces.entries())
    for (const [e, event] of events.entries()) {
      if (isLarge && e % paces.length !== p) continue;
      while (!willing(pace, cycles.length, random.below)) cycle(null);
      while (!cycle(event));
    }
  cycle(null, 1);
  for (let i = 0; i < 6; i++) cycle(null);
  return cycles;
}

const base = { channels: 2, shift: 1 } as const;

/** A geometry whose output size follows from the others. */
const conv = (
  input: EventGeometry["input"],
  outChannels: number,
  kernel: EventGeometry["kernel"],
  stride: EventGeometry["stride"],
  pad: EventGeometry["pad"],
): Omit<EventGeometry, "taps"> => {
  const size = (axis: 0 | 1): number =>
    Math.floor(((input[axis + 1] as number) + 2 * pad[axis] - kernel[axis]) / stride[axis]) + 1;
  return { ...base, input, output: [outChannels, size(0), size(1)], kernel, stride, pad };
};

const shapes: readonly Omit<EventGeometry, "taps">[] = [
  { ...conv([3, 16, 16], 2, [7, 7], [1, 1], [3, 3]), shift: 1 },
  { ...conv([3, 16, 16], 4, [7, 7], [1, 1], [3, 3]), shift: 4 },
  conv([2, 5, 9], 2, [3, 2], [1, 1], [1, 0]),
  { ...conv([1, 9, 11], 6, [5, 5], [2, 3], [2, 1]), shift: 2 },
  conv([2, 9, 9], 2, [2, 2], [3, 3], [0, 0]), // taps between strides: events without outputs
  conv([5, 4, 3], 4, [4, 3], [1, 1], [0, 0]), // linear: kernel = map
  conv([1, 1, 6], 2, [1, 4], [1, 2], [0, 3]), // one row
  conv([2, 3, 3], 2, [5, 5], [1, 1], [2, 2]), // kernel larger than the map
  conv([1, 1, 1], 2, [1, 1], [1, 1], [0, 0]),
  { ...base, input: [2, 6, 5], output: [2, 3, 9], kernel: [4, 3], stride: [2, 1], pad: [0, 4] }, // off the map
];

/** Any geometry whatever, output size free of the input's. */
function randomShape(seed: number): Omit<EventGeometry, "taps"> {
  const { below } = randomSource(seed);
  const pick = (limit: number): number => 1 + below(limit);
  return {
    input: [pick(3), pick(7), pick(7)],
    output: [2 * pick(3), pick(7), pick(7)],
    kernel: [pick(5), pick(5)],
    stride: [pick(3), pick(3)],
    pad: [below(4), below(4)],
    ...base,
  };
}

const geometries = [...shapes, ...count(8).map((i) => randomShape(300 + i))].flatMap((shape) =>
  (["one", "row", "patch"] as const).map((taps): EventGeometry => {
    const geometry = { ...shape, taps };
    return { ...geometry, shift: Math.min(shape.shift, derived({ ...geometry, shift: 1 }).banksX) };
  }),
);

const cases = geometries.map((geometry, i) => {
  const { banksY, banksX, groups, places, weightWords, convolution } = derived(geometry);
  const [placeWidth, addressWidth] = [indexWidth(places * groups), indexWidth(weightWords)];
  return cycleCase(
    `walk ${JSON.stringify(geometry).replaceAll('"', "")}`,
    "event_walk",
    { ...convolution, GROUPS: groups, PLACE_WIDTH: placeWidth, ADDRESS_WIDTH: addressWidth },
    { rst: 1, s_axis_tvalid: 1, s_axis_tdata: eventWidth(geometry) },
    {
      s_axis_tready: 1,
      busy: 1,
      beat_valid: 1,
      weight_address: banksY * addressWidth,
      rotation: indexWidth(geometry.shift),
      bank_valid: banksY * banksX,
      bank_place: banksY * banksX * placeWidth,
    },
    cyclesOf(geometry, i),
  );
});

const mutants: readonly Mutant[] = [
  { module: "event_walk", find: "none || (wrap_x && last_y)", replace: "wrap_x && last_y" },
  { module: "event_walk", find: "if (last_group) step_x_q", replace: "step_x_q" },
  { module: "event_walk", find: "last_group ? first_weight_q :", replace: "" },
  { module: "event_walk", find: "valid_q && !none", replace: "valid_q" },
  {
    module: "event_walk",
    find: "valid_q || part_valid_q || beat_valid_q",
    replace: "valid_q || part_valid_q",
  },
  { module: "event_walk", find: "mask_y_q[u] && mask_x_q[b];", replace: "mask_x_q[b];" },
  { module: "event_walk", find: "if (wrap_x) step_y_q", replace: "if (last_x) step_y_q" },
  { module: "event_walk", find: ".PLACE_STEP(PLACES_X)", replace: ".PLACE_STEP(1)" },
  { module: "event_walk", find: "part_rotation_q <= rotation_x", replace: "part_rotation_q <= 0" },
  { module: "event_axis", find: "((BANKS == 1) ? s :", replace: "((BANKS == 1) ? 0 :" },
  { module: "event_axis", find: "(out > highest) ? 0 : ", replace: "" },
  { module: "event_axis", find: "highest > OUT - 1", replace: "highest > OUT" },
  { module: "event_axis", find: "if (i + PAD < KERNEL) lowest = 0;", replace: "" },
  { module: "event_axis", find: "lowest > highest,", replace: "1'b0," },
  { module: "event_axis", find: "(BANKS < SPAN) ? i : aligned", replace: "aligned" },
];

test("event_walk gives the outputs of every event, masked beats of none, a beat a cycle", async () => {
  await runBench(cases);
});

test("an event takes its touched outputs, its rows, or one cycle, times the channel groups", () => {
  for (const geometry of geometries) {
    const [, height, width] = geometry.input;
    for (const y of count(height))
      for (const x of count(width)) {
        const [rows, columns] = [touched(geometry, 0, y).length, touched(geometry, 1, x).length];
        const { groups } = derived(geometry);
        const steps = { one: rows * columns, row: columns > 0 ? rows : 0, patch: rows * columns > 0 ? 1 : 0 };
        expect(beatsOf(geometry, [0, y, x]).length).toBe(steps[geometry.taps] * groups);
      }
  }
});

test("the event_walk bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

/** Without a clock: the table, looked at in one cycle. */
const axisProof = (parameters: Proof["parameters"]): Proof => ({
  module: "event_axis",
  parameters: { PLACE_WIDTH: 3, TAP_WIDTH: 4, ...parameters },
  depth: 1,
  unroll: true,
});

// One output a step; each in its bank; numbers of rows that banks share, and of rows that they don't
const axes = {
  steps: axisProof({ IN: 6, OUT: 3, KERNEL: 3, STRIDE: 2, PAD: 1, BANKS: 1, PLACE_STEP: 2, TAP_STEP: 3 }),
  banks: axisProof({ IN: 7, OUT: 4, KERNEL: 3, STRIDE: 1, PAD: 1, BANKS: 3, TAP_STEP: 2 }),
  rows: axisProof({ IN: 6, OUT: 4, KERNEL: 5, STRIDE: 2, PAD: 2, BANKS: 3, ALIGNED: 1, SHIFT: 2 }),
  own: axisProof({ IN: 4, OUT: 2, KERNEL: 5, STRIDE: 1, PAD: 1, BANKS: 2, ALIGNED: 1, SHIFT: 1 }),
};

test("event_axis: the outputs of a coordinate, their places and taps are proved", async () => {
  for (const proof of Object.values(axes)) await prove(proof);
});

test("the proof of event_axis refutes every mutant", async () => {
  const [step, ...others] = mutants.filter(({ module }) => module === "event_axis");
  const own = others.pop();
  if (step === undefined || own === undefined) throw new Error("no mutants of event_axis");
  const row = { module: "event_axis", find: "(highest % BANKS) / SHIFT;", replace: "highest % BANKS;" };
  expect(await unrefuted(axes.steps, [step])).toEqual([]);
  expect(await unrefuted(axes.banks, others)).toEqual([]);
  expect(await unrefuted(axes.rows, [row])).toEqual([]);
  expect(await unrefuted(axes.own, [own])).toEqual([]);
});

/** Small enough for a proof; all words of all banks are looked at. */
const proofs: readonly Proof[] = [
  // A stride along one axis, padding along one, groups: in the three forms
  { ...conv([2, 3, 3], 4, [2, 2], [2, 1], [1, 0]), output: [4, 2, 2], taps: "one" as const },
  { ...conv([2, 4, 4], 4, [3, 2], [2, 1], [1, 0]), output: [4, 3, 4], taps: "row" as const },
  { ...conv([2, 4, 4], 4, [3, 2], [2, 1], [1, 0]), output: [4, 3, 4], taps: "patch" as const },
  // Rotations that are stored, and that are not
  { ...conv([2, 4, 5], 2, [3, 3], [1, 1], [1, 1]), taps: "row" as const, shift: 3 },
  { ...conv([2, 4, 5], 2, [3, 3], [1, 1], [1, 1]), taps: "patch" as const, shift: 2 },
  { ...conv([3, 5, 6], 4, [3, 4], [2, 2], [1, 1]), output: [4, 3, 3], taps: "patch" as const, shift: 2 },
  // Taps between strides, and a kernel wider than the map
  { ...conv([1, 5, 5], 4, [2, 2], [3, 3], [0, 0]), taps: "one" as const },
  { ...conv([2, 3, 4], 2, [2, 5], [1, 1], [1, 2]), output: [2, 3, 2], taps: "row" as const },
].map((geometry) => {
  const { groups, places, weightWords, convolution } = derived(geometry as EventGeometry);
  const widths = { PLACE_WIDTH: indexWidth(places * groups), ADDRESS_WIDTH: indexWidth(weightWords) };
  const parameters = { ...convolution, GROUPS: groups, ...widths };
  return { module: "event_walk", parameters, depth: 6, plain: "event_axis", simplify: true, unroll: true };
});

test("event_walk: each event adds once to each output that it touches, with its weight, is proved", async () => {
  for (const proof of proofs) await prove(proof);
});
