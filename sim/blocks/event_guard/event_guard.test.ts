import { expect, test } from "vitest";
import { type Mutant, randomSource, runBench, survivors } from "../../harness/bench.js";
import { type Cycle, cycleCase, indexWidth, paces, willing } from "../../harness/dense-bench.js";
import { type Proof, prove, unrefuted } from "../../harness/formal.js";

/** A map, and how many of its cells stand in a word. */
interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly cells: number;
}

const COUNT_WIDTH = 7;

/** Cells when sizes are rounded up to powers of two: flip-flops where a word has as many. */
const placesOf = ({ channels, height, width }: Shape): number =>
  [channels, height, width].reduce((product, size) => product * 2 ** Math.ceil(Math.log2(size)), 1);

const wordsOf = (shape: Shape): number => Math.max(2, placesOf(shape)) / shape.cells;

/** What is offered in a cycle: nothing (noise on the data), an event, a closing beat. */
type Offer = { readonly event: number } | "close" | undefined;

/**
 * Cycles of a run: a model that knows the spikes of this tick as a set, a source and a sink at a pace, now and then a
 * tick of every cell, twice, and resets in the midst of things.
 */
function cyclesOf(shape: Shape, seed: number): Cycle[] {
  const { channels, height, width } = shape;
  const { bits, below } = randomSource(seed);
  const [yWidth, xWidth] = [indexWidth(height), indexWidth(width)];
  const dataWidth = indexWidth(channels) + yWidth + xWidth;
  const inside = (event: number): boolean =>
    event >> (yWidth + xWidth) < channels &&
    (event >> xWidth) % 2 ** yWidth < height &&
    event % 2 ** xWidth < width;
  const words = wordsOf(shape);
  const cycles: Cycle[] = [];
  let seen = new Set<number>();
  let held: { readonly data: number; readonly last: number; readonly user: bigint } | undefined;
  let [clears, dropped] = [words, 0];

  /** One cycle; whether what was offered was taken. */
  const cycle = (offer: Offer, ready: boolean, rst = 0): boolean => {
    const last = offer === undefined ? bits(1) : offer === "close" ? 1 : 0;
    const data = typeof offer === "object" ? offer.event : Number(bits(dataWidth));
    const user = bits(1);
    const open = clears === 0 && (held === undefined || ready);
    cycles.push({
      inputs: {
        rst,
        s_axis_tvalid: Number(offer !== undefined),
        s_axis_tdata: data,
        s_axis_tlast: last,
        s_axis_tuser: user,
        m_axis_tready: Number(ready),
      },
      outputs:
        cycles.length === 0
          ? {}
          : {
              s_axis_tready: Number(open),
              m_axis_tvalid: Number(held !== undefined),
              m_axis_tdata: held?.last === 0 ? held.data : null,
              m_axis_tlast: held?.last ?? null,
              m_axis_tuser: held?.last === 1 ? held.user : null,
              dropped,
            },
    });
    if (rst) {
      seen = new Set();
      [held, clears, dropped] = [undefined, words, 0];
      return false;
    }
    if (clears > 0) clears--;
    if (ready) held = undefined;
    if (!open || offer === undefined) return false;
    if (offer === "close") {
      seen = new Set();
      held = { data, last: 1, user };
    } else if (seen.has(data) || !inside(data)) dropped = Math.min(dropped + 1, 2 ** COUNT_WIDTH - 1);
    else {
      seen.add(data);
      held = { data, last: 0, user };
    }
    return true;
  };

  const every = Array.from({ length: 2 ** dataWidth }, (_, event) => event);
  const tick = (events: readonly number[], pace: (typeof paces)[number]): void => {
    const beats: readonly Offer[] = [...events.map((event) => ({ event })), "close"];
    for (let sent = 0; sent < beats.length; ) {
      const offer = willing(pace, cycles.length, below) ? beats[sent] : undefined;
      // An offer that isn't taken stays until it is.
      while (!cycle(offer, willing(pace, cycles.length + 2, below)) && offer !== undefined);
      if (offer !== undefined) sent++;
    }
  };

  cycle(undefined, false, 1);
  for (const pace of paces) {
    // A few cells again and again: with a tick between, with none, twice in a row.
    const few = Array.from({ length: 3 }, () => below(2 ** dataWidth));
    for (let t = 0; t < 3 * words + 4; t++) {
      const count = t % 2 === 0 ? below(6) : below(2);
      tick(
        Array.from({ length: count }, () => few[below(few.length)] as number),
        pace,
      );
    }
    // A cell alone, and again when the stamps begin anew: nothing was written between.
    for (const cell of few) {
      tick([cell], pace);
      for (let t = 1; t < words; t++) tick([], pace);
      tick([cell], pace);
    }
    tick(every.length <= 64 ? [...[...every].reverse(), ...every] : every.filter(() => below(4) === 0), pace);
    tick(
      every.filter(() => below(Math.ceil(every.length / 40)) === 0),
      pace,
    );
    tick([], pace);
    // A reset in the midst of a tick, and sometimes of the clearing pass.
    tick(few, pace);
    cycle({ event: few[0] as number }, true);
    cycle({ event: few[0] as number }, below(2) === 1, 1);
    for (let i = below(2 * words); i > 0; i--) cycle(undefined, true);
    if (below(2) === 1) cycle("close", true, 1);
  }
  return cycles;
}

const shapes: readonly Shape[] = [
  { channels: 1, height: 1, width: 1, cells: 2 },
  { channels: 2, height: 2, width: 2, cells: 8 },
  { channels: 5, height: 1, width: 3, cells: 32 },
  { channels: 6, height: 3, width: 1, cells: 4 },
  { channels: 1, height: 3, width: 5, cells: 2 },
  { channels: 1, height: 16, width: 16, cells: 8 },
];

const cases = shapes.map((shape, i) => {
  const { channels, height, width, cells } = shape;
  const tdata = indexWidth(channels) + indexWidth(height) + indexWidth(width);
  return cycleCase(
    `guard ${channels}x${height}x${width}, ${cells} a word`,
    "event_guard",
    { CHANNELS: channels, HEIGHT: height, WIDTH: width, CELLS: cells, COUNT_WIDTH },
    { rst: 1, s_axis_tvalid: 1, s_axis_tdata: tdata, s_axis_tlast: 1, s_axis_tuser: 1, m_axis_tready: 1 },
    {
      s_axis_tready: 1,
      m_axis_tvalid: 1,
      m_axis_tdata: tdata,
      m_axis_tlast: 1,
      m_axis_tuser: 1,
      dropped: COUNT_WIDTH,
    },
    cyclesOf(shape, i + 1),
  );
});

const mutant = (find: string, replace: string): Mutant => ({ module: "event_guard", find, replace });

/** Stamps that count before they were swept, equal events of consecutive cycles, a memory that isn't clear. */
const ofWords: readonly Mutant[] = [
  // No word is made unwritten at a tick's end, or another one.
  mutant("(s_axis_tlast || in_map)", "in_map"),
  mutant("memory[sweep ? tick_q : address]", "memory[clearing_q ? tick_q : address]"),
  // A stamp comes again before every word was made unwritten.
  mutant("== {1'b1, tick_q}", "== {1'b1, tick_q & ~{{TICK_WIDTH-1{1'b0}}, 1'b1}}"),
  mutant("tick_q <= tick_q + 1'b1;", "tick_q <= tick_q + (clearing_q ? 2'd1 : 2'd2);"),
  // What was written is read a cycle late.
  mutant(
    "wire [CELLS+TICK_WIDTH:0] word    = memory[address];",
    "reg [CELLS+TICK_WIDTH:0] word; always @(posedge clk) word <= memory[address];",
  ),
  // Bits of an older tick are taken along; those of this one are lost.
  mutant("(bits & {CELLS{counts}}) | spike", "bits | spike"),
  mutant("(bits & {CELLS{counts}}) | spike", "spike"),
  // The clearing pass is left out, or ends too soon.
  mutant("clearing_q <= 1'b1;", "clearing_q <= 1'b0;"),
  mutant("if (&tick_q) clearing_q", "if (tick_q[0]) clearing_q"),
  // An event outside marks the cell that has its number.
  mutant("(s_axis_tlast || in_map)", "1'b1"),
];

const ofBits: readonly Mutant[] = [
  mutant("clearing_q <= rst;", "clearing_q <= 1'b0;"),
  mutant("if (rst || (accept && s_axis_tlast)) bits_q", "if (rst) bits_q"),
  mutant("if (rst || (accept && s_axis_tlast)) bits_q", "if (accept && s_axis_tlast) bits_q"),
  mutant("bits_q | spike", "spike"),
];

const ofBoth: readonly Mutant[] = [
  mutant("valid_q <= !drop", "valid_q <= 1'b1"),
  mutant("(seen || !in_map)", "seen"),
  mutant("!s_axis_tlast && (seen", "(seen"),
  mutant("else if (m_axis_tready) valid_q", "else valid_q"),
  mutant("(!valid_q || m_axis_tready)", "1'b1"),
  mutant("accept && drop && dropped_q", "drop && dropped_q"),
  mutant(" && dropped_q != {COUNT_WIDTH{1'b1}}", ""),
  mutant("dropped_q <= {COUNT_WIDTH{1'b0}}", "dropped_q <= dropped_q"),
  mutant(">= HEIGHT", "> HEIGHT"),
  mutant("if (rst || (accept && s_axis_tlast)) bits_q", "if (rst || s_axis_tlast) bits_q"),
];

test("event_guard passes the first event of a cell and tick, and counts the others", async () => {
  await runBench(cases);
});

test("the event_guard bench kills its mutants", async () => {
  expect(await survivors(cases, [...ofBoth, ...ofBits, ...ofWords])).toEqual([]);
});

/** Eight cells in flip-flops; six of a map with an outside in words of two. */
const bits: Proof = {
  module: "event_guard",
  parameters: { CHANNELS: 2, HEIGHT: 2, WIDTH: 2, CELLS: 8, COUNT_WIDTH: 2 },
  depth: 2,
  coverDepth: 14,
  unroll: true,
};
const words: Proof = {
  ...bits,
  parameters: { CHANNELS: 1, HEIGHT: 2, WIDTH: 3, CELLS: 2, COUNT_WIDTH: 2 },
  coverDepth: 18,
};

test.each([
  ["flip-flops", bits],
  ["words with stamps", words],
])(
  "event_guard in %s: the first event of a cell and tick leaves and no other, is proved",
  async (_, proof) => {
    await prove(proof);
  },
);

test("the proof of event_guard refutes every mutant", async () => {
  expect([...(await unrefuted(bits, ofBits)), ...(await unrefuted(words, ofWords))]).toEqual([]);
});
