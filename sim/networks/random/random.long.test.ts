import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { campaign } from "./campaign.js";
import { countFeatures, eventCorners } from "./features.js";
import { eventDesignOf, eventSeeds } from "./run.js";

const seeds = Array.from({ length: 400 }, (_, i) => 1000 + i);
const report = fileURLToPath(new URL("../../../build/random-features.json", import.meta.url));

test("hundreds of random networks: Icarus equals golden, some in Verilator too, a third linted", async () => {
  const { failures, features } = await campaign({
    seeds,
    lints: (seed) => seed % 3 === 0,
    verilates: (seed) => seed % 50 === 0,
  });
  const counts = countFeatures(features);
  mkdirSync(fileURLToPath(new URL("../../../build", import.meta.url)), { recursive: true });
  writeFileSync(report, `${JSON.stringify(Object.fromEntries([...counts].sort()), null, 2)}\n`);
  expect(failures).toEqual([]);
  expect([...counts].filter(([, count]) => count < 5)).toEqual([]);
});

test("hundreds of random networks on events: Icarus equals golden, some in Verilator too", async () => {
  const { failures, features } = await campaign({
    seeds: eventSeeds(1000, 400),
    lints: (seed) => seed % 5 === 0,
    verilates: (seed) => seed % 50 === 0,
    mapping: eventDesignOf,
  });
  expect(failures).toEqual([]);
  // Of what a dense layer beside these may have, the test above sees enough.
  const counts = countFeatures(features, eventCorners);
  expect(eventCorners.filter((corner) => (counts.get(corner) ?? 0) < 5)).toEqual([]);
});
