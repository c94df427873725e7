import { expect, test } from "vitest";
import { shape } from "../../ir/builders.js";
import type { FixedExpr, FixedGraph, FixedLayer } from "../../ir/fixed.js";
import { boundRanges } from "../../passes/bound-ranges.js";
import { lowerToFixed } from "../../passes/lower-to-fixed.js";
import { exprBase, fixedModel, inputExpr, randomReadout } from "../../testing/random-fixed.js";
import { random, randomModel, randomStimulus } from "../../testing/random-model.js";
import { compileWasm, runNetwork } from "./run.js";
import { expectEqual, layerOf } from "./testing/compare.js";

test("equals golden on random spiking networks", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const scales = seed % 2 === 0 ? "power-of-two" : "any";
    const { output, diagnostics } = lowerToFixed.run(randomModel(seed, { scales }), {
      coefficientBits: 17,
    });
    expect(diagnostics).toEqual([]);
    const model = boundRanges.run(output, undefined).output;
    expect(expectEqual(model, randomStimulus(seed, model.input, 2, 6)), model.name).toBe(true);
  }
});

test("many classes, in 32 and in 64 bits", () => {
  for (const [seed, classes] of [48, 49, 130, 24].entries()) {
    const r = random(seed);
    const layer = layerOf("l", {
      input: shape(2, 3, 3),
      channels: 10,
      kernel: [2, 2],
      weight: () => r.int(-9, 9),
    });
    const { layers } = fixedModel("m", [layer]);
    const model = fixedModel(`${classes} classes`, layers, [
      randomReadout(r, layers[0] as FixedLayer, classes),
      {
        ...randomReadout(r, layers[0] as FixedLayer, classes),
        name: "wide",
        bias: new Array(classes).fill(2n ** 40n),
      },
    ]);
    expect(expectEqual(model, randomStimulus(seed, model.input, 1, 4))).toBe(true);
  }
});

test("no spike comes out of padding", () => {
  // Neurons that spike at 0, three of eight channels; then inputs that are inverted, nine of sixteen places.
  const post: FixedLayer["post"] = {
    exprs: [inputExpr, { ...exprBase, kind: "compare", id: "spike", a: "in", orEqual: true }],
    states: [],
    outputs: { spike: "spike", potential: "in" },
  };
  const inverted: FixedGraph<"operand"> = {
    exprs: [
      inputExpr,
      { ...exprBase, kind: "constant", id: "one", value: [1n] },
      { ...exprBase, kind: "sub", id: "not", a: "one", b: "in" },
    ],
    states: [],
    outputs: { operand: "not" },
  };
  const weight = (i: number) => (i % 2 === 0 ? 3 : -2);
  const from = shape(1, 3, 3);
  const spec = { kernel: [2, 2], weight, post } as const;
  const first = layerOf("a", { ...spec, input: from, channels: 3, pre: inverted });
  const second = layerOf("b", { ...spec, input: first.sent, channels: 2 });
  const third = layerOf("c", { input: second.sent, channels: 1, weight, pre: inverted });
  const model = fixedModel("padding", [first, second, third]);
  expect(expectEqual(model, randomStimulus(4, from, 1, 5))).toBe(true);
  const counts: number[][] = [];
  const spikes: number[][] = [];
  const network = compileWasm(model);
  if (!network.ok) throw new Error("refused");
  runNetwork(
    network.value,
    randomStimulus(4, from, 1, 5),
    { burnIn: 0 },
    { tick: (t) => void spikes.push(t.spikes.map((row) => row.reduce((n, s) => n + s, 0))) },
    ({ spikeCounts }) => void counts.push([...spikeCounts()]),
  );
  expect(counts).toEqual(spikes);
});

test("wasm-too-wide: refuses what 64-bit lanes don't hold, and says which value", () => {
  const exprs: FixedExpr[] = [
    inputExpr,
    { ...exprBase, kind: "shl", id: "x", a: "in", bits: [63] },
    { ...exprBase, kind: "compare", id: "s", a: "x", orEqual: false },
  ];
  const post = { exprs, states: [], outputs: { spike: "s", potential: "x" } };
  const layer = layerOf("l", { input: shape(1), channels: 1, weight: () => 1, post });
  const refused = compileWasm(fixedModel("m", [layer]));
  expect(refused.diagnostics).toMatchObject([
    { code: "wasm-too-wide", text: "l.post.x takes 64 bits; the wasm simulator computes in 64" },
  ]);
});
