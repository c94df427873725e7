import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  type Mutant,
  pack,
  randomSource,
  runBench,
  type StreamCase,
  survivors,
} from "../../harness/bench.js";
import { indexWidth } from "../../harness/dense-bench.js";
import { count } from "../../harness/event-bench.js";
import { prove } from "../../harness/formal.js";

interface Shape {
  /** Neurons before the pool. */
  readonly map: readonly [channels: number, height: number, width: number];
  readonly pool: readonly [height: number, width: number];
  /** Channels and columns of a word. */
  readonly word: readonly [channels: number, columns: number];
  readonly bits: number;
  readonly spikes: boolean;
  readonly readers: 0 | 1 | 2;
  readonly depth: number;
  readonly pipe: number;
  readonly overlap: boolean;
}

type Beat = Record<string, bigint | null>;

const tickCount = 6;

/** A neuron of a word; columns of a word may lie off the map, where anything may come. */
interface Neuron {
  readonly spike: boolean;
  readonly potential: bigint;
}

/**
 * Ticks of random neurons: the words as a walk gives them, and what must leave, taken from the map: a place that is
 * sent has the OR and the largest potential of its pool window.
 */
function caseOf(shape: Shape, seed: number): StreamCase {
  const { map, pool, word, bits, spikes, readers, depth, pipe, overlap } = shape;
  const [channels, height, width] = map;
  const [poolHeight, poolWidth] = pool;
  const [wordChannels, columns] = word;
  const windows = Math.max(1, columns / poolWidth);
  const merge = columns / windows;
  const span = poolWidth * windows;
  const [sentHeight, sentWidth] = [Math.floor(height / poolHeight), Math.floor(width / poolWidth)];
  const [c, y, x] = [channels, sentHeight, sentWidth].map(indexWidth) as [number, number, number];
  const random = randomSource(seed);
  const lowest = -(1n << BigInt(bits - 1));
  const words: Beat[] = [];
  const events: Beat[] = [];
  const potentials: Beat[] = [];

  for (let tick = 0; tick < tickCount; tick++) {
    const density = tick === 1 ? 0 : 1 + random.below(4);
    // The first window of all has a spike to wait for; negative windows show that comparisons are signed.
    const neuron = (ch: number, py: number, px: number): Neuron => ({
      spike: random.below(8) < density || (tick === 0 && ch === 0 && py === 0 && px === 0),
      potential: (py + px) % 3 === 0 ? lowest + random.bits(bits - 1) : random.signed(bits),
    });
    const grid = count(channels).map((ch) =>
      count(height).map((py) => count(width + span).map((px) => neuron(ch, py, px))),
    );
    const at = (ch: number, py: number, px: number): Neuron => grid[ch]![py]![px]!;
    const tuser = random.bits(1);
    for (let wy = 0; wy * poolHeight < height; wy++)
      for (let wx = 0; wx * span < width; wx++)
        for (let ch = 0; ch < channels; ch += wordChannels) {
          const rows = count(poolHeight).filter((r) => wy * poolHeight + r < height);
          const starts = count(span / columns).filter((k) => wx * span + k * columns < width);
          const final =
            (wy + 1) * poolHeight >= height && (wx + 1) * span >= width && ch + wordChannels >= channels;
          const whole = count(windows).map((w) => wy < sentHeight && wx * windows + w < sentWidth);
          for (const [i, r] of rows.entries())
            for (const [k, start] of starts.entries()) {
              const neurons = count(columns).flatMap((col) =>
                count(wordChannels).map((p) =>
                  at(ch + p, wy * poolHeight + r, wx * span + start * columns + col),
                ),
              );
              const last = i + 1 === rows.length && k + 1 === starts.length;
              words.push({
                spikes: pack(
                  neurons.map((n) => BigInt(n.spike)),
                  1,
                ),
                potentials: pack(
                  neurons.map((n) => n.potential),
                  bits,
                ),
                first: BigInt(i === 0 && k === 0),
                last: BigInt(last),
                emits: pack(whole.map(BigInt), 1),
                y: BigInt.asUintN(y, BigInt(wy)),
                x: BigInt.asUintN(x, BigInt(wx * windows)),
                final: BigInt(final),
                tlast: BigInt(final && last),
                tuser,
              });
            }
          if (!whole.includes(true)) continue;
          const sent = whole.flatMap((on, w) =>
            count(wordChannels).map((p) => {
              const own = count(poolHeight).flatMap((r) =>
                count(poolWidth).map((k) =>
                  on ? at(ch + p, wy * poolHeight + r, (wx * windows + w) * poolWidth + k) : undefined,
                ),
              );
              const best = own.reduce((m, n) => (n && n.potential > m ? n.potential : m), lowest);
              return {
                p,
                column: wx * windows + w,
                spike: own.some((n) => n?.spike === true),
                potential: best,
              };
            }),
          );
          for (const { p, column, spike } of sent)
            if (spike) {
              const tdata = (((BigInt(ch + p) << BigInt(y)) + BigInt(wy)) << BigInt(x)) + BigInt(column);
              events.push({ tdata, tlast: 0n, tuser: 0n });
            }
          potentials.push({
            tdata: pack(
              sent.map((n) => n.potential),
              bits,
            ),
            tlast: 0n,
            tuser: null,
          });
        }
    events.push({ tdata: null, tlast: 1n, tuser });
    potentials.push({ tdata: null, tlast: 1n, tuser });
  }

  const lanes = wordChannels * columns;
  const reader = (index: number) => ({
    fields: { tdata: wordChannels * windows * bits, tlast: 1, tuser: 1 },
    beats: index < readers ? potentials : [],
  });
  return {
    kind: "streams",
    name: `output ${map.join("x")} pool ${pool.join("x")} word ${word.join("x")} ${spikes ? "spikes" : "none"} ${readers}`,
    module: "layer_output_walk",
    parameters: {
      PIPE: pipe,
      OVERLAP: Number(overlap),
      CHANNELS: wordChannels,
      MERGE: merge,
      WINDOWS: windows,
      POTENTIAL_WIDTH: bits,
      MAP_CHANNELS: channels,
      MAP_HEIGHT: sentHeight,
      MAP_WIDTH: sentWidth,
      SPIKES: Number(spikes),
      READERS: readers,
      DEPTH: depth,
    },
    inputs: {
      s_axis: {
        fields: {
          spikes: lanes,
          potentials: lanes * bits,
          ...{ first: 1, last: 1, emits: windows, y, x, final: 1, tlast: 1, tuser: 1 },
        },
        beats: words,
      },
    },
    outputs: {
      m_axis: { fields: { tdata: c + y + x, tlast: 1, tuser: 1 }, beats: spikes ? events : [] },
      m_axis_potential_0: reader(0),
      m_axis_potential_1: reader(1),
    },
  };
}

const plain = { pool: [1, 1], spikes: true, readers: 1, depth: 4, pipe: 3, overlap: false } as const;
const pooled = { ...plain, pool: [2, 2] } as const;

const shapes: readonly Shape[] = [
  { ...plain, map: [4, 3, 5], word: [2, 1], bits: 8 },
  { ...plain, map: [3, 1, 1], word: [1, 1], bits: 3, readers: 0 },
  { ...pooled, map: [4, 5, 7], word: [2, 1], bits: 6, readers: 2 }, // partial windows at both borders
  { ...pooled, map: [2, 5, 9], word: [2, 4], bits: 5, readers: 1, overlap: true, depth: 8 }, // 2 windows of 2 columns
  { ...pooled, map: [4, 4, 6], word: [4, 2], bits: 4, readers: 0, overlap: true, pipe: 1 }, // columns are a window
  { ...plain, map: [2, 3, 7], word: [2, 3], bits: 1, readers: 2, depth: 2 }, // 3 windows, the last beat has one
  { ...plain, map: [6, 4, 4], word: [3, 1], bits: 9, spikes: false, overlap: true, depth: 16 },
  { ...plain, pool: [1, 2], map: [2, 3, 5], word: [1, 2], bits: 40, spikes: false, readers: 2, pipe: 6 },
];

const cases = shapes.map(caseOf);
const options = { sources: [fileURLToPath(new URL("layer_output_walk.v", import.meta.url))] };

const mutants: readonly Mutant[] = [
  {
    module: "layer_output",
    find: "spikes_may_start && (&potentials_may_start)",
    replace: "spikes_may_start",
  },
  { module: "layer_output", find: "spikes_may_start && (&", replace: "(&" },
  { module: "layer_output", find: "&potentials_may_start", replace: "|potentials_may_start" },
  { module: "layer_output", find: "&& |window_spikes", replace: "&& &window_spikes" },
  { module: "layer_output", find: "LAST_CHANNEL  = MAP_CHANNELS - CHANNELS", replace: "LAST_CHANNEL = 0" },
  { module: "layer_output", find: "&& whole[lane/CHANNELS]", replace: "&& whole[0]" },
  {
    module: "layer_output",
    find: "~({POTENTIAL_WIDTH{1'b1}} >> 1)",
    replace: "{POTENTIAL_WIDTH{1'b1}} >> 1",
  },
  {
    module: "layer_output",
    find: ".in(row_valid && row_last)",
    replace: ".in(row_valid && row_last && |row_emits)",
  },
  { module: "layer_output", find: ".in(row_valid && row_tick_last)", replace: ".in(row_tick_last)" },
  { module: "layer_output", find: "wire push = window_valid || close", replace: "wire push = window_valid" },
  {
    module: "layer_output",
    find: "tready(m_axis_potential_tready[reader])",
    replace: "tready(m_axis_potential_tready[0])",
  },
];

test("layer_output sends each window once, in order, a word a cycle", async () => {
  const times = await runBench(cases, options);
  for (const [i, { name }] of cases.entries()) {
    const { s_axis, m_axis, m_axis_potential_0 } = times[name!]!;
    const { pool, pipe, readers, spikes } = shapes[i]!;
    if (pool[0] > 1) continue;
    // Its first window is one word; then 1 cycle of the pool, 1 of the queue, 2 of the sender, 1 where columns merge.
    const pooledAt = s_axis![0]!.first + pipe + (pool[1] > 1 ? 2 : 1);
    if (readers > 0) expect(m_axis_potential_0![0]!.first, name).toBe(pooledAt + 1);
    if (spikes) expect(m_axis![0]!.first, name).toBe(pooledAt + 3);
  }
  // The closing beats take the cycles in which the walk turns to the next tick.
  const steady = times[cases[6]!.name!]!.m_axis_potential_0![0]!;
  expect(steady.last - steady.first + 1).toBe(steady.beats);
});

test("the layer_output bench kills its mutants", async () => {
  expect(await survivors(cases, mutants, options)).toEqual([]);
});

// What window_credit and pool_merge assume of a user is proved: there they are plain logic, as all but the queue and the
// sender, whose own properties this proof builds on.
test.each([
  { CHANNELS: 2, MERGE: 1, WINDOWS: 1, MAP_CHANNELS: 4, MAP_WIDTH: 2, SPIKES: 1, READERS: 1, DEPTH: 2 },
  { CHANNELS: 1, MERGE: 2, WINDOWS: 2, MAP_CHANNELS: 2, MAP_WIDTH: 3, SPIKES: 1, READERS: 2, DEPTH: 4 },
  { CHANNELS: 2, MERGE: 1, WINDOWS: 1, MAP_CHANNELS: 2, MAP_WIDTH: 1, SPIKES: 0, READERS: 2, DEPTH: 4 },
])(
  "layer_output: queues take all that comes, nothing is lost or changed, all drains, is proved",
  async (shape) => {
    await prove({
      module: "layer_output",
      parameters: { ...shape, MAP_HEIGHT: 2, POTENTIAL_WIDTH: 2 },
      depth: 3,
      coverDepth: 12,
      plain: ["window_credit", "pool_merge", "pool_columns", "step_counter", "valid_delay"],
      simplify: true,
      unroll: true,
    });
  },
);
