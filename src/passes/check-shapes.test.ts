import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { expectModel, lif } from "../frontends/onnx/testing/model.js";
import type { LinearReadout, SpikingExpr, SpikingLayer, SpikingModel } from "../ir/spiking.js";
import { linearOf } from "../testing/linear.js";
import { checkShapes } from "./check-shapes.js";

const model = (): SpikingModel => expectModel(lif());
const origin = { file: "test.onnx", node: 1, name: "conv", operator: "Conv" };

/** `code: text` of every diagnostic. */
const texts = (m: SpikingModel): readonly string[] =>
  checkShapes.run(m, undefined).diagnostics.map((d) => `${d.code}: ${d.text}`);

const withLayer = (change: (layer: SpikingLayer) => Partial<SpikingLayer>): SpikingModel => {
  const m = model();
  return { ...m, layers: m.layers.map((l) => ({ ...l, ...change(l) })) };
};
const withExpr = (id: string, change: object): SpikingModel =>
  withLayer((l) => ({
    post: {
      ...l.post,
      exprs: l.post.exprs.map((e) => (e.id === id ? ({ ...e, ...change } as SpikingExpr) : e)),
    },
  }));
const withReadout = (change: (r: LinearReadout) => Partial<LinearReadout>): SpikingModel => {
  const m = model();
  return { ...m, readouts: m.readouts.map(linearOf).map((r) => ({ ...r, ...change(r) })) };
};

test("a sound model passes unchanged", () => {
  const m = model();
  const copy = structuredClone(m);
  expect(checkShapes.run(m, undefined)).toEqual({ output: m, diagnostics: [] });
  expect(m).toEqual(copy);
});

describe("shapes", () => {
  const cases: readonly (readonly [string, SpikingModel])[] = [
    [
      "layer 'layer1': the input is 1x4x4, needs 1x5x4",
      { ...model(), input: { channels: 1, height: 5, width: 4 } },
    ],
    [
      "layer 'layer1': the output is 2x4x4, needs 2x2x2",
      withLayer((l) => ({ synapse: { ...l.synapse, padding: [0, 0, 0, 0] } })),
    ],
    ["layer 'layer1': the pooled output is 2x2x2, needs 2x4x4", withLayer(() => ({ pool: undefined }))],
    [
      "layer 'layer1' synapse: the weights' count is 17, needs 18",
      withLayer((l) => ({
        synapse: { ...l.synapse, weights: { kind: "real", values: new Float64Array(17) } },
      })),
    ],
    [
      "layer 'layer1' post: the length of the factor of 'leak' is 3, needs 2",
      withExpr("leak", { by: [1, 2, 3] }),
    ],
    ["readout 'logits': the length of the bias is 2, needs 3", withReadout(() => ({ bias: [1, 2] }))],
    ["readout 'logits': the weights' count is 24, needs 96", withReadout(() => ({ pool: undefined }))],
  ];
  test.each(cases)("%s", (text, m) => {
    expect(texts(m)).toEqual([`model-shape: ${text}`]);
  });

  test("the place is the layer's own", () => {
    const [d] = checkShapes.run(
      { ...model(), input: { channels: 1, height: 5, width: 4 } },
      undefined,
    ).diagnostics;
    expect(d).toMatchObject({ code: "model-shape", loc: origin, severity: "error" });
  });
});

describe("operands", () => {
  test("model-operand", () => {
    expect(checkShapes.run(withExpr("leak", { a: "later" }), undefined).diagnostics).toMatchObject([
      {
        code: "model-operand",
        text: "layer 'layer1' post: 'leak' reads 'later', which no expression before it defines",
        loc: { node: 2, name: "leak", operator: "Mul" },
      },
    ]);
    expect(texts(withExpr("sum", { id: "leak" }))).toContain(
      "model-operand: layer 'layer1' post: 'leak' reads 'leak', which is defined a second time",
    );
    const states = withLayer((l) => ({ post: { ...l.post, states: [] } }));
    expect(texts(states)).toEqual([
      "model-operand: layer 'layer1' post: 'u' reads 'layer1.u', which is not among the recurrence's states",
    ]);
    const outputs = withLayer((l) => ({ post: { ...l.post, outputs: { spike: "gone", potential: "sum" } } }));
    expect(texts(outputs)).toEqual([
      "model-operand: layer 'layer1' post: 'spike' reads 'gone', which no expression defines",
    ]);
  });

  test("model-state", () => {
    const unassigned = withLayer((l) => ({
      post: { ...l.post, states: [{ name: "layer1.u", next: "gone" }] },
    }));
    expect(checkShapes.run(unassigned, undefined).diagnostics).toMatchObject([
      {
        code: "model-state",
        text: "layer 'layer1' post: state 'layer1.u' takes 'gone', which no expression defines",
        loc: origin,
      },
    ]);
    const twice = withLayer((l) => ({ post: { ...l.post, states: [...l.post.states, ...l.post.states] } }));
    expect(texts(twice)).toEqual([
      "model-state: network 'test': state 'layer1.u' is held by several recurrences",
    ]);
  });

  test("names of layers, of readouts and of states: each at its place, with the first of that name", () => {
    const m = model();
    const [layer] = m.layers;
    const other = { file: "test.onnx", name: "other" };
    const layers = [layer!, { ...layer!, origin: [other] }];
    const readouts = [...m.readouts, { ...m.readouts[0]!, origin: [other] }];
    const found = checkShapes.run({ ...m, layers, readouts }, undefined).diagnostics;
    expect(found.filter((d) => d.notes.length > 0).map(renderDiagnostic)).toEqual([
      "error[model-value] test.onnx: 'other': network 'test': a layer's name is 'layer1', needs to be unique\n  note: test.onnx: node 1 'conv' (Conv): the first layer of that name",
      "error[model-value] test.onnx: 'other': network 'test': a readout's name is 'logits', needs to be unique\n  note: test.onnx: node 14 'readout' (Gemm): the first readout of that name",
      "error[model-state] test.onnx: 'other': network 'test': state 'layer1.u' is held by several recurrences\n  note: test.onnx: node 1 'conv' (Conv): the first layer that holds it",
    ]);
  });
});

describe("values", () => {
  const quantiser = { scale: [1], bits: 8, signed: true, narrow: false, rounding: "floor" as const };
  const cases: readonly (readonly [string, SpikingModel])[] = [
    [
      "layer 'layer1' post: the factor of 'leak' is NaN, needs finite numbers",
      withExpr("leak", { by: [Number.NaN] }),
    ],
    [
      "layer 'layer1' post: the quantiser's scale is 0, needs positive finite numbers",
      withExpr("u_next", { quantiser: { ...quantiser, scale: [0] } }),
    ],
    [
      "layer 'layer1' post: the quantiser's bits is 54, needs 1 to 53",
      withExpr("u_next", { quantiser: { ...quantiser, bits: 54 } }),
    ],
    [
      "layer 'layer1' post: the bounds of 'leak' is 2 to 1, needs finite and in order",
      withExpr("leak", { kind: "clip", low: 2, high: 1 }),
    ],
    [
      "layer 'layer1' post: the condition of 'reset' is add, needs a comparison",
      withExpr("reset", { kind: "select", condition: "sum", a: "sum", b: "sum" }),
    ],
    [
      "layer 'layer1' synapse: a weight is 200, needs integers from -127 to 127",
      withLayer((l) => ({
        synapse: {
          ...l.synapse,
          weights: {
            kind: "quantised",
            raw: new Int32Array(18).fill(200),
            scale: [1],
            bits: 8,
            narrow: true,
          },
        },
      })),
    ],
    [
      "layer 'layer1' synapse: a weight is Infinity, needs finite numbers",
      withLayer((l) => ({
        synapse: {
          ...l.synapse,
          weights: { kind: "real", values: new Float64Array(18).fill(Number.POSITIVE_INFINITY) },
        },
      })),
    ],
    [
      "readout 'logits': the layer is 'layer9', needs a layer's name",
      withReadout(() => ({ layer: "layer9" })),
    ],
    [
      "readout 'logits': the bias is NaN, needs finite numbers",
      withReadout(() => ({ bias: [0, Number.NaN, 0] })),
    ],
  ];
  test.each(cases)("model-value: %s", (text, m) => {
    expect(texts(m)).toEqual([`model-value: ${text}`]);
  });

  test("the place is the expression's own", () => {
    const [d] = checkShapes.run(withExpr("leak", { by: [Number.NaN] }), undefined).diagnostics;
    expect(d).toMatchObject({ code: "model-value", loc: { node: 2, name: "leak", operator: "Mul" } });
  });
});
