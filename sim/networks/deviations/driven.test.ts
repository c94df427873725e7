import { expect, test } from "vitest";
import { defaultConfig } from "../../../src/config/defaults.js";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { runPipeline } from "../../../src/pipeline.js";
import { drivenRun, shareOf } from "../../../src/testing/driven.js";
import { dropQuantisers, randomModel } from "../../../src/testing/random-model.js";

const models: readonly [string, (seed: number) => SpikingModel][] = [
  ["power-of-two scales", (seed) => randomModel(seed)],
  ["any scales", (seed) => randomModel(seed, { scales: "any" })],
  ["few bits", (seed) => randomModel(seed, { scales: "any", stateBits: 6, integerBits: 3 })],
  ["float checkpoints", (seed) => dropQuantisers(randomModel(seed, { scales: "any" }))],
];

/** Each layer gets the real network's spikes and states before every tick, so that errors can't add up. */
test.each(models)("%s: no potential is off by more than the bound of its layer", (_, make) => {
  const wrong: string[] = [];
  const shares: number[] = [];
  for (let seed = 100; seed < 250; seed++) {
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
  expect(shares.length).toBeGreaterThan(150);
});
