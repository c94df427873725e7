import { expect, test } from "vitest";
import { type Mutant, randomSource, runBench, type StreamCase, survivors } from "../bench.js";

interface Shape {
  readonly lanes: number;
  readonly channelBits: number;
  readonly yBits: number;
  readonly xBits: number;
}

type Kind = "mixed" | "never-empty" | "empty-between";

const vectorCount = 120;

/** Random vectors and ticks; `never-empty` has neither empty vectors nor, but at its end, ticks. */
function caseOf({ lanes, channelBits, yBits, xBits }: Shape, kind: Kind, seed: number): StreamCase {
  const random = randomSource(seed);
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
    const channel = BigInt(random.below(2 ** channelBits - lanes + 1));
    const [y, x] = [random.bits(yBits), random.bits(xBits)];
    beats.push({ spikes, channel, y, x, tlast: 0n, tuser: random.bits(1) });
    for (let lane = 0; lane < lanes; lane++) {
      if (((spikes >> BigInt(lane)) & 1n) === 0n) continue;
      const place = (y << BigInt(xBits)) | x;
      const tdata = ((channel + BigInt(lane)) << BigInt(yBits + xBits)) | place;
      events.push({ tdata, tlast: 0n, tuser: 0n });
    }
    if (kind === "mixed" && random.below(6) === 0) close();
    if (kind === "mixed" && random.below(20) === 0) close();
  }
  close();
  return {
    kind: "streams",
    name: `sender ${lanes} ${channelBits} ${kind}`,
    module: "spike_sender",
    parameters: { PE: lanes, CHANNEL_WIDTH: channelBits, Y_WIDTH: yBits, X_WIDTH: xBits },
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
  { lanes: 4, channelBits: 5, yBits: 4, xBits: 4 },
  { lanes: 1, channelBits: 1, yBits: 1, xBits: 1 },
  { lanes: 5, channelBits: 3, yBits: 2, xBits: 3 },
  { lanes: 16, channelBits: 4, yBits: 1, xBits: 5 },
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
  { module: "spike_sender", find: "i = PE - 1; i >= 0; i = i - 1", replace: "i = 0; i < PE; i = i + 1" },
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
