import { expect, test } from "vitest";
import { conv, lifLayer, network, quantisedWeights, quantiser, shape } from "../ir/builders.js";
import type { EventStage } from "../ir/design.js";
import { outside } from "../ir/stream.js";
import { boundRanges } from "../passes/bound-ranges.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { banksOf, closeLatency, type EventShape, eventStage, possibleLanes } from "./event-stage.js";

const shapeOf: EventShape = { channels: 4, taps: "patch", ports: 1, lanes: 4 };

function stageOf(
  [height, width]: readonly [number, number],
  pool: number | undefined,
  change: Partial<EventShape> = {},
): EventStage {
  const layer = lifLayer({
    name: "layer",
    input: shape(2, height, width),
    synapse: conv({
      outChannels: 4,
      kernel: [3, 3],
      padding: [1, 1, 1, 1],
      weights: quantisedWeights(new Int32Array(72).fill(1), 0.25),
    }),
    decay: 0.5,
    reset: "none",
    quantisers: { u: quantiser(12, 4) },
    pool: pool === undefined ? undefined : { height: pool, width: pool },
  });
  const fixed = lowerToFixed.run(network("net", [layer]), { coefficientBits: 17 }).output;
  const [lowered] = boundRanges.run(fixed, undefined).output.layers;
  if (lowered === undefined) throw new Error("no layer");
  return eventStage(lowered, { ...shapeOf, ...change }, { spikes: outside, readouts: [] });
}

test("sweeps overlap where a tick closes before the last window of the next begins", () => {
  const latency = closeLatency(stageOf([4, 4], undefined));
  expect(latency).toBe(8);
  // 16 beats: the last window begins with the 16th, the 13th, the first.
  expect([undefined, 2, 4].map((pool) => stageOf([4, 4], pool).overlaps)).toEqual([true, true, false]);
  // A channel a beat: four such maps one after the other, and the last window in the fourth.
  expect(stageOf([4, 4], 4, { lanes: 1 }).overlaps).toBe(true);
  expect(stageOf([2, 2], undefined).overlaps).toBe(false);
  expect(stageOf([4, 4], 4).cycles).toEqual({ sweep: 16, walk: 0, overhead: 9, total: 25 });
  expect(stageOf([4, 4], 2).cycles).toEqual({ sweep: 16, walk: 0, overhead: 2, total: 18 });
});

test("lanes: parts of the channels, and columns that fit the pool", () => {
  const { layer } = stageOf([6, 8], 2);
  expect(possibleLanes(layer, { ...shapeOf, taps: "row" })).toEqual([1, 2, 4, 8]);
  expect(possibleLanes(layer, { ...shapeOf, taps: "one" })).toEqual([1, 2, 4]);
  expect(possibleLanes(stageOf([6, 8], undefined).layer, shapeOf)).toEqual([1, 2, 4, 8, 12]);
});

test("banks: as many as one event touches, their words, the memory they are in", () => {
  const { layer } = stageOf([6, 8], undefined);
  const banks = { shift: 3, aligns: 1, style: "distributed" };
  expect(banksOf(layer, shapeOf)).toEqual({ ...banks, y: 3, x: 3, depth: 6 });
  expect(banksOf(layer, { ...shapeOf, taps: "row", channels: 2 })).toEqual({
    ...banks,
    y: 1,
    x: 3,
    depth: 36,
  });
  expect(banksOf(layer, { ...shapeOf, taps: "one", channels: 2 })).toEqual({
    ...{ y: 1, x: 1, depth: 96, shift: 1, aligns: 3, style: "block" },
  });
});
