import { describe, expect, test } from "vitest";
import type { FixedExpr, FixedLayer, FixedLinearReadout, FixedModel } from "../ir/fixed.js";
import { linearOf } from "../testing/linear.js";
import { smallModel } from "../testing/small-model.js";
import { boundRanges } from "./bound-ranges.js";
import { checkFixed } from "./check-fixed.js";
import { lowerToFixed } from "./lower-to-fixed.js";

const model: FixedModel = (() => {
  const { output } = lowerToFixed.run(smallModel(), { coefficientBits: 17 });
  return boundRanges.run(output, undefined).output;
})();
const run = (changed: FixedModel) => () => checkFixed.run(changed, undefined);

const withLayer = (l: number, change: (layer: FixedLayer) => Partial<FixedLayer>): FixedModel => ({
  ...model,
  layers: model.layers.map((layer, i) => (i === l ? { ...layer, ...change(layer) } : layer)),
});
const withReadout = (change: (r: FixedLinearReadout) => Partial<FixedLinearReadout>): FixedModel => ({
  ...model,
  readouts: model.readouts.map(linearOf).map((r) => ({ ...r, ...change(r) })),
});
type PreExprs = (exprs: readonly FixedExpr[]) => readonly FixedExpr[];
const withPre = (change: PreExprs): FixedModel =>
  withLayer(0, (l) => ({ pre: { ...l.pre, exprs: change(l.pre.exprs) } }));
/** The first expression of a kind, changed. */
const withExpr = (kind: FixedExpr["kind"], change: (e: FixedExpr) => object): FixedModel =>
  withPre((exprs) => {
    const at = exprs.findIndex((e) => e.kind === kind);
    expect(at).toBeGreaterThanOrEqual(0);
    return exprs.map((e, i) => (i === at ? ({ ...e, ...change(e) } as FixedExpr) : e));
  });
const withSynapse = (change: (s: FixedLayer["synapse"]) => Partial<FixedLayer["synapse"]>): FixedModel =>
  withLayer(0, (l) => ({ synapse: { ...l.synapse, ...change(l.synapse) } }));

test("a sound model passes unchanged, as do lowered random ones", () => {
  const { output, diagnostics } = checkFixed.run(model, undefined);
  expect(output).toBe(model);
  expect(diagnostics).toEqual([]);
});

describe("what is broken is caught", () => {
  const cases: readonly (readonly [string, FixedModel])[] = [
    ["reads 'eps1_next', which is not before it", withExpr("mulc", () => ({ a: "eps1_next" }))],
    ["is defined twice", withPre((exprs) => [...exprs, exprs[0] as FixedExpr])],
    ["does not hold", withExpr("mulc", (e) => ({ range: { low: e.range.low, high: e.range.high - 1n } }))],
    ["does not hold", withExpr("mulc", () => ({ by: [99999n] }))],
    ["shifts right by -1", withExpr("shr", () => ({ bits: -1 }))],
    ["clamps to 3..2", withExpr("sat", () => ({ low: 3n, high: 2n }))],
    ["reads unknown state 'x'", withExpr("state", () => ({ state: "x" }))],
    ["scale has 7 values for 3 channels", withExpr("mulc", () => ({ scale: [1, 2, 3, 4, 5, 6, 7] }))],
    ["inputs is 0, must be 1", withExpr("input", () => ({ kind: "constant", value: [0n] }))],
    [
      "shifts left by -1",
      withPre((exprs) => [
        ...exprs,
        { ...(exprs[0] as FixedExpr), id: "x", kind: "shl", a: "in", bits: [-1] },
      ]),
    ],
    [
      "x: condition: 0..1 does not hold",
      withPre((exprs) => {
        const state = exprs.find((e) => e.kind === "state") as FixedExpr;
        return [...exprs, { ...state, id: "x", kind: "select", condition: state.id, a: "in", b: "in" }];
      }),
    ],
    [
      "state 'layer1.eps0': -2..1 does not hold",
      withLayer(0, (l) => ({
        pre: { ...l.pre, states: l.pre.states.map((s) => ({ ...s, format: { signed: true, width: 2 } })) },
      })),
    ],
    [
      "a state's next value is unknown 'x'",
      withLayer(0, (l) => ({ pre: { ...l.pre, states: [{ ...l.pre.states[0]!, next: "x" }] } })),
    ],
    [
      "output 'operand' is unknown 'x'",
      withLayer(0, (l) => ({ pre: { ...l.pre, outputs: { operand: "x" } } })),
    ],
    [
      "a spike: 0..1 does not hold",
      withLayer(0, (l) => ({
        post: { ...l.post, outputs: { ...l.post.outputs, spike: l.post.outputs.potential } },
      })),
    ],
    ["output is", withSynapse(() => ({ stride: [3, 3] }))],
    ["weights is", withSynapse((s) => ({ weights: s.weights.subarray(1) }))],
    ["exceeds 1 bits", withSynapse(() => ({ weightBits: 1 }))],
    ["range of sums", withSynapse(() => ({ range: { low: 0n, high: 0n } }))],
    ["sums below 2^53", withSynapse(() => ({ range: { low: -(2n ** 60n), high: 2n ** 60n } }))],
    ["pooled shape is", withLayer(0, () => ({ pool: { height: 9, width: 1 } }))],
    ["input of 'layer1' is", withLayer(0, () => ({ input: { channels: 9, height: 1, width: 1 } }))],
    ["two layers called 'layer1'", { ...model, layers: model.layers.map((l) => ({ ...l, name: "layer1" })) }],
    ["two states called", withLayer(1, (l) => ({ pre: model.layers[0]!.pre, post: l.post }))],
    ["of unknown layer 'x'", withReadout(() => ({ layer: "x" }))],
    ["thresholds is", withReadout((r) => ({ activationBits: r.activationBits + 1 }))],
    [
      "is below the one before it",
      withReadout((r) => ({ thresholds: r.thresholds.map((t) => [(t[1] as bigint) + 1n, ...t.slice(1)]) })),
    ],
    ["biases is", withReadout(() => ({ bias: [] }))],
    ["ranks is", withReadout(() => ({ rank: [] }))],
    [
      "threshold tables has",
      withReadout((r) => ({ thresholds: [...r.thresholds, ...r.thresholds, ...r.thresholds] })),
    ],
    ["logit 0", withReadout(() => ({ range: { low: 0n, high: 0n } }))],
    ["input is", withReadout(() => ({ pool: { height: 1, width: 9 } }))],
  ];
  test.each(cases)("%s", (text, broken) => {
    expect(run(broken)).toThrow("compiler bug");
    expect(run(broken)).toThrow(text);
  });
});
