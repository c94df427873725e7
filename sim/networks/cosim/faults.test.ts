import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Build, emittedOf } from "../../../src/artifact/manifest.js";
import { type SimulatorComparison, verify, verifyIn } from "../../../src/commands/verify.js";
import { expectedRun } from "../../../src/cosim/expected.js";
import { npyArray } from "../../../src/data/npy.js";
import { type Stimulus, stimulusOf } from "../../../src/data/stimulus.js";
import {
  conv,
  dcllLayer,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
} from "../../../src/ir/builders.js";
import { random } from "../../../src/testing/random-model.js";
import { builtGraph, builtModel, cells, graphFile, must } from "./build.js";
import {
  droppedSaturation,
  type Fault,
  halfUp,
  offByOneTap,
  roundedBeforeComparison,
  wrongReadoutWeight,
  wrongWeight,
} from "./faults.js";
import { firstDifference, withOrigins } from "./plant.js";
import { elementIn, readView, valuesAt } from "./view.js";

/** Plants a fault, and holds what is said of it against its twin, to the number. */
async function expectFound(
  fault: Fault,
  build: Build,
  stimulus: Stimulus,
  compareTicks: (ticks: number) => Promise<SimulatorComparison>,
): Promise<void> {
  const { fixed, design } = build.compiled;
  const twin = firstDifference(fixed, fault.twin(build), stimulus);
  if (twin === undefined) throw new Error("the fault changes nothing in these ticks");
  // A register keeps the lower bits of a number that doesn't fit.
  const pipelines = design.stages.flatMap((s) => (s.kind === "dense" ? [s.pre, s.post] : []));
  const width = pipelines.flatMap((p) => p.states).find((s) => s.name === twin.signal)?.width ?? 53;
  const actual = Number(BigInt.asIntN(width, BigInt(twin.actual)));

  fault.plant(build);
  const { equal, difference, waveform = "", view = "" } = await compareTicks(twin.tick + 1);
  expect(equal).toBe(false);
  expect(difference).toEqual({ ...twin, actual });
  expect(actual).not.toBe(twin.expected);
  const vcd = readFileSync(waveform, "latin1");
  expect(vcd).toContain("$enddefinitions");
  expect([...vcd.matchAll(/^#\d+$/gm)].length).toBeGreaterThan(100);
  // The save file shows the wrong value: first, at the marker.
  const { signals, marker } = readView(readFileSync(view, "utf8"));
  const values = valuesAt(vcd, marker);
  expect(signals.length).toBeGreaterThan(5);
  expect(signals.filter((name) => !values.has(name))).toEqual([]);
  const bits = values.get(signals[0] as string) ?? "";
  if (twin.signal === "logits") expect(signals[0]).toMatch(/\.tick_logits\[/);
  else expect(elementIn(design, { ...twin, actual }, bits)).toBe(actual);
}

describe("verify finds a fault planted in a real network's Verilog", () => {
  test.each([
    // Channel 11 is the first to spike.
    { network: "stress/floor", form: "post", fault: wrongWeight(11) },
    { network: "stress/round", form: "post", fault: halfUp("layer1", "layer1.eps1") },
  ] as const)("$fault.title in $network $form", async ({ fault, ...graph }) => {
    const { build } = await builtGraph(graph, `cosim-faults/${fault.title.replaceAll(" ", "-")}`);
    await expectFound(fault, build, cells(graph, build, 1, 8), async (ticks) => {
      const request = { build: build.path, input: graphFile(graph, "cells.npy"), samples: 1, ticks };
      const options = { simulators: ["icarus"], allowEdited: true } as const;
      return must(await verify({ ...request, ...options })).simulators[0] as SimulatorComparison;
    });
  });
});

/** A network whose states are so narrow that they saturate within a few ticks, and that spikes a lot. */
function narrowNetwork() {
  const { int } = random(7);
  const weights = (count: number) =>
    quantisedWeights(
      Array.from({ length: count }, () => int(-60, 100)),
      2 ** -7,
    );
  const decays = { alpha: 0.9375, alphas: 0.875, refractory: { decay: 0.6484375, weight: 1 } };
  const quantisers = { eps0: quantiser(8, 4), eps1: quantiser(11, 5), arp: quantiser(9, 5) };
  const base = { ...decays, quantisers, bias: [-3.25, -2.5, -6.125, -5] };
  const synapse = { outChannels: 4, kernel: [3, 3], padding: [1, 1, 1, 1] } as const;
  const [input, pool] = [shape(2, 6, 6), { height: 2, width: 2 }];
  const first = dcllLayer({
    ...base,
    name: "layer1",
    form: "post",
    input,
    synapse: conv({ ...synapse, weights: weights(72) }),
    pool,
  });
  const second = dcllLayer({
    ...base,
    name: "layer2",
    form: "pre",
    input: first.sent,
    synapse: conv({ ...synapse, weights: weights(144) }),
  });
  const classes = readout({
    layer: second,
    classes: 5,
    weights: weights(5 * 36),
    bias: [0, 0.1, 0.2, 0.3, 0],
  });
  return withOrigins(network("narrow", [first, second], [classes]));
}

describe("verify finds a fault planted in a small network's Verilog", () => {
  test.each([
    { simulator: "icarus", fault: wrongWeight(1) },
    { simulator: "icarus", fault: wrongReadoutWeight },
    { simulator: "icarus", fault: droppedSaturation("layer1", "post", "layer1.eps0") },
    { simulator: "icarus", fault: droppedSaturation("layer1", "post", "layer1.eps1") },
    { simulator: "icarus", fault: droppedSaturation("layer2", "pre", "layer2.eps1") },
    { simulator: "icarus", fault: offByOneTap },
    { simulator: "icarus", fault: roundedBeforeComparison("layer1") },
    { simulator: "icarus", fault: halfUp("layer1", "layer1.eps1") },
    { simulator: "verilator", fault: roundedBeforeComparison("layer1") },
  ] as const)("$fault.title with $simulator", async ({ simulator, fault }) => {
    const build = builtModel(narrowNetwork(), `cosim-faults/small-${fault.title.replaceAll(" ", "-")}`);
    const { chance } = random(3);
    const spikes = Uint8Array.from({ length: 60 * 72 }, () => (chance(0.3) ? 1 : 0));
    const { input } = build.compiled.fixed;
    const stimulus = (ticks: number) =>
      must(stimulusOf(npyArray("u1", [1, 60, 2, 6, 6], spikes), input, { ticks }));
    await expectFound(fault, build, stimulus(60), async (ticks) => {
      const expected = expectedRun(build.compiled.design, stimulus(ticks), { burnIn: 0 });
      return must(await verifyIn(simulator, emittedOf(build), stimulus(ticks), expected));
    });
  });
});
