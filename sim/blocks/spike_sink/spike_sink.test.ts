import { expect, test } from "vitest";
import { type Mutant, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth, type Pace, paces, willing } from "../../harness/dense-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly simd: number;
}

/** Cycles: reset, clearing, then ticks filled, held, read at each pace; a reset in a tick leaves no spike behind. */
function cyclesOf({ channels, height, width, simd }: Shape, seed: number): Cycle[] {
  const random = randomSource(seed);
  const [yWidth, xWidth] = [indexWidth(height), indexWidth(width)];
  const groups = channels / simd;
  const depth = 2 ** (indexWidth(groups) + yWidth + xWidth);
  const held = new Map<number, bigint>();
  const cycles: Cycle[] = [];
  let readData: bigint | null = null;
  let frameEnd: bigint | null = null;
  const cycle = (phase: "clear" | "fill" | "held", inputs: Cycle["inputs"]): void => {
    cycles.push({
      inputs,
      outputs: {
        s_axis_tready: Number(phase === "fill"),
        tick_valid: Number(phase === "held"),
        tick_frame_end: phase === "held" ? frameEnd : null,
        read_data: readData,
      },
    });
  };
  const junk = () => random.bits(indexWidth(channels) + yWidth + xWidth);
  const reset = (): void => {
    const unknown = cycles.length === 0;
    cycle("fill", { rst: 1 });
    if (unknown) cycles[0] = { inputs: { rst: 1 }, outputs: {} };
    for (let i = 0; i < depth; i++) {
      const offered = random.below(2);
      cycle("clear", { s_axis_tvalid: offered, s_axis_tdata: junk(), s_axis_tlast: random.bits(1) });
    }
    held.clear();
  };
  const fill = (pace: Pace, events: number): void => {
    for (let sent = 0; sent < events; ) {
      const valid = willing(pace, cycles.length, random.below);
      const [channel, y, x] = [random.below(channels), random.below(height), random.below(width)];
      const tdata = (((channel << yWidth) | y) << xWidth) | x;
      const beat = { s_axis_tdata: tdata, s_axis_tlast: 0, s_axis_tuser: random.bits(1) };
      cycle(
        "fill",
        valid ? { ...beat, s_axis_tvalid: 1 } : { s_axis_tdata: junk(), s_axis_tlast: random.bits(1) },
      );
      if (!valid) continue;
      const address = (((Math.floor(channel / simd) << yWidth) | y) << xWidth) | x;
      held.set(address, (held.get(address) ?? 0n) | (1n << BigInt(channel % simd)));
      sent++;
    }
  };
  const close = (): void => {
    frameEnd = random.bits(1);
    cycle("fill", { s_axis_tvalid: 1, s_axis_tlast: 1, s_axis_tuser: frameEnd, s_axis_tdata: junk() });
  };
  // Every word in sweep order; then `tick_taken` in the cycle after the last read, or later.
  const read = (pace: Pace): void => {
    const blocked = () => ({
      s_axis_tvalid: random.below(2),
      s_axis_tdata: junk(),
      s_axis_tlast: random.bits(1),
    });
    for (let group = 0; group < groups; group++)
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; ) {
          const enable = willing(pace, cycles.length, random.below);
          const address = (((group << yWidth) | y) << xWidth) | x;
          cycle("held", { ...blocked(), read_enable: Number(enable), read_address: address });
          if (!enable) continue;
          readData = held.get(address) ?? 0n;
          x++;
        }
    if (pace === "random") for (let i = random.below(4); i > 0; i--) cycle("held", blocked());
    cycle("held", { ...blocked(), tick_taken: 1 });
    held.clear();
  };
  reset();
  const size = channels * height * width;
  for (const pace of paces)
    for (const events of [size, 0, 1, 2 * size, Math.ceil(size / 3), 0]) {
      fill(pace, events);
      close();
      read(pace);
    }
  fill("random", size);
  reset();
  close();
  read("always");
  return cycles;
}

const shapes: readonly Shape[] = [
  { channels: 8, height: 4, width: 4, simd: 4 },
  { channels: 6, height: 3, width: 5, simd: 3 },
  { channels: 5, height: 2, width: 1, simd: 5 },
  { channels: 1, height: 1, width: 1, simd: 1 },
  { channels: 12, height: 1, width: 7, simd: 1 },
  { channels: 33, height: 2, width: 2, simd: 11 },
];

const cases = shapes.map((shape, i) => {
  const { channels, height, width, simd } = shape;
  const place = indexWidth(height) + indexWidth(width);
  return cycleCase(
    `sink ${channels}x${height}x${width} simd ${simd}`,
    "spike_sink",
    { CHANNELS: channels, HEIGHT: height, WIDTH: width, SIMD: simd },
    {
      rst: 1,
      s_axis_tvalid: 1,
      s_axis_tdata: indexWidth(channels) + place,
      s_axis_tlast: 1,
      s_axis_tuser: 1,
      tick_taken: 1,
      read_enable: 1,
      read_address: indexWidth(channels / simd) + place,
    },
    { s_axis_tready: 1, tick_valid: 1, tick_frame_end: 1, read_data: simd },
    cyclesOf(shape, i),
  );
});

const mutants: readonly Mutant[] = [
  { module: "spike_sink", find: "read_q || phase_q == CLEAR;", replace: "phase_q == CLEAR;" },
  { module: "spike_sink", find: "accept && !s_axis_tlast;", replace: "accept;" },
  { module: "spike_sink", find: "if (&clear_address_q) phase_q", replace: "if (clear_address_q[0]) phase_q" },
  { module: "spike_sink", find: "lane == i[CHANNEL_WIDTH:0]", replace: "lane >= i[CHANNEL_WIDTH:0]" },
];

test("spike_sink gives the set of each tick's spikes, and none of the tick before", async () => {
  await runBench(cases);
});

test("the spike_sink bench kills its mutants", async () => {
  expect(await survivors(cases, mutants)).toEqual([]);
});

// Two words of three lanes
const parameters = { CHANNELS: 6, HEIGHT: 1, WIDTH: 1, SIMD: 3 };
const proof: Proof = { module: "spike_sink", parameters, depth: 2, coverDepth: 16, unroll: true };

test("spike_sink: a word has the spikes of its tick, no more and no less, is proved", async () => {
  await prove(proof);
});

test("the proof of spike_sink refutes every mutant", async () => {
  const alive = await unrefuted(proof, [
    { module: "spike_sink", find: "read_q || phase_q == CLEAR;", replace: "phase_q == CLEAR;" },
    { module: "spike_sink", find: "if (&clear_address_q)", replace: "if (clear_address_q[0])" },
    { module: "spike_sink", find: "else if (tick_taken) begin", replace: "else begin" },
    { module: "spike_sink", find: "read_q ? read_address_q", replace: "read_q ? read_address" },
    {
      module: "spike_sink",
      find: "if (accept && s_axis_tlast) frame_end_q",
      replace: "if (s_axis_tlast) frame_end_q",
    },
  ]);
  expect(alive).toEqual([]);
});
