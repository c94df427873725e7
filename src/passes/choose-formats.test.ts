import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { importOnnx } from "../frontends/onnx/import.js";
import {
  conv,
  type DcllSpec,
  dcllLayer,
  type LifSpec,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  realWeights,
  shape,
} from "../ir/builders.js";
import { rangeOfId } from "../ir/fixed.js";
import { exprOf, type Recurrence, type SpikingLayer, type SpikingModel } from "../ir/spiking.js";
import { printSpiking } from "../ir/spiking-printer.js";
import { runGolden } from "../simulators/golden.js";
import { runReference } from "../simulators/reference.js";
import { linearOf } from "../testing/linear.js";
import { dropQuantisers, randomModel, randomStimulus } from "../testing/random-model.js";
import { boundRanges } from "./bound-ranges.js";
import { checkFixed } from "./check-fixed.js";
import { checkShapes } from "./check-shapes.js";
import { chooseFormats, type FormatOptions } from "./choose-formats.js";
import { type Calibration, noCalibration } from "./formats/calibration.js";
import { quantiseWeights } from "./formats/quantise-weights.js";
import { lowerToFixed } from "./lower-to-fixed.js";
import { saidOf } from "./pass.js";

const options: FormatOptions = { weightBits: 8, stateBits: 24, coefficientBits: 17 };
const origin = [{ file: "net.onnx", node: 7, name: "layer1/Conv" }];

/** One layer of one input and one output; weights 2. */
const dcll = (spec: Partial<DcllSpec> = {}): SpikingLayer =>
  dcllLayer({
    name: "layer1",
    input: shape(1, 2, 2),
    synapse: { ...conv({ outChannels: 1, kernel: [1, 1], weights: realWeights([2]) }), origin },
    form: "pre",
    alpha: 0.875,
    alphas: 0.75,
    origin,
    ...spec,
  });
const lif = (spec: Partial<LifSpec> = {}): SpikingLayer => {
  const synapse = conv({ outChannels: 1, kernel: [1, 1], weights: quantisedWeights([64], 2 ** -6) });
  const base = { name: "layer1", input: shape(1, 2, 2), synapse, origin };
  return lifLayer({ ...base, decay: 0.75, threshold: 1, reset: "subtract", ...spec });
};
const choose = (layer: SpikingLayer, more: Partial<FormatOptions> = {}) =>
  chooseFormats.run(network("net", [layer]), { ...options, ...more });
const said = (result: ReturnType<typeof choose>) => saidOf(result).map(renderDiagnostic);
const codes = (result: ReturnType<typeof choose>) => saidOf(result).map((d) => d.code);
const loc = { file: "c.json", line: 3, column: 5 };
const calibration = (state: string, min: number, max: number): Calibration => ({
  ...noCalibration,
  states: new Map([[state, { min, max, loc }]]),
});
const clipped = (layer: string, ...quantiles: number[]): Calibration => ({
  ...noCalibration,
  clips: new Map([[layer, { quantiles, loc }]]),
});

/** The integers of a model, checked. */
function lowered(model: SpikingModel) {
  expect(checkShapes.run(model, undefined).diagnostics).toEqual([]);
  const { output, diagnostics } = lowerToFixed.run(model, { coefficientBits: 17 });
  expect(diagnostics.map(renderDiagnostic)).toEqual([]);
  return checkFixed.run(boundRanges.run(output, undefined).output, undefined).output;
}

test("a state's next value gets a quantiser, and what followed it follows the stored value", () => {
  const model = network("net", [dcll()]);
  const before = structuredClone(model);
  const { output } = chooseFormats.run(model, options);
  expect(model).toEqual(before);
  const [pre] = printSpiking(output).split("  post:");
  expect(pre).toMatchInlineSnapshot(`
    "spiking 'net' float64 input 1x2x2
    layer 'layer1' 1x2x2 -> 1x2x2 -> 1x2x2
      pre: operand = eps1_sum_q
        in = input
        eps0 = state 'layer1.eps0'
        eps1 = state 'layer1.eps1'
        eps0_decay = eps0 * 0.75
        eps0_sum = eps0_decay + in
        eps0_sum_q = quantise eps0_sum to s24 half_to_pos_inf scale 2^-20
        eps1_decay = eps1 * 0.875
        eps1_sum = eps1_decay + eps0_sum_q
        eps1_sum_q = quantise eps1_sum to s24 half_to_pos_inf scale 2^-17
        next 'layer1.eps0' = eps0_sum_q
        next 'layer1.eps1' = eps1_sum_q
      conv2d 1x1x1x1 s8 narrow 127..127 #8606cb12 scale 0.015748031496062992 stride 1x1 padding 0,0,0,0
    "
  `);
});

describe("formats that are there are left alone", () => {
  test("random quantised models", () => {
    for (let seed = 0; seed < 8; seed++) {
      const model = randomModel(seed);
      expect(chooseFormats.run(model, options)).toEqual({ output: model, choices: [], diagnostics: [] });
    }
  });

  test.each([
    "formats/dcll_step_8b.qcdq.onnx",
    "formats/dcll_step_6b.qcdq.onnx",
    "radioml/small/pre.qonnx.onnx",
    "radioml/stress/floor/post.qonnx.onnx",
  ])("%s", (path) => {
    const model = importOnnx(readFileSync(`../shared/data/${path}`), path);
    if (!model.ok) throw new Error(model.diagnostics.map(renderDiagnostic).join("\n"));
    const left = { output: model.value, choices: [], diagnostics: [] };
    expect(chooseFormats.run(model.value, options)).toEqual(left);
  });

  test("a select between 0 and a quantised value is on its grid", () => {
    const layer = lif({ reset: "none", quantisers: { u: quantiser(12, 6, "floor") } });
    const zero = { kind: "constant", id: "zero", origin, value: [0] } as const;
    const cut = { kind: "select", id: "cut", origin, condition: "spike", a: "zero", b: "u_next" } as const;
    const exprs = [...layer.post.exprs, zero, cut];
    const post = { ...layer.post, exprs, states: [{ name: "layer1.u", next: "cut" }] };
    const result = choose({ ...layer, post });
    const { output } = result;
    expect(said(result)).toEqual([]);
    const [chosen] = output.layers;
    expect(exprOf(chosen!.post, chosen!.post.states[0]!.next)).toMatchObject({
      kind: "quantise",
      a: "cut",
      quantiser: quantiser(12, 6, "floor"),
    });
  });
});

describe("states", () => {
  test("calibrated: the most fraction bits that hold the range and a quarter more", () => {
    const slow = lif({ decay: 15 / 16 });
    const result = choose(slow, { calibration: calibration("layer1.u", -3, 6.5) });
    expect(said(result)).toEqual([
      "note[state-format-calibrated] net.onnx: node 7 'layer1/Conv': state 'layer1.u' gets 24 bits in units of 2^-19 for -3.75000 to 8.12500: calibrated range -3.00000 to 6.50000",
    ]);
    const { post } = result.output.layers[0]!;
    expect(exprOf(post, post.states[0]!.next)).toMatchObject({
      quantiser: { scale: [2 ** -19], bits: 24, signed: true, narrow: false, rounding: "half_to_pos_inf" },
    });
    // 6.3 · 1.25 < 8 · (1 − 2^-23), but 6.4 · 1.25 is not.
    const unit = (max: number) => said(choose(slow, { calibration: calibration("layer1.u", 0, max) })).join();
    expect(unit(6.3)).toContain("2^-20");
    expect(unit(6.4)).toContain("2^-19");
  });

  test("the margin ends where the worst-case bound is", () => {
    // 0.75·u + 1 stays below 4.
    const result = choose(lif({ reset: "none" }), { calibration: calibration("layer1.u", 0, 3.9) });
    expect(said(result)).toEqual([
      expect.stringContaining(
        "in units of 2^-20 for 0.00000 to 4.00000: calibrated range 0.00000 to 3.90000",
      ),
    ]);
  });

  test("worst-case: what the weights allow", () => {
    expect(said(choose(dcll({ quantisers: { eps1: quantiser(24, 16) } }))).slice(1)).toEqual([
      "note[state-format-worst-case] net.onnx: node 7 'layer1/Conv': state 'layer1.eps0' gets 24 bits in units of 2^-20: worst-case range 0.00000 to 4.00000\n  hint: give --calibration: ranges of real data leave more fraction bits",
    ]);
    // A range of zeros is no calibration.
    const zeros = choose(lif(), { calibration: calibration("layer1.u", 0, 0) });
    expect(codes(zeros)).toEqual(["state-format-worst-case"]);
  });

  test("state-unbounded: an integrator without leak needs calibration", () => {
    expect(said(choose(lif({ decay: 1 })))).toEqual([
      "error[state-unbounded] net.onnx: node 7 'layer1/Conv': state 'layer1.u' grows without bound for the worst input, so that no format holds it\n  hint: give --calibration with the range of this state on real data; it then saturates beyond that",
    ]);
    const result = choose(lif({ decay: 1 }), { calibration: calibration("layer1.u", -1, 1) });
    expect(codes(result)).toEqual(["state-format-calibrated"]);
    const traces = choose(dcll({ alpha: 1.125, refractory: { decay: 0.5, weight: 1 } }));
    expect(codes(traces)).toEqual(["weights-quantised", "state-unbounded"]);
  });

  test("behind a synapse with any scales, units are those of its sums: no rescaling", () => {
    const weights = realWeights([0.3, -0.7, 0.11]);
    const synapse = conv({ outChannels: 3, kernel: [1, 1], weights });
    const refractory = { decay: 0.75, weight: 1 };
    const { output } = choose(dcll({ form: "post", synapse, refractory }));
    const { deviations, layers } = lowered(output);
    const scales = layers[0]!.post.states.map((s) =>
      s.scale.map((x, c) => Math.log2(x / ([0.3, 0.7, 0.11][c]! / 127))),
    );
    for (const x of scales.flat()) expect(x).toBeCloseTo(Math.round(x), 9);
    expect(deviations.map((d) => d.text)).toEqual([
      "a constant that spikes are multiplied by is rounded to the unit of the sum that it enters",
    ]);
  });

  test("a clip has one unit for all channels", () => {
    const synapse = conv({ outChannels: 2, kernel: [1, 1], weights: realWeights([0.3, 0.7]) });
    const layer = lif({ reset: "none", synapse });
    const clip = { kind: "clip", id: "cut", origin, a: "u_now", low: -2, high: 2 } as const;
    const post = {
      ...layer.post,
      exprs: [...layer.post.exprs, clip],
      states: [{ name: "layer1.u", next: "cut" }],
    };
    const { output } = choose({ ...layer, post });
    const [chosen] = output.layers;
    expect(exprOf(chosen!.post, "cut_q")).toMatchObject({ quantiser: { scale: [2 ** -21] } });
  });

  test("few bits and a slow decay: rounding alone would fill any format; the real bound's is taken", () => {
    const result = choose(lif({ decay: 127 / 128 }), { stateBits: 4 });
    expect(said(result)[0]).toContain("gets 4 bits in units of 2^5: worst-case range -128.");
  });
});

test("channels share a shift, unless one would lose more than two bits", () => {
  const scales = (...weights: number[]) => {
    const synapse = conv({ outChannels: weights.length, kernel: [1, 1], weights: realWeights(weights) });
    const { post } = choose(lif({ synapse, reset: "none" })).output.layers[0]!;
    const next = exprOf(post, post.states[0]!.next);
    return next.kind === "quantise"
      ? next.quantiser.scale.map((s, c) => Math.log2((s * 127) / weights[c]!))
      : [];
  };
  expect(scales(1, 0.3)).toEqual([-14, -14]);
  const bias = [0, 4];
  const spread = (b: number[]) => {
    const synapse = conv({ outChannels: 2, kernel: [1, 1], weights: realWeights([0.25, 0.25]) });
    const { post } = choose(lif({ synapse, bias: b, reset: "none" })).output.layers[0]!;
    const next = exprOf(post, post.states[0]!.next);
    return next.kind === "quantise" ? next.quantiser.scale.length : 0;
  };
  expect([spread([0, 0.5]), spread(bias)]).toEqual([1, 2]);
});

/** Decays that are no binary fractions: the lowering rounds them. */
const rounded = (layer: SpikingLayer): SpikingLayer => {
  const graph = <O extends string>(g: Recurrence<O>): Recurrence<O> => ({
    ...g,
    exprs: g.exprs.map((e) => (e.kind === "scale" ? { ...e, by: e.by.map((k) => k * 0.999) } : e)),
  });
  return { ...layer, pre: graph(layer.pre), post: graph(layer.post) };
};

test.each([
  ["exact", (layer: SpikingLayer) => layer],
  ["rounded", rounded],
])("worst-case formats provably never saturate: %s decays", (_, change) => {
  let proved = 0;
  for (let seed = 0; seed < 8; seed++) {
    const float = dropQuantisers(randomModel(seed));
    const { output } = chooseFormats.run({ ...float, layers: float.layers.map(change) }, options);
    // Integer bounds hold all channels at once, and so are wider than those of each.
    for (const { pre, post, output: neurons } of lowered({ ...output, readouts: [] }).layers)
      for (const graph of neurons.channels === 1 ? [pre, post] : [pre])
        for (const e of graph.exprs) {
          if (e.kind !== "sat") continue;
          const { low, high } = rangeOfId(graph, e.a);
          expect(low >= e.low && high <= e.high, `seed ${seed}: ${e.id}`).toBe(true);
          proved += 1;
        }
  }
  expect(proved).toBeGreaterThan(10);
});

describe("weights and activations", () => {
  test("weights-quantised, weights-coarse: a scale per channel, the 0.99 quantile clipped", () => {
    const tail = [...Array.from({ length: 199 }, (_, i) => (i + 1) / 1000), 50];
    const synapse = { ...linear(shape(200), 2, realWeights([...tail, ...tail.map(() => 0)])), origin };
    const result = choose(lif({ input: shape(200), synapse, quantisers: { u: quantiser(24, 12) } }));
    expect(said(result)).toEqual([
      "warning[weights-coarse] net.onnx: node 7 'layer1/Conv': weights of layer 'layer1' are rounded to 8 bits, one scale per output channel for the 0.99 quantile: 2 clipped, 100 % error (root mean square), more than 10 %\n  hint: spikec calibrate chooses where weights are clipped; --weight-bits gives them more bits",
    ]);
    const { weights } = result.output.layers[0]!.synapse;
    expect(weights).toMatchObject({
      kind: "quantised",
      bits: 8,
      narrow: true,
      scale: [0.198 / 127, 0.198 / 127],
    });
    expect([...(weights.kind === "quantised" ? weights.raw : [])].slice(196, 201)).toEqual([
      126, 127, 127, 127, 0,
    ]);
  });

  test("calibrated clips: one for all output channels, or one each", () => {
    const row = [1, 2, 3, 4].map((w) => w / 4);
    const synapse = linear(shape(4), 2, realWeights([...row, ...row]));
    const scales = (...quantiles: number[]) => {
      const layer = lif({ input: shape(4), synapse, quantisers: { u: quantiser(24, 12) } });
      const { weights } = choose(layer, { calibration: clipped("layer1", ...quantiles) }).output.layers[0]!
        .synapse;
      return weights.kind === "quantised" ? weights.scale.map((s) => s * 127) : [];
    };
    expect(scales(0.75)).toEqual([0.75, 0.75]);
    expect(scales(1, 0.5)).toEqual([1, 0.5]);
  });

  test("ties round to even; a row whose quantile is 0 keeps its largest", () => {
    const raw = (values: number[], rows = 1) => {
      const { weights } = quantiseWeights(Float64Array.from(values), rows, 3, [0.99]);
      return weights.kind === "quantised" ? [...weights.raw] : [];
    };
    expect(raw([3, 0.5, 1.5, -0.5, -2.5])).toEqual([3, 0, 2, 0, -2]);
    expect(raw([...Array.from({ length: 149 }, () => 0), -6]).at(-1)).toBe(-3);
  });

  test("activation-format: sigmoids in 1/256, relus as their bound needs, identities not at all", () => {
    const layer = lif({ quantisers: { u: quantiser(24, 12) } });
    const run = (kind: "sigmoid" | "relu" | "identity") => {
      const weights = realWeights([1, -0.5, 0.25, 5]);
      const r = readout({
        layer,
        classes: 1,
        weights,
        bias: [0],
        activation: { kind, quantiser: undefined },
      });
      return chooseFormats.run(network("net", [layer], [r]), options);
    };
    expect(said(run("sigmoid"))).toEqual([
      "note[weights-quantised] net.onnx: node 7 'layer1/Conv': weights of readout 'logits' are rounded to 8 bits, one scale: 0 clipped, 0.47 % error (root mean square)",
      "note[activation-format] net.onnx: node 7 'layer1/Conv': activation 'sigmoid' of readout 'logits' is rounded to unsigned 8 bits in units of 2^-8",
    ]);
    expect(linearOf(run("sigmoid").output.readouts[0]).weights).toMatchObject({ scale: [5 / 127] });
    expect(linearOf(run("relu").output.readouts[0]).activation.quantiser).toMatchObject({
      scale: [2 ** -5],
      bits: 8,
    });
    expect(linearOf(run("identity").output.readouts[0]).activation.quantiser).toBeUndefined();
  });
});

test("the integers follow the float checkpoint: under 2 % of spikes differ on each net, under 0.3 % on all", () => {
  let [all, differ] = [0, 0];
  for (let seed = 0; seed < 8; seed++) {
    const float = dropQuantisers(randomModel(seed));
    const fixed = lowered({ ...chooseFormats.run(float, options).output, readouts: [] });
    const stimulus = randomStimulus(seed, float.input, 2, 12);
    const real: Uint8Array[] = [];
    runReference(
      float,
      stimulus,
      { burnIn: 0 },
      { tick: (t) => real.push(...t.spikes.map((s) => s.slice())) },
    );
    const integer: Uint8Array[] = [];
    runGolden(fixed, stimulus, { burnIn: 0 }, { tick: (t) => integer.push(...t.spikes) });
    const [a, b] = [real, integer].map((runs) => runs.flatMap((s) => [...s])) as [number[], number[]];
    const different = a.filter((s, i) => s !== b[i]).length;
    expect(different / a.length, `seed ${seed}`).toBeLessThan(0.02);
    all += a.length;
    differ += different;
  }
  expect(differ / all).toBeLessThan(0.003);
});
