import { expect, test } from "vitest";
import { layerStages, pipelinesOf } from "../../../src/ir/design.js";
import type { Recurrence, SpikingExpr, SpikingLayer } from "../../../src/ir/spiking.js";
import { type RandomCase, randomCase } from "./models.js";
import { designOf, runCase } from "./run.js";

/** The random network of a seed, all of its states as wide as `bits`. */
function widened(seed: number, bits: number): RandomCase {
  const from = randomCase(seed);
  const exprOf = (e: SpikingExpr): SpikingExpr =>
    e.kind === "quantise" ? { ...e, quantiser: { ...e.quantiser, bits } } : e;
  const graphOf = <O extends string>(graph: Recurrence<O>): Recurrence<O> => ({
    ...graph,
    exprs: graph.exprs.map(exprOf),
  });
  const layerOf = (layer: SpikingLayer): SpikingLayer => ({
    ...layer,
    pre: graphOf(layer.pre),
    post: graphOf(layer.post),
  });
  return { ...from, model: { ...from.model, layers: from.model.layers.map(layerOf) } };
}

test.each([
  [33, 3],
  [53, 4],
])("states of %i bits are in Verilog what they are in golden", async (bits, seed) => {
  const from = widened(seed, bits);
  const design = designOf(from);
  const states = layerStages(design).flatMap((s) => pipelinesOf(s).flatMap((p) => p.states));
  expect(states.map(({ width }) => width)).toContain(bits);
  expect((await runCase(from, design)).difference).toBe("");
});
