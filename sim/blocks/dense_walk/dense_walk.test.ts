import { expect, test } from "vitest";
import { type Mutant, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth, paces, willing } from "../../harness/dense-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";
import { chosen, conv, count, type Geometry, parametersOf, proofOf, randomGeometry } from "./geometry.js";

interface Beat {
  readonly operandAddress: number | null;
  readonly weightAddress: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly neuronAddress: number;
  readonly outGroup: number;
  readonly windowFirst: boolean;
  readonly windowLast: boolean;
  readonly windowEmits: boolean;
  readonly windowY: number;
  readonly windowX: number;
  readonly tickLast: boolean;
}

/** The beats of a tick, each position computed on its own: the law that the counters must follow. */
function beatsOf({ input, output, kernel, stride, pad, pool }: Geometry): Beat[] {
  const [inGroups, inHeight, inWidth] = input;
  const [outGroups, outHeight, outWidth] = output;
  const beats: Beat[] = [];
  let neuronAddress = 0;
  for (const py of count(Math.ceil(outHeight / pool[0])))
    for (const px of count(Math.ceil(outWidth / pool[1])))
      for (const og of count(outGroups)) {
        const places = count(pool[0])
          .flatMap((wy) => count(pool[1]).map((wx) => [py * pool[0] + wy, px * pool[1] + wx] as const))
          .filter(([y, x]) => y < outHeight && x < outWidth);
        for (const [place, [y, x]] of places.entries()) {
          const taps = count(kernel[0]).flatMap((ky) =>
            count(kernel[1]).flatMap((kx) => count(inGroups).map((ig) => ({ ky, kx, ig }))),
          );
          for (const [tap, { ky, kx, ig }] of taps.entries()) {
            const iy = y * stride[0] - pad[0] + ky;
            const ix = x * stride[1] - pad[1] + kx;
            const inMap = iy >= 0 && iy < inHeight && ix >= 0 && ix < inWidth;
            const windowLast = place === places.length - 1;
            beats.push({
              operandAddress: inMap ? (ig * inHeight + iy) * inWidth + ix : null,
              weightAddress: ((og * kernel[0] + ky) * kernel[1] + kx) * inGroups + ig,
              first: tap === 0,
              last: tap === taps.length - 1,
              neuronAddress,
              outGroup: og,
              windowFirst: place === 0,
              windowLast,
              windowEmits: (py + 1) * pool[0] <= outHeight && (px + 1) * pool[1] <= outWidth,
              windowY: py,
              windowX: px,
              tickLast: neuronAddress === outGroups * outHeight * outWidth - 1,
            });
          }
          neuronAddress++;
        }
      }
  return beats;
}

/** Cycles: a tick that reset abandons, then a tick of each pace of may_start, each started with the done before. */
function cyclesOf(geometry: Geometry, seed: number): Cycle[] {
  const random = randomSource(seed);
  const beats = beatsOf(geometry);
  const cycles: Cycle[] = [];
  let next = beats.length;
  let registered: Beat | undefined;
  let shown: Beat | undefined;
  let shownFrame: boolean | null = null;
  let frame = false;
  const cycle = (start: boolean, mayStart: boolean, frameStart: boolean, rst = false): boolean => {
    const beat = beats[next];
    const gate = beat?.first === true && beat.windowFirst;
    const done = registered?.tickLast === true && registered.last;
    cycles.push({
      inputs: {
        rst: Number(rst),
        start: Number(start),
        frame_start: Number(frameStart),
        may_start: Number(mayStart),
      },
      outputs: {
        busy: Number(beat !== undefined || registered !== undefined),
        done: Number(done),
        stalled: Number(gate && !mayStart),
        window_issued: Number(gate && mayStart),
        beat_valid: Number(registered !== undefined),
        operand_address: registered?.operandAddress ?? null,
        operand_zero: registered ? Number(registered.operandAddress === null) : null,
        weight_address: registered?.weightAddress ?? null,
        first: registered ? Number(registered.first) : null,
        last: registered ? Number(registered.last) : null,
        neuron_address: shown?.neuronAddress ?? null,
        out_group: shown?.outGroup ?? null,
        window_first: shown ? Number(shown.windowFirst) : null,
        window_last: shown ? Number(shown.windowLast) : null,
        window_emits: shown ? Number(shown.windowEmits) : null,
        zero_states: shownFrame === null ? null : Number(shownFrame),
        window_y: shown?.windowY ?? null,
        window_x: shown?.windowX ?? null,
        tick_last: shown ? Number(shown.tickLast) : null,
      },
    });
    registered = beat !== undefined && (!gate || mayStart) ? beat : undefined;
    if (registered) {
      next++;
      [shown, shownFrame] = [registered, frame];
    }
    if (start) [next, frame] = [0, frameStart];
    if (rst) {
      next = beats.length;
      registered = undefined;
    }
    return done;
  };
  cycle(false, true, false, true);
  // The reset's own cycle: outputs are unknown before its first edge.
  cycles[0] = { inputs: { rst: 1 }, outputs: {} };
  cycle(true, true, true);
  for (let i = 0; i < Math.min(7, beats.length - 1); i++) cycle(false, true, false);
  cycle(false, true, false, true);
  for (const pace of paces) {
    const frameStart = pace !== "1110";
    cycle(true, random.below(2) === 1, frameStart);
    for (let t = 0; next < beats.length; t++) cycle(false, willing(pace, t, random.below), !frameStart);
    if (pace === "random") cycle(false, false, false);
  }
  for (let i = 0; i < 4; i++) cycle(false, true, false);
  return cycles;
}

function caseOf(geometry: Geometry, seed: number) {
  const { input, output, kernel, pool } = geometry;
  const windows = (axis: 0 | 1): number => Math.ceil((output[axis + 1] ?? 0) / pool[axis]);
  const product = (values: readonly number[]): number => values.reduce((a, b) => a * b, 1);
  return cycleCase(
    `walk ${JSON.stringify(geometry).replaceAll('"', "")}`,
    "dense_walk",
    parametersOf(geometry),
    { rst: 1, start: 1, frame_start: 1, may_start: 1 },
    {
      busy: 1,
      done: 1,
      stalled: 1,
      window_issued: 1,
      beat_valid: 1,
      operand_address: indexWidth(product(input)),
      operand_zero: 1,
      weight_address: indexWidth(output[0] * product(kernel) * input[0]),
      first: 1,
      last: 1,
      neuron_address: indexWidth(product(output)),
      out_group: indexWidth(output[0]),
      window_first: 1,
      window_last: 1,
      window_emits: 1,
      zero_states: 1,
      window_y: indexWidth(windows(0)),
      window_x: indexWidth(windows(1)),
      tick_last: 1,
    },
    cyclesOf(geometry, seed),
  );
}

const geometries = [...chosen, ...count(9).map((i) => randomGeometry(100 + i))];
const cases = geometries.map((geometry, i) => caseOf(geometry, i));

const mutants: readonly Mutant[] = [
  {
    module: "dense_walk",
    find: "else if (wrap_ky && !wrap_wy) weight_q",
    replace: "else if (wrap_ky && !wrap_wx) weight_q",
  },
  { module: "dense_walk", find: "column_q >= 0 && column_q <", replace: "column_q >= 0 && column_q <=" },
  { module: "dense_walk", find: "px_last && (REST_W != 0)", replace: "px_last && (REST_H != 0)" },
  { module: "dense_walk", find: "if (wrap_wy) group_weight_q", replace: "if (wrap_og) group_weight_q" },
  { module: "dense_walk", find: "neuron_first_q && window_first_q", replace: "neuron_first_q" },
];

test("the model visits every neuron once and makes TICK_BEATS beats", () => {
  for (const geometry of geometries) {
    const { input, output, kernel } = geometry;
    const beats = beatsOf(geometry);
    const neurons = output[0] * output[1] * output[2];
    expect(beats.length).toBe(neurons * kernel[0] * kernel[1] * input[0]);
    expect(beats.filter((beat) => beat.last).length).toBe(neurons);
  }
});

test("dense_walk gives the beats of seven nested loops, cycle by cycle", async () => {
  await runBench(cases);
});

test("the dense_walk bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

/** Geometries of few beats: the end of a tick is in reach of a cover, and of a mutant's first mistake. */
const small = {
  rows: conv([1, 3, 1], 2, [1, 1], [1, 1], [0, 0], [2, 1]), // a partial window
  columns: conv([2, 1, 5], 1, [1, 1], [1, 2], [0, 0], [1, 2]),
  beyond: conv([1, 1, 1], 1, [3, 3], [1, 2], [1, 1], [1, 1]), // a kernel larger than the map
  single: conv([1, 1, 1], 1, [1, 1], [1, 1], [0, 0], [1, 1]),
} satisfies Record<string, Geometry>;

/** Hundreds of beats: induction does not mind, but no solver gets to the end of a tick. Others: the long test. */
const large = {
  // Groups, strides, padding and partial windows on both axes
  all: conv([2, 3, 5], 2, [2, 3], [1, 2], [1, 1], [3, 2]),
} satisfies Record<string, Geometry>;

/** Cycles from reset to the end of a tick that waited once, and one more. */
const tickCycles = (geometry: Geometry): number => beatsOf(geometry).length + 5;

const proofs: readonly (readonly [name: string, proof: Proof])[] = [
  ...Object.entries(small).map(([name, shape]) => [name, proofOf(shape, tickCycles(shape))] as const),
  ...Object.entries(large).map(([name, shape]) => [name, proofOf(shape, 0)] as const),
];

test.each(proofs)(
  "dense_walk: the beats are those of the loops, each tap once, none unbidden, is proved: %s",
  async (_, proof) => {
    await prove(proof);
  },
);

const refuted: readonly (readonly [keyof typeof small, find: string, replace: string])[] = [
  ["rows", "ROW_STEP_WINDOW    = STRIDE_H * POOL_H", "ROW_STEP_WINDOW    = STRIDE_H"],
  ["columns", "COLUMN_STEP_NEURON = STRIDE_W", "COLUMN_STEP_NEURON = 1"],
  ["columns", "plane_q + PLANE[OPERAND_WIDTH-1:0]", "plane_q + 1'b1"],
  ["beyond", "column_q >= 0 && column_q <", "column_q >= 0 && column_q <="],
  ["rows", "if (wrap_wy) group_weight_q", "if (wrap_og) group_weight_q"],
  ["rows", "neuron_first_q && window_first_q", "neuron_first_q"],
  ["rows", "!rst && advance && wrap_py", "!rst && advance && wrap_px"],
  ["single", "else if (advance && wrap_py) running_q", "else if (done_q) running_q"],
];

test.each(refuted)("the dense_walk proof kills its mutant, %s: %s -> %s", async (name, find, replace) => {
  const geometry = small[name];
  const mutant = { module: "dense_walk", find, replace };
  expect(await unrefuted(proofOf(geometry, 0), [mutant], tickCycles(geometry))).toEqual([]);
});
