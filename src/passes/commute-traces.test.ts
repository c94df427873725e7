import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { conv, dcllLayer, graphBuilder, network, quantiser, realWeights, shape } from "../ir/builders.js";
import type { SpikingLayer, SpikingModel } from "../ir/spiking.js";
import { printSpiking } from "../ir/spiking-printer.js";
import { runReference } from "../simulators/reference.js";
import { dropQuantisers, randomModel, randomStimulus } from "../testing/random-model.js";
import { checkShapes } from "./check-shapes.js";
import { commuteTraces } from "./commute-traces.js";
import { saidOf } from "./pass.js";

const spec = {
  name: "layer1",
  input: shape(2, 2, 2),
  synapse: conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2, -1]) }),
  form: "pre",
  alpha: 0.875,
  alphas: 0.75,
  bias: -1,
  origin: [{ file: "net.onnx", name: "layer1.conv" }],
} as const;

function commute(model: SpikingModel) {
  const before = structuredClone(model);
  const result = commuteTraces.run(model, { commute: true });
  const { output } = result;
  expect(model).toEqual(before);
  expect(checkShapes.run(output, undefined).diagnostics).toEqual([]);
  return { model: output, said: saidOf(result).map(renderDiagnostic) };
}

test("a filter that is one for all channels moves behind the synapse", () => {
  const { model, said } = commute(network("net", [dcllLayer(spec)]));
  expect(printSpiking(model).split("\n").slice(1, 19).join("\n")).toMatchInlineSnapshot(`
    "layer 'layer1' 2x2x2 -> 1x2x2 -> 1x2x2
      traces moved behind the synapse: layer1.eps0, layer1.eps1
      pre: operand = in
        in = input
      conv2d 1x2x1x1 real -1..2 #6a4712d8 stride 1x1 padding 0,0,0,0
      post: spike = spike, potential = biased
        trace_in = input
        eps0 = state 'layer1.eps0'
        eps1 = state 'layer1.eps1'
        eps0_decay = eps0 * 0.75
        eps0_sum = eps0_decay + trace_in
        eps1_decay = eps1 * 0.875
        eps1_sum = eps1_decay + eps0_sum
        bias = -1
        biased = eps1_sum + bias
        spike = biased > 0
        next 'layer1.eps0' = eps0_sum
        next 'layer1.eps1' = eps1_sum"
  `);
  expect(said).toMatchInlineSnapshot(`
    [
      "note[traces-commuted] net.onnx: 'layer1.conv': the traces of layer 'layer1' stand behind its synapse: layer1.eps0, layer1.eps1",
    ]
  `);
});

test("its quantisers go, and that is said", () => {
  const quantisers = { eps0: quantiser(12, 6), eps1: quantiser(12, 4) };
  const { model, said } = commute(network("net", [dcllLayer({ ...spec, quantisers })]));
  expect(said.join()).toMatch(/note\[traces-commuted\].*; their 2 quantisers go/);
  expect(printSpiking(model)).not.toContain("quantise");
});

/** Nothing changes but that each layer says why. */
function expectKept(model: SpikingModel, before: SpikingModel, reason: string) {
  const commutation = { kind: "kept", reason: expect.stringContaining(reason) };
  expect(model).toEqual({ ...before, layers: before.layers.map((layer) => ({ ...layer, commutation })) });
}

describe("a layer stays as it is", () => {
  test.each([
    [
      "a decay of its own per channel",
      { alpha: [0.875, 0.5] },
      "the factor of 'eps1_decay' is 0.5 on channel 1",
    ],
    ["a gain of its own per channel", { gains: [[1, 2], 1] as const }, "is 2 on channel 1"],
  ])("%s", (_, change, reason) => {
    const model = network("net", [dcllLayer({ ...spec, ...change } as never)]);
    const ended = commute(model);
    expectKept(ended.model, model, reason);
    expect(ended.said.join()).toContain("note[traces-not-commuted] net.onnx");
    expect(ended.said.join()).toContain(reason);
  });

  test.each(["clip", "constant", "compare"] as const)("a %s in the trace", (kind) => {
    const g = graphBuilder();
    const sum = g.add("sum", g.scale("decay", g.state("eps", "layer1.eps"), 0.5), g.input());
    const end =
      kind === "clip"
        ? g.clip("odd", sum, -1, 1)
        : kind === "compare"
          ? g.compare("odd", sum)
          : g.add("odd", sum, g.constant("c", 0.25));
    g.assign("layer1.eps", end);
    const layer: SpikingLayer = { ...dcllLayer(spec), pre: g.build({ operand: end }) };
    const model = network("net", [layer]);
    const ended = commute(model);
    expectKept(ended.model, model, "no linear filter");
    expect(ended.said).toHaveLength(1);
    expect(ended.said[0]).toContain("no linear filter");
  });

  test("nothing is asked for, or nothing to move", () => {
    const model = network("net", [dcllLayer(spec)]);
    expect(commuteTraces.run(model, { commute: false })).toEqual({ output: model, diagnostics: [] });
    const behind = network("net", [dcllLayer({ ...spec, form: "post" })]);
    expect(commuteTraces.run(behind, { commute: true })).toEqual({
      output: behind,
      choices: [],
      diagnostics: [],
    });
  });
});

test("spikes and logits of random networks stay the same in real arithmetic", () => {
  let moved = 0;
  for (let seed = 1; seed <= 30; seed++) {
    const trained = dropQuantisers(randomModel(seed));
    const { model, said } = commute(trained);
    moved += said.filter((text) => text.includes("traces-commuted")).length;
    const stimulus = randomStimulus(seed, trained.input, 1, 12);
    const [want, have] = [trained, model].map((m) => {
      const ticks: { spikes: Uint8Array[]; logits: ArrayLike<number>[] }[] = [];
      runReference(
        m,
        stimulus,
        { burnIn: 0 },
        {
          tick: (t) => void ticks.push({ spikes: t.spikes.map((s) => s.slice()), logits: [...t.logits] }),
        },
      );
      return ticks;
    });
    want?.forEach((tick, t) => {
      expect(have?.[t]?.spikes, `seed ${seed}, tick ${t}`).toEqual(tick.spikes);
      tick.logits.forEach((row, r) => {
        for (let c = 0; c < row.length; c++)
          expect(have?.[t]?.logits[r]?.[c]).toBeCloseTo(row[c] as number, 9);
      });
    });
  }
  expect(moved).toBeGreaterThan(10);
});

test("a pool of the sums is no linear map: traces stay before the synapse", () => {
  const layer = dcllLayer({ ...spec, currentPool: { height: 1, width: 2 } });
  const { model, said } = commute(network("net", [layer]));
  expect(model.layers[0]?.pre).toEqual(layer.pre);
  expect(said.join("\n")).toContain("the largest sum of a window stands behind the synapse");
});
