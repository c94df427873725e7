import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import {
  conv,
  dcllLayer,
  graphBuilder,
  layerOf,
  lifLayer,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
  unsignedQuantiser,
} from "../ir/builders.js";
import { passThrough, type SpikingLayer, type SpikingModel } from "../ir/spiking.js";
import { boundRanges } from "./bound-ranges.js";
import { lowerToFixed } from "./lower-to-fixed.js";
import { type MapOptions, mapStages } from "./map-stages.js";
import { saidOf } from "./pass.js";

const origin = [{ file: "net.onnx", node: 3, name: "/layer1/Conv" }];
const input = shape(1, 4, 4);
const weights = (count: number, value = 1) => quantisedWeights(new Int32Array(count).fill(value), 2 ** -6, 8);
const synapse = {
  ...conv({
    weights: weights(2 * 9),
    outChannels: 2,
    kernel: [3, 3],
    padding: [1, 1, 1, 1],
  }),
  origin,
};
const states = { eps0: quantiser(16, 8), eps1: quantiser(16, 8) };
const layer = dcllLayer({
  name: "layer1",
  input,
  synapse,
  form: "pre",
  alpha: 0.5,
  alphas: 0.5,
  bias: 0.25,
  quantisers: states,
  origin,
});
const logits = (of: SpikingLayer, change: Partial<Parameters<typeof readout>[0]> = {}) =>
  readout({ layer: of, classes: 2, weights: weights(64), bias: [0, 0], ...change });

function lower(model: SpikingModel): readonly Diagnostic[] {
  return lowerToFixed.run(model, { coefficientBits: 17 }).diagnostics;
}

/** A layer whose post graph is what `build` makes of the synapse's sum. */
function withPost(build: (g: ReturnType<typeof graphBuilder>, sum: string) => string): SpikingLayer {
  const g = graphBuilder(origin);
  const u = build(g, g.input());
  const post = g.build({ spike: g.compare("spike", u), potential: u });
  return layerOf({ name: "layer1", input, synapse, origin }, passThrough(origin), post);
}

describe("lower-to-fixed refuses, with code, text and place", () => {
  const cases: readonly [code: string, text: string, model: () => SpikingModel][] = [
    [
      "state-without-format",
      "state 'layer1.eps0' has no quantiser behind its last operation, and no format was chosen for it",
      () =>
        network("n", [
          dcllLayer({
            name: "layer1",
            input,
            synapse,
            form: "pre",
            alpha: 0.5,
            alphas: 0.5,
            quantisers: { eps1: quantiser(16, 8) },
            origin,
          }),
        ]),
    ],
    [
      "lowering-constant-condition",
      "the condition of select layer1.post.chosen is a constant",
      () =>
        network("n", [
          withPost((g, sum) => g.select("chosen", g.constant("one", 1), sum, g.constant("zero", 0))),
        ]),
    ],
    [
      "readout-activation",
      "readout 'logits' needs an activation quantised to unsigned integers of at most 12 bits, found unsigned 13 bits",
      () =>
        network(
          "n",
          [layer],
          [logits(layer, { activation: { kind: "sigmoid", quantiser: unsignedQuantiser(13, 13) } })],
        ),
    ],
    [
      "readout-scales",
      "weight scales of readout 'logits' differ between classes by a factor that is no power of two",
      () =>
        network(
          "n",
          [layer],
          [logits(layer, { weights: quantisedWeights(new Int32Array(64).fill(1), [0.5, 0.3], 8) })],
        ),
    ],
    [
      "operand-units",
      "what the synapse of 'layer1' reads differs between channels by a gain, or has a constant added",
      () => {
        const g = graphBuilder(origin);
        const pre = g.build({ operand: g.add("shifted", g.input(), g.constant("half", 0.5)) });
        return network("n", [layerOf({ name: "layer1", input, synapse, origin }, pre, layer.post)]);
      },
    ],
    [
      "sum-too-wide",
      "sums of 'layer1' need 57 bits; 53 is the most that simulators hold exactly",
      () => {
        const wide = { eps0: quantiser(46, 8), eps1: quantiser(46, 8) };
        const synapse127 = {
          ...conv({
            weights: weights(2 * 9, 127),
            outChannels: 2,
            kernel: [3, 3],
            padding: [1, 1, 1, 1],
          }),
          origin,
        };
        return network("n", [
          dcllLayer({
            name: "layer1",
            input,
            synapse: synapse127,
            form: "pre",
            alpha: 1,
            alphas: 1,
            quantisers: wide,
            origin,
          }),
        ]);
      },
    ],
    [
      "double-not-exact",
      "the potential of 'layer1' has 55 bits: a double-precision run rounds it and is no exact oracle",
      () =>
        network("n", [
          dcllLayer({
            name: "layer1",
            input,
            synapse,
            form: "pre",
            alpha: 0.5,
            alphas: 0.5,
            bias: 0.1,
            quantisers: states,
            origin,
          }),
        ]),
    ],
  ];
  test.each(cases)("%s", (code, text, model) => {
    const [found, ...others] = lower(model());
    expect([found?.code, found?.text, found?.loc]).toEqual([code, text, origin[0]]);
    expect(others.filter((d) => d.severity === "error" && d.code !== code)).toEqual([]);
  });
});

test("a warning about a layer leaves its readouts", () => {
  const wide = lifLayer({
    name: "layer1",
    input,
    synapse,
    decay: 0.9,
    bias: 0.3,
    reset: "zero",
    quantisers: { u: quantiser(24, 20) },
  });
  const { output, diagnostics } = lowerToFixed.run(network("n", [wide], [logits(wide)]), {
    coefficientBits: 17,
  });
  expect(diagnostics.map((d) => [d.code, d.severity])).toContainEqual(["double-not-exact", "warning"]);
  expect(output.readouts.map((r) => r.name)).toEqual(["logits"]);
});

describe("map-stages refuses", () => {
  const options = {
    pe: "auto",
    simd: "auto",
    layers: {},
    acts: "auto",
    targetCyclesPerTick: undefined,
    multiplierBudget: 16,
  } as const;
  const fixed = (model: SpikingModel) =>
    boundRanges.run(lowerToFixed.run(model, { coefficientBits: 17 }).output, undefined).output;

  test("lanes-do-not-divide", () => {
    const { diagnostics } = mapStages.run(fixed(network("n", [layer])), { ...options, pe: 3 });
    expect(diagnostics.map((d) => [d.code, d.text, d.loc])).toEqual([
      [
        "lanes-do-not-divide",
        "pe = 3 does not divide 2; possible: 1, 2",
        { name: "layer1", attribute: "pe" },
      ],
    ]);
  });

  test("engine-event", () => {
    const { diagnostics, output } = mapStages.run(fixed(network("n", [layer])), {
      ...options,
      engine: "event",
    });
    const text = "layer 'layer1' can't be computed on events: 'layer1.eps0' stands before its synapse";
    expect(diagnostics.map((d) => [d.code, d.text, d.loc])).toEqual([["engine-event", text, origin[0]]]);
    // With auto it is computed densely, and that is said.
    const auto = mapStages.run(fixed(network("n", [layer])), { ...options, engine: "auto" });
    const note = "layer 'layer1' is computed densely: 'layer1.eps0' stands before its synapse";
    expect(auto.diagnostics).toEqual([]);
    expect(saidOf(auto).map((d) => [d.code, d.severity, d.text])).toEqual([
      ["engine-auto-dense", "note", note],
    ]);
    expect([output, auto.output].map((design) => design.stages[0]?.kind)).toEqual(["dense", "dense"]);
  });

  test("event-lanes", () => {
    const behind = lifLayer({
      name: "layer1",
      input,
      synapse,
      decay: 0.5,
      reset: "none",
      quantisers: { u: quantiser(8, 4) },
    });
    const run = (mapping: Partial<MapOptions>) =>
      mapStages.run(fixed(network("n", [behind])), { ...options, engine: "event", ...mapping });
    const loc = { name: "layer1", attribute: "lanes" };
    expect(run({ taps: "one", lanes: 4 }).diagnostics.map((d) => [d.code, d.text, d.loc])).toEqual([
      ["event-lanes", "4 lanes for 2 channels at once; possible: 1, 2", loc],
    ]);
    // Two neighbours of a row, where an event touches as many.
    const reach = synapse.kernel[1] as number;
    const { diagnostics, output } = run({ taps: "row", lanes: 2 * reach });
    expect(diagnostics).toEqual([]);
    expect(output.stages[0]).toMatchObject({ kind: "event", channels: 2, lanes: 2 * reach });
    expect(run({ channels: 3 }).diagnostics.map((d) => d.code)).toEqual(["lanes-do-not-divide"]);
    // What follows from an error isn't an error of its own.
    const wrong = mapStages.run(fixed(network("n", [behind], [logits(behind)])), {
      ...options,
      engine: "event",
      channels: 3,
      lanes: 6,
      acts: 5,
    });
    expect(wrong.diagnostics.map((d) => d.code)).toEqual(["lanes-do-not-divide"]);
  });

  test.each([
    [31, { channels: 31, lanes: 31 }],
    [34, { channels: 17, lanes: 17 }],
    [64, { channels: 32, lanes: 16 }],
  ])("of %i channels auto takes the nearest that divide", (outChannels, shape) => {
    const map = { height: 1, width: 1 };
    const behind = lifLayer({
      name: "layer1",
      input: { ...input, ...map },
      synapse: conv({ outChannels, kernel: [1, 1], weights: weights(outChannels * input.channels) }),
      decay: 0.5,
      reset: "none",
      quantisers: { u: quantiser(8, 4) },
    });
    const { output } = mapStages.run(fixed(network("n", [behind])), { ...options, engine: "event" });
    expect(output.stages[0]).toMatchObject(shape);
  });

  test("pool-twice", () => {
    const pool = { height: 2, width: 1 };
    const twice = lifLayer({
      name: "layer1",
      input,
      synapse,
      currentPool: pool,
      pool,
      decay: 0.5,
      reset: "none",
      quantisers: { u: quantiser(8, 4) },
      origin,
    });
    const { diagnostics } = mapStages.run(fixed(network("n", [twice])), options);
    expect(diagnostics.map((d) => [d.code, d.text, d.loc])).toEqual([
      [
        "pool-twice",
        "layer 'layer1' pools the sums before its neurons and the spikes behind them",
        origin[0],
      ],
    ]);
  });

  test("readout-pool", () => {
    const pooling = { ...logits(layer), pool: { height: 2, width: 2 }, weights: weights(16) };
    const { diagnostics } = mapStages.run(fixed(network("n", [layer], [pooling])), options);
    expect(diagnostics.map((d) => [d.code, d.text, d.loc])).toEqual([
      ["readout-pool", "readout 'logits' pools otherwise than its layer 'layer1'", origin[0]],
    ]);
  });
});
