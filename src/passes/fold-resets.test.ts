import { expect, test } from "vitest";
import { conv, lifLayer, network, quantisedWeights, shape } from "../ir/builders.js";
import type { SpikingExpr, SpikingModel } from "../ir/spiking.js";
import { runReference } from "../simulators/reference.js";
import { randomStimulus } from "../testing/random-model.js";
import { foldResets } from "./fold-resets.js";

/** A layer that resets to zero by v − (spike ? v : 0), and the mirrored form: v − (spike ? 0 : v). */
function withDifference(mirrored: boolean): SpikingModel {
  const layer = lifLayer({
    name: "l",
    input: shape(1, 3, 3),
    synapse: conv({
      outChannels: 2,
      kernel: [2, 2],
      weights: quantisedWeights([1, 2, -1, 3, 2, 2, 1, -2], 0.25),
    }),
    decay: 0.875,
    reset: "zero",
  });
  const post = layer.post;
  const reset = post.exprs.find((e) => e.kind === "select")!;
  if (reset.kind !== "select") throw new Error("no reset");
  const value = reset.b;
  const exprs = post.exprs.flatMap((e): SpikingExpr[] => {
    if (e.id !== reset.id) return [e];
    const [a, b] = mirrored ? [reset.a, value] : [value, reset.a];
    const kept = { ...reset, id: "kept", a, b };
    return [kept, { kind: "sub", id: e.id, origin: [], a: value, b: "kept" }];
  });
  return network("net", [{ ...layer, post: { ...post, exprs } }], []);
}

const run = (model: SpikingModel) => {
  const ticks: unknown[] = [];
  runReference(
    model,
    randomStimulus(3, model.input, 2, 20),
    { burnIn: 0 },
    {
      tick: (t) => ticks.push(structuredClone([t.spikes, t.states])),
    },
  );
  return ticks;
};

test.each([false, true])("a value less what is chosen of it is a choice (mirrored: %s)", (mirrored) => {
  const model = withDifference(mirrored);
  const { output } = foldResets.run(model, undefined);
  expect(output.layers[0]!.post.exprs.map((e) => e.id)).not.toContain("kept");
  expect(run(output)).toEqual(run(model));
});

test("other differences, and networks without any, stay as they are", () => {
  const model = withDifference(false);
  const [layer] = model.layers;
  const exprs = layer!.post.exprs.map((e) => (e.id === "kept" && e.kind === "select" ? { ...e, b: e.a } : e));
  const other = {
    ...model,
    layers: [{ ...layer!, post: { ...layer!.post, exprs } }],
  } as unknown as SpikingModel;
  expect(foldResets.run(other, undefined).output.layers[0]!.post).toBe(other.layers[0]!.post);
});
