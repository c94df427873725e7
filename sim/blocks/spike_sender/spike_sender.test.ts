import { expect, test } from "vitest";
import { type Mutant, randomSource, runBench, type StreamCase, survivors } from "../../harness/bench.js";
import { prove } from "../../harness/formal.js";

interface Shape {
  /** Channels and columns of a vector. */
  readonly pe: number;
  readonly columns: number;
  readonly channelBits: number;
  readonly yBits: number;
  readonly xBits: number;
}

type Kind = "mixed" | "never-empty" | "empty-between";

const vectorCount = 120;

/** Random vectors and ticks; `never-empty` has neither empty vectors nor, but at its end, ticks. */
function caseOf({ pe, columns, channelBits, yBits, xBits }: Shape, kind: Kind, seed: number): StreamCase {
  const random = randomSource(seed);
  const lanes = pe * columns;
  const beats: Record<string, bigint>[] = [];
  const events: Record<string, bigint | null>[] = [];
  const close = (): void => {
    const tuser = random.bits(1);
    const junk = { spikes: random.bits(lanes), channel: 0n, y: random.bits(yBits), x: random.bits(xBits) };
    beats.push({ ...junk, tlast: 1n, tuser });
    events.push({ tdata: null, tlast: 1n, tuser });
  };
  for (let i = 0; i < vectorCount; i++) {
    let spikes = random.bits(lanes) & random.bits(lanes);
    if (kind === "mixed" && random.below(4) === 0) spikes = 0n;
    if (kind === "mixed" && random.below(8) === 0) spikes = (1n << BigInt(lanes)) - 1n;
    if (kind !== "mixed" && spikes === 0n) spikes = 1n << BigInt(random.below(lanes));
    if (kind === "empty-between" && i % 2 === 1) spikes = 0n;
    const channel = BigInt(random.below(2 ** channelBits - pe + 1));
    const y = random.bits(yBits);
    const x = BigInt(random.below(2 ** xBits - columns + 1));
    beats.push({ spikes, channel, y, x, tlast: 0n, tuser: random.bits(1) });
    for (let lane = 0; lane < lanes; lane++) {
      if (((spikes >> BigInt(lane)) & 1n) === 0n) continue;
      const [p, column] = [lane % pe, Math.floor(lane / pe)];
      const place = (y << BigInt(xBits)) | (x + BigInt(column));
      const tdata = ((channel + BigInt(p)) << BigInt(yBits + xBits)) | place;
      events.push({ tdata, tlast: 0n, tuser: 0n });
    }
    if (kind === "mixed" && random.below(6) === 0) close();
    if (kind === "mixed" && random.below(20) === 0) close();
  }
  close();
  return {
    kind: "streams",
    name: `sender ${columns}x${pe} ${channelBits} ${kind}`,
    module: "spike_sender",
    parameters: { PE: pe, COLUMNS: columns, CHANNEL_WIDTH: channelBits, Y_WIDTH: yBits, X_WIDTH: xBits },
    inputs: {
      s_axis: {
        fields: { spikes: lanes, channel: channelBits, y: yBits, x: xBits, tlast: 1, tuser: 1 },
        beats,
      },
    },
    outputs: {
      m_axis: { fields: { tdata: channelBits + yBits + xBits, tlast: 1, tuser: 1 }, beats: events },
    },
  };
}

const shapes: readonly Shape[] = [
  { pe: 4, columns: 1, channelBits: 5, yBits: 4, xBits: 4 },
  { pe: 1, columns: 1, channelBits: 1, yBits: 1, xBits: 1 },
  { pe: 5, columns: 1, channelBits: 3, yBits: 2, xBits: 3 },
  { pe: 16, columns: 1, channelBits: 4, yBits: 1, xBits: 5 },
  { pe: 3, columns: 4, channelBits: 3, yBits: 2, xBits: 4 },
  { pe: 1, columns: 5, channelBits: 2, yBits: 1, xBits: 3 },
  { pe: 8, columns: 2, channelBits: 3, yBits: 1, xBits: 1 }, // all channels, all columns
];

const kinds: readonly Kind[] = ["mixed", "never-empty", "empty-between"];
const cases = shapes.flatMap((shape, i) => kinds.map((kind, j) => caseOf(shape, kind, 10 * i + j)));

const mutants: readonly Mutant[] = [
  { module: "spike_sender", find: "m_axis_tready || !valid_q", replace: "m_axis_tready || !out_last_q" },
  {
    module: "spike_sender",
    find: "assign s_axis_tready = empty || finishes",
    replace: "assign s_axis_tready = empty",
  },
  { module: "spike_sender", find: "p = PE - 1; p >= 0; p = p - 1", replace: "p = 0; p < PE; p = p + 1" },
  {
    module: "spike_sender",
    find: "c = COLUMNS - 1; c >= 0; c = c - 1",
    replace: "c = 0; c < COLUMNS; c = c + 1",
  },
  { module: "spike_sender", find: "x_q + column", replace: "x_q" },
  { module: "spike_sender", find: "channel_q + lane", replace: "channel_q + lane + column" },
  { module: "spike_sender", find: "last_q && frame_end_q", replace: "frame_end_q" },
];

// Without pauses: no bubble, the first event after 2 cycles, and an empty vector costs at most 1.
test("spike_sender sends each spike once, in order, one a cycle", async () => {
  const times = await runBench(cases);
  for (const { name, inputs } of cases) {
    const empty = inputs.s_axis!.beats.filter((beat) => beat.tlast === 0n && beat.spikes === 0n).length;
    const [input, output] = [times[name!]!.s_axis![0]!, times[name!]!.m_axis![0]!];
    const bubbles = output.last - output.first + 1 - output.beats;
    expect(bubbles, name).toBeLessThanOrEqual(empty);
    if (name!.includes("never-empty")) expect(output.first - input.first, name).toBe(2);
  }
});

test("the spike_sender bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

test("spike_sender: each set bit leaves exactly once, as the event of its place, is proved", async () => {
  const widths = { CHANNEL_WIDTH: 3, Y_WIDTH: 1, X_WIDTH: 2 };
  await prove({ module: "spike_sender", parameters: { PE: 3, COLUMNS: 2, ...widths }, depth: 8 });
  await prove({ module: "spike_sender", parameters: { PE: 4, COLUMNS: 1, ...widths }, depth: 8 });
});
