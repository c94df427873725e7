import { expect, test } from "vitest";
import { random } from "../../../src/testing/random-model.js";
import { randomCase } from "../random/models.js";
import { designOf, eventDesignOf, eventSeeds } from "../random/run.js";
import { designs } from "./designs.js";
import { type Manner, runStream } from "./run.js";

/** A manner of a seed: any gaps and sink, now and then a stall of 40,000 cycles, up to six resets. */
function mannerOf(seed: number): Manner {
  const r = random(seed * 31 + 5);
  const stall = { from: r.int(0, 3000), cycles: r.chance(0.1) ? 40_000 : r.pick([0, 0, 300, 2000]) };
  const steady = r.chance(0.3);
  return {
    gaps: steady ? "none" : r.pick(["none", "some", "long"]),
    sink: steady ? 0 : r.pick([0, 1, 2]),
    stall: steady ? { from: 0, cycles: 0 } : stall,
    resets: r.int(0, 6),
  };
}

const seeds = Array.from({ length: 120 }, (_, seed) => seed + 100);

test.each(Object.entries(designs))("streams of any manner into %s, in Verilator", async (_, design) => {
  const differing: string[] = [];
  for (const seed of seeds) {
    const { difference } = await runStream(design(), seed, mannerOf(seed), "verilator");
    if (difference !== "") differing.push(`seed ${seed}: ${difference}`);
  }
  expect(differing).toEqual([]);
});

test("streams of any manner into random networks, on both engines, in Icarus", async () => {
  const differing: string[] = [];
  for (const seed of eventSeeds(500, 60))
    for (const [engine, mapping] of [
      ["dense", designOf],
      ["event", eventDesignOf],
    ] as const) {
      const { difference } = await runStream(mapping(randomCase(seed)), seed, mannerOf(seed));
      if (difference !== "") differing.push(`seed ${seed}, ${engine}: ${difference}`);
    }
  expect(differing).toEqual([]);
});
