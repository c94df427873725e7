import { beforeAll, describe, expect, test } from "vitest";
import { npyArray } from "../data/npy.js";
import { type Stimulus, stimulusOf } from "../data/stimulus.js";
import { designOf } from "../emit/testing/design.js";
import { type Design, readoutStages } from "../ir/design.js";
import { layoutsOf, scoreWidthOf } from "../mapping/layout.js";
import { pack } from "../mapping/words.js";
import { random } from "../testing/random-model.js";
import { smallModel } from "../testing/small-model.js";
import { compareTrace } from "./compare.js";
import { type Expected, expectedRun, holdAgainstGolden } from "./expected.js";
import { locateDifference } from "./locate.js";
import type { TraceRecord } from "./trace-file.js";

const [samples, ticks] = [2, 12];
let design: Design;
let stimulus: Stimulus;
let expected: Expected;
let right: readonly TraceRecord[];

beforeAll(() => {
  design = designOf(smallModel());
  const { chance } = random(9);
  const { channels, height, width } = design.model.input;
  const sizes = [samples, ticks, channels, height, width];
  const count = sizes.reduce((a, b) => a * b);
  const spikes = Uint8Array.from({ length: count }, () => (chance(0.2) ? 1 : 0));
  const read = stimulusOf(npyArray("u1", sizes, spikes), design.model.input);
  if (!read.ok) throw new Error("bad stimulus");
  stimulus = read.value;
  expected = expectedRun(design, stimulus, { burnIn: 3 });
  right = rightTrace();
});

/** What hardware without a fault writes; words of one tick too. */
function rightTrace(full?: number): TraceRecord[] {
  const records: TraceRecord[] = [];
  let cycle = 100;
  const scoreWidth = scoreWidthOf(design, readoutStages(design)[0]!) ?? 0;
  expected.ticks.forEach((tick, t) => {
    let tensor = 0;
    layoutsOf(design).forEach(({ stage, tensors }, s) => {
      const whole = t === full ? expected.whole(t).tensors[s] : undefined;
      tensors.forEach(({ order, lanes, width }, k) => {
        for (let number = 0; whole !== undefined && number < order.length / lanes; number++) {
          const values = Array.from({ length: lanes }, (_, lane) =>
            BigInt(whole[k]?.[order[number * lanes + lane] as number] as number),
          );
          records.push({
            kind: "word",
            tensor,
            cycle: ++cycle,
            number,
            word: pack(values, width).toString(16),
          });
        }
        tensor++;
      });
      const hashes = tick.hashes[s] ?? [];
      records.push({ kind: "tick", stage: s, cycle: ++cycle, busy: stage.cycles.total, hashes });
    });
    const width = readoutStages(design)[0]?.sumWidth ?? 0;
    const word = pack(Array.from(tick.logits[0] ?? [], BigInt), width).toString(16);
    records.push({ kind: "logits", readout: 0, cycle: ++cycle, best: tick.tickClass[0] as number, word });
    const sample = expected.samples[Math.floor(t / ticks)];
    if ((t + 1) % ticks !== 0 || sample === undefined) return;
    const best = sample.classes[0] as number;
    const scores = pack((sample.votes[0] ?? []).map(BigInt), scoreWidth).toString(16);
    records.push({ kind: "votes", readout: 0, cycle: ++cycle, word: scores });
    records.push({
      kind: "class",
      readout: 0,
      cycle: ++cycle,
      best,
      votes: sample.votes[0]?.[best] as number,
    });
  });
  records.push({ kind: "end", cycle: ++cycle, complete: true });
  return records;
}

async function* stream(records: readonly TraceRecord[]): AsyncGenerator<TraceRecord> {
  yield* records;
}

/** The trace with one record changed. */
const changed = (which: (r: TraceRecord) => boolean, edit: (r: never) => object): TraceRecord[] => {
  const at = right.findIndex(which);
  return right.with(at, { ...right[at], ...edit(right[at] as never) } as TraceRecord) as TraceRecord[];
};

const differenceIn = async (records: readonly TraceRecord[]) =>
  (await compareTrace(design, expected, stream(records))).difference;

describe("a trace held against the expected run", () => {
  test("equal: every value was compared", async () => {
    const elements = layoutsOf(design).map(({ tensors }) => tensors.map((t) => t.order.length));
    const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);
    expect(await compareTrace(design, expected, stream(right))).toMatchObject({
      difference: undefined,
      complete: true,
      closed: [24, 24],
      compared: {
        states: 24 * sum(elements.map((sizes) => sum(sizes.slice(0, -1)))),
        spikes: 24 * sum(elements.map((sizes) => sizes.at(-1) as number)),
        logits: 24 * 3,
        classes: 24 + 2,
        votes: 2 * (3 + 1),
      },
    });
  });

  test("a hash that differs says its tick; an unknown one too", async () => {
    let seen = 0;
    const third = (r: TraceRecord): boolean => r.kind === "tick" && r.stage === 1 && seen++ === 3;
    for (const low of [1, Number.NaN]) {
      seen = 0;
      const records = changed(third, (r: Extract<TraceRecord, { kind: "tick" }>) => ({
        hashes: r.hashes.with(1, { ...r.hashes[1], low } as (typeof r.hashes)[number]),
      }));
      expect(await differenceIn(records)).toEqual({ tick: 3, cycle: expect.any(Number) });
    }
  });

  test.each([
    ["tick", { busy: 1 }, { layer: "layer1", signal: "busy cycles", sample: 0, tick: 0, actual: 1 }],
    ["logits", { word: "x" }, { layer: "logits", signal: "logits", tick: 0, actual: "unknown" }],
    ["logits", { best: 7 }, { signal: "tick class", tick: 0, actual: 7 }],
    ["class", { best: Number.NaN }, { signal: "class", tick: 11, actual: "unknown" }],
    ["class", { votes: 99 }, { signal: "votes", tick: 11, actual: 99 }],
    ["votes", { word: "1" }, { signal: "votes of a class", tick: 11, actual: expect.any(Number) }],
    ["votes", { word: "x" }, { signal: "votes of a class", channel: 0, tick: 11, actual: "unknown" }],
  ])("a wrong %s record is located: %o", async (kind, edit, difference) => {
    expect(
      await differenceIn(
        changed(
          (r) => r.kind === kind,
          () => edit,
        ),
      ),
    ).toMatchObject(difference);
  });

  test("an event that the input dropped is a difference, if nothing else is", async () => {
    const end = right.at(-1) as TraceRecord;
    const dropped = (count: number): readonly TraceRecord[] => [
      ...right.slice(0, -1),
      { kind: "dropped", cycle: end.cycle, count },
      end,
    ];
    const compare = (records: readonly TraceRecord[]) => compareTrace(design, expected, stream(records));
    expect(await compare(dropped(0))).toMatchObject({ difference: undefined, dropped: 0 });
    const at = {
      layer: "input",
      signal: "dropped events",
      sample: samples - 1,
      tick: ticks - 1,
      expected: 0,
    };
    expect(await compare(dropped(3))).toMatchObject({ difference: { ...at, actual: 3 }, dropped: 3 });
    expect(await compare(dropped(Number.NaN))).toMatchObject({ difference: { ...at, actual: "unknown" } });
  });

  test("what comes too much or not at all is a difference", async () => {
    const last = right.findLast((r) => r.kind === "logits") as TraceRecord;
    const again = [...right.slice(0, -1), last, right.at(-1) as TraceRecord];
    expect(await differenceIn(again)).toMatchObject({
      signal: "ticks with logits",
      expected: 24,
      actual: 25,
    });
    const lastVotes = right.findLast((r) => r.kind === "votes") as TraceRecord;
    expect(await differenceIn(right.filter((r) => r !== lastVotes))).toMatchObject({
      signal: "frames with votes",
      expected: 2,
      actual: 1,
    });
    const without = right.filter((r) => r !== last);
    expect(await differenceIn(without)).toMatchObject({
      signal: "ticks with logits",
      expected: 24,
      actual: 23,
    });
  });
});

describe("a tick written in full", () => {
  const locate = (edit: (records: TraceRecord[]) => TraceRecord[]) =>
    locateDifference(design, expected, 13, stream(edit(rightTrace(13))));
  const word = (records: TraceRecord[]): number =>
    records.findIndex((r) => r.kind === "word" && r.tensor === 1 && r.number === 7);

  test("equal: nothing is found", async () => {
    expect(await locate((records) => records)).toBeUndefined();
  });

  test("a value that differs, one that is missing, one that came twice", async () => {
    const [layout] = layoutsOf(design);
    const index = layout?.tensors[1]?.order[7] as number;
    const at = {
      sample: 1,
      tick: 1,
      layer: "layer1",
      signal: "layer1.eps1",
      channel: Math.floor(index / 30),
    };
    const edited = await locate((records) => {
      const i = word(records);
      const found = records[i] as Extract<TraceRecord, { kind: "word" }>;
      return records.with(i, { ...found, word: "7ff" });
    });
    expect(edited).toMatchObject({ ...at, actual: 2047 });
    expect(await locate((records) => records.toSpliced(word(records), 1))).toMatchObject({
      ...at,
      actual: "not written",
    });
    const twice = await locate((records) =>
      records.toSpliced(word(records), 0, records[word(records)] as TraceRecord),
    );
    expect(twice).toMatchObject({ ...at, actual: "written twice" });
  });
});

describe("golden beside the fast simulator", () => {
  test("agrees on as many ticks as it is given", () => {
    expect(expected.simulator).toBe("wasm");
    expect(holdAgainstGolden(design, stimulus, expected, 5)).toBe(5);
    expect(holdAgainstGolden(design, stimulus, expected, 1000)).toBe(ticks);
  });

  test("a difference is said with its tick and signal", () => {
    const hash = expected.ticks[2]?.hashes[0]?.[1];
    const hashes = expected.ticks[2]?.hashes.with(0, [{ words: 90, low: 0, high: 0 }, hash as never]) ?? [];
    const wrong = { ...expected, ticks: expected.ticks.with(2, { ...expected.ticks[2], hashes } as never) };
    expect(() => holdAgainstGolden(design, stimulus, wrong, 5)).toThrow(/tick 2, layer layer1, layer1.eps0/);
  });
});
