import { describe, expect, test } from "vitest";
import { roundings } from "../../src/fixed/format.js";
import { lifLayer, quantiser } from "../../src/ir/builders.js";
import { graphFile } from "../networks/cosim/build.js";
import { randomCase } from "../networks/random/models.js";
import { eventDesignOf, eventSeeds, designOf as randomDesign } from "../networks/random/run.js";
import { faults } from "./faults.js";
import { layers } from "./layers.js";
import { proveSweep } from "./prove.js";
import { checkpointDesign, designOf, place, sweepOf, sweepsOf } from "./sweeps.js";

describe("seed network, traces before the synapse", () => {
  test.each([...sweepsOf(checkpointDesign(graphFile({ network: "seed", form: "pre" }, "pre.qonnx.onnx")))])(
    "%s",
    async (_, sweep) => {
      expect(await proveSweep(sweep)).toEqual({ holds: true });
    },
  );
});

test.each(roundings)("rounded by %s", async (rounding) => {
  const u = quantiser(24, 20, rounding);
  const layer = lifLayer({ ...place, decay: [0.9, 0.8, 0.75, 0.3], reset: "subtract", quantisers: { u } });
  expect(await proveSweep(sweepOf(designOf(layer), "post"))).toEqual({ holds: true });
});

test("two lanes", async () => {
  const sweep = sweepOf(designOf(layers["LIF, reset by subtraction"]!(), 2), "post");
  expect(await proveSweep(sweep)).toEqual({ holds: true });
});

describe("random networks", () => {
  const dense = Array.from({ length: 30 }, (_, i) => ({ engine: "dense", seed: i + 1 }));
  const events = eventSeeds(1, 10).map((seed) => ({ engine: "event", seed }));
  const sweepsOfCase = ({ engine, seed }: { engine: string; seed: number }) =>
    sweepsOf((engine === "event" ? eventDesignOf : randomDesign)(randomCase(seed)));

  test("some take several neighbours of a row at once", () => {
    expect(events.some((from) => [...sweepsOfCase(from).values()].some((s) => s.word.columns > 1))).toBe(
      true,
    );
  });

  test.each([...dense, ...events])("$engine $seed", async (from) => {
    for (const [name, sweep] of sweepsOfCase(from)) {
      const verdict = await proveSweep(sweep, { spikes: false });
      expect({ name, ...verdict }).toEqual({ name, holds: true });
    }
  });
});

describe("refuted", () => {
  test.each(faults.filter((f) => f.long))("$title", async ({ layer, part, plant }) => {
    const sweep = plant(sweepOf(designOf(layers[layer]!()), "post"));
    expect(await proveSweep(sweep)).toMatchObject({ holds: false, part });
  });
});
