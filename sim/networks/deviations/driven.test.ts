import { expect, test } from "vitest";
import { defaultConfig } from "../../../src/config/defaults.js";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { runPipeline } from "../../../src/pipeline.js";
import { drivenRun, shareOf } from "../../../src/testing/driven.js";
import { randomGraphModel } from "../../../src/testing/random-graph.js";
import { dropQuantisers, randomModel } from "../../../src/testing/random-model.js";

const models: readonly [string, (seed: number) => SpikingModel][] = [
  ["power-of-two scales", (seed) => randomModel(seed)],
  ["any scales", (seed) => randomModel(seed, { scales: "any" })],
  ["few bits", (seed) => randomModel(seed, { scales: "any", stateBits: 6, integerBits: 3 })],
  ["float checkpoints", (seed) => dropQuantisers(randomModel(seed, { scales: "any" }))],
  ["graphs of any numbers", (seed) => randomGraphModel(seed, "any")],
  ["graphs without formats", (seed) => randomGraphModel(seed, "any", true)],
];

/** Each layer gets the real network's spikes and states before every tick, so that errors can't add up. */
test.each(models)("%s: no potential is off by more than the bound of its layer", (name, make) => {
  const wrong: string[] = [];
  const shares: number[] = [];
  for (let seed = 100; seed < 170; seed++) {
    const result = runPipeline(
      { ...make(seed), readouts: [] },
      { config: defaultConfig, calibration: undefined },
    );
    if (!result.ok) throw new Error(`seed ${seed}: ${result.diagnostics.map((d) => d.text).join("; ")}`);
    for (const layer of drivenRun(result.value, seed, 6)) {
      const share = shareOf(layer);
      shares.push(share);
      if (share > 1) wrong.push(`seed ${seed}: ${JSON.stringify(layer)}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(shares.length).toBeGreaterThanOrEqual(70);
  // Bounds that nothing comes near would pass as well.
  if (name !== "power-of-two scales") expect(Math.max(...shares)).toBeGreaterThan(0.5);
});

test.each(["short", "float32"] as const)(
  "graphs of power-of-two scales and %s constants are exact",
  (numbers) => {
    for (let seed = 0; seed < 80; seed++) {
      const model = randomGraphModel(seed, numbers);
      const result = runPipeline(model, { config: defaultConfig, calibration: undefined });
      if (!result.ok) throw new Error(`seed ${seed}: ${result.diagnostics.map((d) => d.text).join("; ")}`);
      expect([seed, result.value.fixed.deviations]).toEqual([seed, []]);
      expect([seed, drivenRun(result.value, seed, 6).map(shareOf)]).toEqual([seed, [0]]);
    }
  },
);
