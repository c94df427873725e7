import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import {
  conv,
  type DcllSpec,
  dcllLayer,
  graphBuilder,
  integratorLayer,
  layerOf,
  lifLayer,
  network,
  quantisedWeights,
  quantiser,
  readout,
  realWeights,
  shape,
} from "../ir/builders.js";
import { printFixed } from "../ir/fixed-printer.js";
import { passThrough, type Recurrence, type SpikingLayer, sizeOf } from "../ir/spiking.js";
import { printSpiking } from "../ir/spiking-printer.js";
import { runReference } from "../simulators/reference.js";
import { dropQuantisers, type Random, random, randomModel, randomStimulus } from "../testing/random-model.js";
import { boundRanges } from "./bound-ranges.js";
import { checkShapes } from "./check-shapes.js";
import { chooseFormats } from "./choose-formats.js";
import { foldGains } from "./fold-gains.js";
import { lowerToFixed } from "./lower-to-fixed.js";
import { saidOf } from "./pass.js";

const origin = [{ file: "net.pkl", name: "layer1.i2h" }];
const dcll = (spec: Partial<DcllSpec> = {}): SpikingLayer =>
  dcllLayer({
    name: "layer1",
    input: shape(1, 2, 2),
    synapse: conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2]) }),
    form: "pre",
    alpha: 0.92,
    alphas: 0.85,
    gains: [6, 12],
    bias: -1,
    origin,
    ...spec,
  });
const fold = (layer: SpikingLayer) => {
  const model = network("net", [layer]);
  const before = structuredClone(model);
  const result = foldGains.run(model, undefined);
  const { output } = result;
  expect(model).toEqual(before);
  expect(checkShapes.run(output, undefined).diagnostics).toEqual([]);
  return { layer: output.layers[0]!, said: saidOf(result).map(renderDiagnostic), text: printSpiking(output) };
};
const valuesOf = (layer: SpikingLayer) =>
  layer.synapse.weights.kind === "real" ? [...layer.synapse.weights.values] : [];

test("traces before the synapse: spikes enter as they are, the weights take the gain", () => {
  const { text, said } = fold(dcll());
  expect(text.split("\n").slice(1, 13).join("\n")).toMatchInlineSnapshot(`
    "layer 'layer1' 1x2x2 -> 1x2x2 -> 1x2x2
      pre: operand = eps1_sum
        in = input
        eps0 = state 'layer1.eps0'
        eps1 = state 'layer1.eps1'
        eps0_decay = eps0 * 0.85
        eps0_sum = eps0_decay + in
        eps1_decay = eps1 * 0.92
        eps1_sum = eps1_decay + eps0_sum
        next 'layer1.eps0' = eps0_sum
        next 'layer1.eps1' = eps1_sum
      conv2d 1x1x1x1 real 144..144 #e8d3e8d7 stride 1x1 padding 0,0,0,0"
  `);
  expect(said).toEqual([
    "note[gains-folded] net.pkl: 'layer1.i2h': the weights of layer 'layer1' take its gain, 72; states are stored divided by theirs: layer1.eps0 / 6, layer1.eps1 / 72",
  ]);
});

test("a step of a trace costs one multiplication, its decay's", () => {
  const { output } = foldGains.run(network("net", [dcll()]), undefined);
  const bits = { weightBits: 8, stateBits: 24, coefficientBits: 17 };
  const chosen = chooseFormats.run(output, bits).output;
  const fixed = boundRanges.run(lowerToFixed.run(chosen, { coefficientBits: 17 }).output, undefined).output;
  const [pre] = printFixed(fixed).split("conv2d");
  expect(pre?.match(/ \* \d+/g)).toEqual([" * 111411", " * 120586"]);
});

test("a gain per input channel goes to the weights of that channel", () => {
  const synapse = conv({ outChannels: 2, kernel: [1, 2], weights: realWeights([1, 2, 3, 4, 5, 6, 7, 8]) });
  const layer = dcll({ input: shape(2, 1, 2), synapse, gains: [[2, 1], 10] });
  expect(valuesOf(fold(layer).layer)).toEqual([20, 40, 30, 40, 100, 120, 70, 80]);
});

test("traces behind the synapse: the weights of each output channel", () => {
  const synapse = conv({ outChannels: 2, kernel: [1, 1], weights: realWeights([1, 2]) });
  const { layer, said } = fold(dcll({ form: "post", synapse, gains: [[2, 4], 10], bias: [3, 4] }));
  expect(valuesOf(layer)).toEqual([20, 80]);
  expect(layer.post.exprs.filter((e) => e.kind === "scale").map((e) => e.id)).toEqual([
    "eps0_decay",
    "eps1_decay",
  ]);
  expect(layer.post.exprs.find((e) => e.kind === "constant")).toMatchObject({ value: [3, 4] });
  expect(said.join()).toContain(
    "its gain, 20 to 40; states are stored divided by theirs: layer1.eps0 / 0.1,",
  );
});

test("an integrator's gain; DECOLLE's, whose eps1 reads the old eps0", () => {
  const synapse = conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2]) });
  const { post } = integratorLayer({ name: "l", input: shape(1), synapse, decay: 0.75 });
  const gain = { kind: "scale", id: "gain", origin, a: "in", by: [0.25] } as const;
  const exprs = post.exprs.map((e) => (e.id === "biased" ? { ...e, a: "gain" } : e));
  const withGain = { ...post, exprs: [exprs[0]!, gain, ...exprs.slice(1)] } as typeof post;
  const integrator = {
    ...integratorLayer({ name: "l", input: shape(1), synapse, decay: 0.75 }),
    post: withGain,
  };
  expect(valuesOf(fold(integrator).layer)).toEqual([0.5]);
  expect(fold(integrator).layer.post).toEqual(post);
  const decolle = fold(dcll({ delayed: true })).layer;
  expect(valuesOf(decolle)).toEqual([144]);
  expect(decolle.pre.exprs.some((e) => e.id.endsWith("_gain"))).toBe(false);
});

test("a resonator: states that drive each other have one gain", () => {
  const g = graphBuilder(origin);
  const [v, w] = [g.state("v", "l.v"), g.state("w", "l.w")];
  const turned = g.sub("turned", g.scale("av", v, 0.75), g.scale("bw", w, 0.5));
  const next = g.add("next", turned, g.scale("gain", g.input(), 5));
  g.assign("l.v", next);
  g.assign("l.w", g.add("w_next", g.scale("bv", v, 0.5), g.scale("aw", w, 0.75)));
  const { layer, said } = fold({ ...dcll(), pre: g.build({ operand: next }) });
  expect(said.join()).toContain("l.v / 5, l.w / 5");
  expect(layer.pre.exprs.map((e) => e.id)).toEqual([
    "v",
    "w",
    "av",
    "bw",
    "turned",
    "in",
    "next",
    "bv",
    "aw",
    "w_next",
  ]);
});

test("two inputs of different gains: the first gives the gain, the second keeps a factor; constants are divided", () => {
  const g = graphBuilder(origin);
  const x = g.state("x", "l.x");
  const decayed = g.scale("decayed", x, 0.5);
  const input = g.input();
  const driven = g.add("driven", decayed, g.scale("a", input, 3));
  const leaky = g.add("leaky", driven, g.scale("b", g.scale("y_gain", g.state("y", "l.y"), 2), 6));
  const next = g.add("next", leaky, g.constant("bias", 12));
  g.assign("l.x", next);
  g.assign("l.y", input);
  const layer = { ...dcll(), pre: g.build({ operand: next }) };
  const { text, layer: folded } = fold(layer);
  expect(text.split("\n").slice(3, 14).join("\n")).toMatchInlineSnapshot(`
    "    x = state 'l.x'
        decayed = x * 0.5
        in = input
        driven = decayed + in
        y = state 'l.y'
        b_rescaled = y * 4
        leaky = driven + b_rescaled
        bias = 12
        bias_rescaled = 4
        next = leaky + bias_rescaled
        next 'l.x' = next"
  `);
  expect(valuesOf(folded)).toEqual([6]);
});

describe("what is left as it is", () => {
  const quantised = (scale: number, count = 1) =>
    conv({
      outChannels: 1,
      kernel: [1, 1],
      weights: quantisedWeights(new Array<number>(count).fill(1), scale),
    });
  const clipped = (): Recurrence<"operand"> => {
    const { pre } = dcll();
    const clip = { kind: "clip", id: "cut", origin, a: "eps1_sum", low: 0, high: 9 } as const;
    return { ...pre, exprs: [...pre.exprs, clip], outputs: { operand: "cut" } };
  };
  const twoGains = (): SpikingLayer => {
    const g = graphBuilder(origin);
    const [a, b] = [g.scale("a", g.input(), 2), g.scale("b", "in", 3)];
    const spike = g.compare("spike", a);
    return layerOf(dcll(), passThrough(origin), g.build({ spike, potential: b }));
  };
  test.each<[string, SpikingLayer]>([
    ["states with formats of their own", dcll({ quantisers: { eps0: quantiser(24, 16) } })],
    ["a clip before the synapse", { ...dcll(), pre: clipped() }],
    [
      "quantised weights, gains per input channel",
      dcll({ input: shape(2), gains: [[2, 4], 4], synapse: quantised(2, 2) }),
    ],
    ["no gains", dcll({ gains: [1, 1] })],
    ["a negative gain", dcll({ gains: [-1, 1] })],
    ["binary scales and another gain", dcll({ synapse: quantised(2 ** -7) })],
    ["two gains that leave", twoGains()],
    ["resets", lifLayer({ ...dcll(), decay: 0.5, reset: "subtract", threshold: 0.75 })],
  ])("%s", (_, layer) => {
    const { layer: same, said } = fold(layer);
    expect(same).toEqual(layer);
    expect(said).toEqual([]);
  });

  test("but quantised weights take a binary gain, and where their scales are no powers of two any", () => {
    const scaleOf = (layer: SpikingLayer) => fold(layer).layer.synapse.weights;
    expect(scaleOf(dcll({ gains: [2, 4], synapse: quantised(2 ** -7) }))).toMatchObject({ scale: [2 ** -4] });
    expect(scaleOf(dcll({ synapse: quantised(0.3) }))).toMatchObject({ scale: [0.3 * 72] });
    const post = dcll({ form: "post", gains: [2, 4], synapse: quantised(2 ** -7) });
    expect(scaleOf(post)).toMatchObject({ scale: [2 ** -4] });
  });
});

/** A layer of a random network as a float checkpoint, its gains any numbers, and all its potentials as logits. */
function randomLayer(seed: number) {
  const r = random(seed);
  const layers = dropQuantisers(randomModel(seed)).layers;
  const layer = r.pick(layers);
  const graph = <O extends string>(g: Recurrence<O>, channels: number): Recurrence<O> => ({
    ...g,
    exprs: g.exprs.map((e) =>
      e.kind === "scale" && e.id.endsWith("_gain") ? { ...e, by: gains(r, channels) } : e,
    ),
  });
  const pre = graph(layer.pre, layer.input.channels);
  const post = graph(layer.post, layer.output.channels);
  const unpooled = { ...layer, pre, post, pool: undefined, sent: layer.output };
  const classes = sizeOf(layer.output);
  const weights = new Float64Array(classes ** 2);
  for (let i = 0; i < classes; i++) weights[i * (classes + 1)] = 1;
  const activation = { kind: "identity", quantiser: undefined } as const;
  const bias = new Array<number>(classes).fill(0);
  const potentials = readout({ layer: unpooled, classes, weights: realWeights(weights), bias, activation });
  return { ...network("net", [unpooled], [potentials]), input: layer.input };
}

const gains = (r: Random, channels: number): readonly number[] =>
  Array.from({ length: r.chance(0.5) ? 1 : channels }, () => 0.1 + 20 * r.real());

test("every potential of random networks stays, to 1e-9 of the largest", () => {
  let folded = 0;
  for (let seed = 0; seed < 150; seed++) {
    const model = randomLayer(seed);
    const { output, choices = [] } = foldGains.run(model, undefined);
    folded += choices.length;
    if (choices.length === 0) continue;
    const stimulus = randomStimulus(seed, model.input, 1, 10);
    const potentials = [model, output].map((m) => {
      const ticks: number[] = [];
      runReference(m, stimulus, { burnIn: 0 }, { tick: (t) => ticks.push(...Array.from(t.logits[0]!)) });
      return ticks;
    });
    const [before, after] = potentials as [number[], number[]];
    const largest = Math.max(...before.map(Math.abs));
    const error = Math.max(...before.map((u, i) => Math.abs(u - after[i]!)));
    expect(error, `seed ${seed}`).toBeLessThanOrEqual(1e-9 * largest);
  }
  expect(folded).toBeGreaterThan(15);
});

test("a pool of the sums takes positive gains, which are all that weights take", () => {
  const gained = (gain: number): SpikingLayer => {
    const g = graphBuilder(origin);
    const sum = g.scale("gain", g.input(), gain);
    const u = g.add("u_next", g.scale("leak", g.state("u", "layer1.u"), 0.5), sum);
    g.assign("layer1.u", u);
    const post = g.build({ spike: g.compare("spike", u), potential: u });
    const synapse = conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2]) });
    const currentPool = { height: 2, width: 2 };
    const spec = { name: "layer1", input: shape(1, 4, 4), synapse, currentPool, origin };
    return layerOf(spec, passThrough(origin), post);
  };
  expect(valuesOf(fold(gained(3)).layer)).toEqual([6]);
  expect(fold(gained(-3)).layer).toEqual(gained(-3));
});
