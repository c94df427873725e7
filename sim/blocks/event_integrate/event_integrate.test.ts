import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  hexFile,
  type Mutant,
  pack,
  randomSource,
  runBench,
  type StreamCase,
  survivors,
  type Timing,
} from "../../harness/bench.js";
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
import { prove } from "../../harness/formal.js";

interface Stage extends EventGeometry {
  readonly name: string;
  readonly ports: number;
  readonly readX: number;
  readonly accWidth: number;
  /** Memory of accumulators; all but `direct` have a registered read. */
  readonly style: "direct" | "distributed" | "block" | "ultra";
  /** Events of each tick. */
  readonly ticks: readonly number[];
  /** All events at one place of the input map. */
  readonly at?: readonly [y: number, x: number];
}

/** weight[out][in][y][x] */
type Weights = readonly (readonly (readonly (readonly bigint[])[])[])[];

const WEIGHT_WIDTH = 8;

/** The words of the weight memory: rows of taps in bank order, as event_axis.v stores them. */
function weightWords(geometry: EventGeometry, weights: Weights): bigint[] {
  const { input, kernel, stride, pad, shift, channels } = geometry;
  const { banksX, groups, aligns, copies, span } = derived(geometry);
  const tap = (row: number, slot: number): number => {
    if (banksX === 1) return row;
    if (banksX < span(1)) return row + pad[1] - slot * stride[1];
    return Math.floor(row / copies) + modulo((row % copies) * shift - slot, banksX) * stride[1];
  };
  return count(input[0]).flatMap((c) =>
    count(groups).flatMap((group) =>
      count(kernel[0]).flatMap((ky) =>
        count(aligns).map((row) =>
          pack(
            count(banksX).flatMap((slot) =>
              count(channels).map(
                (lane) => weights[group * channels + lane]?.[c]?.[ky]?.[tap(row, slot)] ?? 0n,
              ),
            ),
            WEIGHT_WIDTH,
          ),
        ),
      ),
    ),
  );
}

/** The golden: for each output, the sum of the weights of the events in its field. */
function sums(stage: Stage, weights: Weights, events: readonly Event[]): bigint[][][] {
  const { output, pad, stride } = stage;
  const result = count(output[0]).map(() => count(output[1]).map(() => count(output[2]).map(() => 0n)));
  for (const [c, iy, ix] of events)
    for (const oy of touched(stage, 0, iy))
      for (const ox of touched(stage, 1, ix))
        for (const o of count(output[0])) {
          const weight = weights[o]![c]![iy + pad[0] - oy * stride[0]]![ix + pad[1] - ox * stride[1]]!;
          result[o]![oy]![ox]! += weight;
        }
  return result;
}

/** What the sweep reads of a tick: groups, rows, READ_X columns at once; columns off the map are zero. */
function sweep(stage: Stage, all: readonly (readonly (readonly bigint[])[])[]): bigint[] {
  const { output, channels, readX, accWidth } = stage;
  return count(output[0] / channels).flatMap((group) =>
    count(output[1]).flatMap((y) =>
      count(Math.ceil(output[2] / readX)).map((step) =>
        pack(
          count(readX).flatMap((i) =>
            count(channels).map((lane) => all[group * channels + lane]![y]![step * readX + i] ?? 0n),
          ),
          accWidth,
        ),
      ),
    ),
  );
}

function stageCase(stage: Stage, seed: number): StreamCase {
  const random = randomSource(seed);
  const { input, output, kernel, name, ports, channels, readX, accWidth, style } = stage;
  const lowest = -(1n << BigInt(WEIGHT_WIDTH - 1));
  const weights: Weights = count(output[0]).map(() =>
    count(input[0]).map(() =>
      count(kernel[0]).map(() =>
        count(kernel[1]).map(() => (random.below(8) === 0 ? lowest : random.signed(WEIGHT_WIDTH))),
      ),
    ),
  );
  const beats: Record<string, bigint>[] = [];
  const words: Record<string, bigint>[] = [];
  for (const size of stage.ticks) {
    const events = count(size).map((): Event => {
      // Repeats of one place are what a pipeline gets wrong.
      const [y, x] = stage.at ?? [
        random.below(3) === 0 ? input[1] - 1 : random.below(input[1]),
        random.below(3) === 0 ? 0 : random.below(input[2]),
      ];
      return [random.below(input[0]), y, x];
    });
    for (const event of events)
      beats.push({ tdata: eventData(stage, event), tlast: 0n, tuser: random.bits(1) });
    const tuser = random.bits(1);
    beats.push({ tdata: random.bits(eventWidth(stage)), tlast: 1n, tuser });
    for (const tdata of sweep(stage, sums(stage, weights, events)))
      words.push({ tdata, tlast: 0n, tuser: 0n });
    words.push({ tdata: 0n, tlast: 1n, tuser });
  }
  const { convolution } = derived(stage);
  const rowWidth = derived(stage).banksX * channels * WEIGHT_WIDTH;
  return {
    kind: "streams",
    name,
    module: "event_sweep",
    parameters: {
      ...convolution,
      PORTS: ports,
      C_OUT: output[0],
      CHANNELS: channels,
      READ_X: readX,
      WEIGHT_WIDTH,
      ACC_WIDTH: accWidth,
      REGISTERED: Number(style !== "direct"),
      STYLE: style === "direct" ? "distributed" : style,
      FILE: `${name}.hex`,
    },
    files: { [`${name}.hex`]: hexFile(weightWords(stage, weights), rowWidth) },
    inputs: { s_axis: { fields: { tdata: eventWidth(stage), tlast: 1, tuser: 1 }, beats } },
    outputs: {
      m_axis: { fields: { tdata: readX * channels * accWidth, tlast: 1, tuser: 1 }, beats: words },
    },
  };
}

const ticks = [30, 0, 1, 80, 12, 0, 0, 25] as const;
const common = {
  channels: 2,
  shift: 1,
  ports: 1,
  readX: 1,
  accWidth: 16,
  style: "direct",
  ticks,
} as const;
const same = { input: [3, 8, 8], output: [4, 8, 8], kernel: [3, 3], stride: [1, 1], pad: [1, 1] } as const;
const strided = {
  input: [2, 9, 11],
  output: [2, 5, 4],
  kernel: [5, 4],
  stride: [2, 3],
  pad: [2, 1],
} as const;
const linear = { input: [3, 4, 3], output: [6, 1, 1], kernel: [4, 3], stride: [1, 1], pad: [0, 0] } as const;
const wide = { input: [2, 3, 5], output: [2, 3, 5], kernel: [5, 9], stride: [1, 1], pad: [2, 4] } as const;
const sparse = { input: [2, 7, 7], output: [2, 3, 3], kernel: [1, 2], stride: [3, 3], pad: [0, 0] } as const;

const stages: readonly Stage[] = [
  { ...common, ...same, name: "patch", taps: "patch", readX: 2 },
  { ...common, ...same, name: "patch_shift", taps: "patch", shift: 3, ports: 2, readX: 3 },
  { ...common, ...same, name: "patch_block", taps: "patch", shift: 2, style: "block" },
  { ...common, ...same, name: "row", taps: "row", readX: 3, ports: 3, style: "distributed" },
  { ...common, ...same, name: "row_block", taps: "row", style: "block", channels: 4 },
  { ...common, ...same, name: "one", taps: "one", style: "ultra" },
  { ...common, ...strided, name: "strided_patch", taps: "patch", shift: 2, readX: 2 },
  { ...common, ...strided, name: "strided_row", taps: "row", ports: 2 },
  { ...common, ...strided, name: "strided_one", taps: "one", ports: 2 },
  { ...common, ...linear, name: "linear", taps: "one", style: "block" },
  { ...common, ...linear, name: "linear_patch", taps: "patch", ports: 4 },
  { ...common, ...wide, name: "wide_patch", taps: "patch", readX: 5 },
  { ...common, ...wide, name: "wide_row", taps: "row" },
  { ...common, ...sparse, name: "sparse_patch", taps: "patch" },
  { ...common, ...sparse, name: "sparse_one", taps: "one" },
];

const cases = stages.map((stage, i) => stageCase(stage, 40 + i));
const options = {
  sources: [fileURLToPath(new URL("event_sweep.v", import.meta.url))],
  limitCycles: 60_000,
  settleCycles: 50,
};

test("event_integrate: every neuron's sum of weights, for every banking, stride and padding", async () => {
  await runBench(cases, options);
});

// A 7 x 7 kernel in the middle of the map, 32 channels at once.
const seven = {
  ...common,
  input: [2, 16, 16],
  output: [32, 16, 16],
  kernel: [7, 7],
  stride: [1, 1],
  pad: [3, 3],
  channels: 32,
  ticks: [8],
  at: [8, 8],
} as const;
const sevens: readonly Stage[] = [
  { ...seven, name: "seven_patch", taps: "patch", shift: 4 },
  { ...seven, name: "seven_row", taps: "row", shift: 7 },
  { ...seven, name: "seven_one", taps: "one", channels: 16, ticks: [2] },
  // In a corner 4 rows of 4 outputs are left.
  { ...seven, name: "seven_corner", taps: "row", at: [0, 0] },
];

/** Cycles from the first event to the last beat, without pauses. */
const length = (timings: readonly Timing[]): number => timings[0]!.last - timings[0]!.first;

test("an event of 7 x 7 taps and 32 channels takes 1 cycle, 7 by rows, or as many as it touches", async () => {
  const times = await runBench(
    sevens.map((stage, i) => stageCase(stage, 90 + i)),
    { ...options, limitCycles: 200_000 },
  );
  const cyclesPerEvent = { seven_patch: 1, seven_row: 7, seven_one: 49 * 2, seven_corner: 4 };
  for (const stage of sevens) {
    const { name } = stage;
    const size = stage.ticks[0]!;
    const beats = cyclesPerEvent[name as keyof typeof cyclesPerEvent];
    const { s_axis, m_axis } = times[name]!;
    const start = m_axis![0]!.first - s_axis![0]!.first;
    // Then a word a cycle: 256, or 512 of 16 channels, and the last beat.
    const words = 256 * (name === "seven_one" ? 2 : 1);
    expect({ name, start, sweep: length(m_axis!) }).toEqual({ name, start: size * beats + 10, sweep: words });
  }
});

const mutants: readonly Mutant[] = [
  { module: "event_integrate", find: "busy == {PORTS{1'b0}}", replace: "1'b1" },
  { module: "event_port", find: "(b+BANKS_X-r)%BANKS_X", replace: "(b+r)%BANKS_X" },
  {
    module: "event_port",
    find: "& {WORD_WIDTH{words_touched[0]",
    replace: "| {WORD_WIDTH{1'b0}} & {WORD_WIDTH{words_touched[0]",
  },
  { module: "event_port", find: "read_mask_y[u] && read_mask_x[b]", replace: "read_mask_x[b]" },
  { module: "event_port", find: "(b+m+1+BANKS_X-READ_X)", replace: "(b+m+BANKS_X)" },
  { module: "event_port", find: "first_place(read_group) +", replace: "" },
  { module: "event_integrate", find: "!s_axis_tlast && select[p]", replace: "select[p]" },
  { module: "event_integrate", find: "open && !full", replace: "open" },
  { module: "event_integrate", find: "nodes[(2*n)*READ_WIDTH+", replace: "nodes[(2*n-1)*READ_WIDTH+" },
  { module: "scatter_bank", find: "old = again_q ? sum_q", replace: "old = 1'b0 ? sum_q" },
  { module: "event_ticks", find: "half_q      <= !half_q", replace: "half_q      <= half_q" },
];

test("the event_integrate bench kills its mutants", async () => {
  expect(await survivors(cases, mutants, options)).toEqual([]);
});

test("event_integrate: no event is lost or doubled, and a full stage drains, is proved", async () => {
  const small = {
    ...common,
    input: [2, 2, 2],
    output: [1, 2, 2],
    kernel: [2, 2],
    stride: [1, 1],
    pad: [1, 1],
    channels: 1,
  } as const;
  // A port of one tap has the longest events, 4 beats: the induction must be longer.
  const forms = [
    { taps: "one", PORTS: 1, depth: 10 },
    { taps: "row", PORTS: 1, depth: 8 },
    { taps: "row", PORTS: 2, depth: 8 },
    { taps: "patch", PORTS: 2, depth: 8 },
  ] as const;
  for (const { taps, PORTS, depth } of forms) {
    const { convolution } = derived({ ...small, taps });
    const parameters = { ...convolution, PORTS, C_OUT: 1, CHANNELS: 1, WEIGHT_WIDTH: 2, ACC_WIDTH: 3 };
    const depths = { depth, coverDepth: 18 };
    const options = { plain: ["scatter_bank", "event_axis"], simplify: true, unroll: true };
    await prove({ module: "event_integrate", parameters, ...depths, ...options });
  }
});
