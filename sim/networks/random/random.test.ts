import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventLines } from "../../../src/cosim/events.js";
import { runBench } from "../../../src/cosim/simulators.js";
import {
  conv,
  lifLayer,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
} from "../../../src/ir/builders.js";
import { inputStream } from "../../../src/ir/stream.js";
import { campaign } from "./campaign.js";
import { countFeatures, eventCorners } from "./features.js";
import { designOf, eventDesignOf, eventSeeds, withDepth, withEmitted } from "./run.js";

const seeds = Array.from({ length: 40 }, (_, seed) => seed);

test("random networks do in Verilog exactly what golden says, cycle for cycle of their model", async () => {
  const { failures, features } = await campaign({
    seeds,
    lints: (seed) => seed % 4 === 0,
    verilates: () => false,
  });
  expect(failures).toEqual([]);
  const missing = [...countFeatures(features)].filter(([, count]) => count === 0).map(([name]) => name);
  expect(missing, "corners that no network reached").toEqual([]);
});

test("the same on events, where the synapse sees spikes: any banks, ports, lanes, any order of events", async () => {
  const { failures, features } = await campaign({
    seeds: eventSeeds(0, 40),
    lints: (seed) => seed % 4 === 1,
    verilates: () => false,
    mapping: eventDesignOf,
  });
  expect(failures).toEqual([]);
  const counts = countFeatures(features, eventCorners);
  const missing = [...counts].filter(([, count]) => count === 0).map(([name]) => name);
  expect(missing, "corners that no network reached").toEqual([]);
});

test("queues are as deep as their streams say, in Verilog and in the cycle model: two places are enough", async () => {
  for (const [depth, mapping] of [
    [2, eventDesignOf],
    [4, eventDesignOf],
    [2, designOf],
    [8, designOf],
  ] as const) {
    const { failures } = await campaign({
      seeds: eventSeeds(40 + depth, 3),
      lints: () => false,
      verilates: () => false,
      mapping: (from) => withDepth(mapping(from), depth),
    });
    expect(failures, `depth ${depth}`).toEqual([]);
  }
});

/** A layer of few beats, and a readout that takes longer than it. */
function slowReadout(classes: number, acts: number, size: number) {
  const input = shape(1, size, size);
  const weights = quantisedWeights(new Array<number>(12).fill(3), 0.5, 4);
  const layer = lifLayer({
    name: "layer",
    input,
    synapse: conv({ outChannels: 12, kernel: [1, 1], weights }),
    decay: 0.5,
    reset: "none",
    quantisers: { u: quantiser(8, 4) },
  });
  const output = readout({
    layer,
    classes,
    weights: quantisedWeights(
      Array.from({ length: classes * 12 * size * size }, (_, i) => i % 5),
      0.5,
      5,
    ),
    bias: new Array<number>(classes).fill(0),
  });
  return designOf({ model: network("slow", [layer], [output]), lanes: { layer: { pe: 12, simd: 1 } }, acts });
}

test("a readout that its layer waits for takes the cycles of its model, tick after tick", async () => {
  for (const [classes, acts, size] of [
    [2, 1, 6],
    [12, 3, 5],
    [30, 12, 1],
  ] as const) {
    const design = slowReadout(classes, acts, size);
    const { total } = design.stages[1]!.cycles;
    expect(total).toBeGreaterThan(design.stages[0]!.cycles.total);
    const gaps = await withEmitted(design, async (folder) => {
      const [events, trace] = [join(folder, "events.hex"), join(folder, "trace.txt")];
      const stimulus = { samples: 1, ticks: 12, shape: design.model.input, active: () => [] };
      writeFileSync(events, eventLines(inputStream(design).payload, stimulus));
      const run = { folder, events, trace, ticks: 12, frames: 1, burnIn: 0, maxCycles: 50_000 };
      expect((await runBench("icarus", run)).ok).toBe(true);
      const ends = [...readFileSync(trace, "utf8").matchAll(/^l 0 (\d+)/gm)].map(([, cycle]) =>
        Number(cycle),
      );
      return ends.slice(1).map((end, i) => end - (ends[i] as number));
    });
    // The first ticks fill the queue between the two.
    expect(gaps.slice(4)).toEqual(new Array(7).fill(total));
  }
});
