import { expect, test } from "vitest";
import { goldenRun } from "../../../src/testing/golden-run.js";
import { builtGraph, cells } from "./build.js";
import { expectEqual } from "./equal.js";

test("Icarus agrees too with the dense engine, on ticks in which every layer is active", async () => {
  const graph = { network: "small", form: "post" } as const;
  const { build } = await builtGraph(graph, "cosim-icarus-dense", { readout: { burnIn: 4 } });
  const stimulus = cells(graph, build, 1, 8);
  // All states are 0 at first: spikes come to the last layer by the eighth tick.
  const ticks = goldenRun(build.compiled.fixed, stimulus);
  build.compiled.fixed.layers.forEach((layer, l) => {
    const spikes = ticks.flatMap((tick) => Array.from(tick.spikes[l] ?? [])).filter((s) => s === 1);
    expect(spikes.length, layer.name).toBeGreaterThan(0);
  });
  await expectEqual("icarus", build, stimulus);
});
