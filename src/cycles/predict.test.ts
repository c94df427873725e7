import { expect, test } from "vitest";
import {
  conv,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
} from "../ir/builders.js";
import { boundRanges } from "../passes/bound-ranges.js";
import { lowerToFixed } from "../passes/lower-to-fixed.js";
import { type MapOptions, mapStages } from "../passes/map-stages.js";
import { runGolden } from "../simulators/golden.js";
import { eventBeats } from "./event-stage.js";
import { eventCollector, predictCycles } from "./predict.js";

const input = shape(2, 6, 6);
const weights = (count: number) => quantisedWeights(new Int32Array(count).fill(1), 0.25);
const layer = lifLayer({
  name: "layer1",
  input,
  synapse: conv({ outChannels: 4, kernel: [3, 3], padding: [1, 1, 1, 1], weights: weights(4 * 2 * 9) }),
  decay: 0.5,
  reset: "none",
  quantisers: { u: quantiser(12, 4) },
});
const logits = readout({ layer, classes: 3, weights: weights(3 * 144), bias: [0, 0, 0] });

function designOf(mapping: Partial<MapOptions>) {
  const fixed = lowerToFixed.run(network("net", [layer], [logits]), { coefficientBits: 17 }).output;
  const options = {
    pe: 1,
    simd: 1,
    layers: {},
    acts: 1,
    targetCyclesPerTick: undefined,
    multiplierBudget: 1,
  };
  return mapStages.run(boundRanges.run(fixed, undefined).output, { ...options, ...mapping }).output;
}

/** Cycles between the ends of consecutive ticks of the layer; `events` of every tick. */
function intervals(mapping: Partial<MapOptions>, events: readonly number[]): readonly number[] {
  const design = designOf(mapping);
  const stimulus = { samples: 1, ticks: 8, shape: input, active: () => events };
  const collector = eventCollector(design, stimulus);
  runGolden(design.model, stimulus, { burnIn: 0 }, { tick: collector.tick });
  const [closes] = predictCycles(design, collector.collected()).stages;
  return Array.from(closes ?? [])
    .slice(1)
    .map((close, t) => close - (closes?.[t] as number));
}

test("beats of an event: touched taps, rows, or one, for each group of channels", () => {
  const beats = (mapping: Partial<MapOptions>) => {
    const stage = designOf({ engine: "event", ...mapping }).stages[0];
    if (stage?.kind !== "event") throw new Error("no event stage");
    const found = eventBeats(stage);
    return [found[0], found[7], found[6]];
  };
  // A corner, the inside, an edge.
  expect(beats({ taps: "one", channels: 4 })).toEqual([4, 9, 6]);
  expect(beats({ taps: "row", channels: 4 })).toEqual([2, 3, 3]);
  expect(beats({ taps: "patch", channels: 2 })).toEqual([2, 2, 2]);
});

test("a tick takes its sweep and two cycles, or its events and what closing takes", () => {
  const event = { engine: "event", taps: "patch", channels: 4, lanes: 4, acts: 4 } as const;
  expect(intervals(event, [7]).slice(3)).toEqual([38, 38, 38, 38]);
  const many = Array.from({ length: 60 }, (_, i) => i);
  // The last event is accepted, walked, added; the halves swap; the door opens again.
  expect(intervals(event, many).slice(3)).toEqual([65, 65, 65, 65]);
  expect(intervals({ ...event, taps: "one" }, [7, 43]).slice(3)).toEqual([38, 38, 38, 38]);
});

test("an event that is dropped takes its beat: no less than the first of its cell, and leaves nothing", () => {
  const event = { engine: "event", taps: "patch", channels: 4, lanes: 4, acts: 4 } as const;
  const closesOf = (guardInput: boolean, events: readonly number[]) => {
    const design = designOf({ ...event, guardInput });
    const stimulus = { samples: 1, ticks: 8, shape: input, active: () => [7] };
    const collector = eventCollector(design, stimulus);
    runGolden(design.model, stimulus, { burnIn: 0 }, { tick: collector.tick });
    const run = collector.collected();
    const sent = Int32Array.from(events);
    const ticks = run.input.map((tick) => ({ ...tick, events: sent, starts: Int32Array.of(0, sent.length) }));
    return Array.from(predictCycles(design, { ...run, input: ticks }).stages[0] ?? []);
  };
  const intervalOf = (closes: readonly number[]) => (closes[7] as number) - (closes[6] as number);
  const [once, many] = [[7], Array.from({ length: 60 }, (_, i) => i)];
  // The guard's register, and what its words take longer to clear than the stage's places, once.
  const [bare, guarded] = [closesOf(false, once), closesOf(true, once)];
  const { guard, stages } = designOf(event);
  const places = stages[0]?.kind === "event" ? stages[0].banks.depth : 0;
  const later = (guard?.memory?.depth ?? 0) + 1 - places;
  expect(later).toBe(13);
  expect(guarded).toEqual(bare.map((cycle) => cycle + later));
  // Cells that the map has not, and repeats, take as many beats as events do; the first fall while the stage closes.
  const dropped = [...Array.from({ length: 30 }, () => -1), ...Array.from({ length: 30 }, () => 7)];
  expect(intervalOf(closesOf(true, dropped))).toBe(61);
  expect(intervalOf(closesOf(true, many))).toBe(65);
});

test("a dense stage takes its cycles, whatever spikes", () => {
  const dense = { pe: 4, simd: 2, acts: 4 };
  const { total } = designOf(dense).stages[0]?.cycles ?? { total: 0 };
  expect(new Set([...intervals(dense, []), ...intervals(dense, [1, 2, 3])])).toEqual(new Set([total]));
});

test("a slot takes a cycle an activation, however many", () => {
  const ends = (neurons: number) => {
    const layer = lifLayer({
      name: "layer1",
      input: shape(4),
      synapse: linear(shape(4), neurons, weights(4 * neurons)),
      decay: 0.5,
      reset: "none",
      quantisers: { u: quantiser(12, 4) },
    });
    const logits = readout({ layer, classes: 3, weights: weights(3 * neurons), bias: [0, 0, 0] });
    const options = { layers: {}, acts: 1, targetCyclesPerTick: undefined, multiplierBudget: 1 };
    const mapping = { engine: "event", channels: neurons, lanes: neurons, pe: 1, simd: 1 } as const;
    const fixed = lowerToFixed.run(network("net", [layer], [logits]), { coefficientBits: 17 }).output;
    const design = mapStages.run(boundRanges.run(fixed, undefined).output, { ...options, ...mapping }).output;
    const stimulus = { samples: 1, ticks: 3, shape: shape(4), active: () => [0, 1, 2, 3] };
    const collector = eventCollector(design, stimulus);
    runGolden(design.model, stimulus, { burnIn: 0 }, { tick: collector.tick });
    return Array.from(predictCycles(design, collector.collected()).readouts[0] ?? []);
  };
  const [few, many] = [ends(255), ends(256)];
  expect((many[2] as number) - (many[1] as number)).toBe((few[2] as number) - (few[1] as number) + 1);
});
