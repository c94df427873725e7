import { expect, test } from "vitest";
import { defaultConfig } from "../config/defaults.js";
import type { FixedExpr, FixedModel } from "../ir/fixed.js";
import { boundRanges } from "../passes/bound-ranges.js";
import { runPipeline } from "../pipeline.js";
import { smallModel } from "../testing/small-model.js";
import { madeUpInput, measureEffect } from "./effect.js";
import { checkListed } from "./unlisted.js";

/** The network with another constant in its first layer's threshold: what a wrong lowering would be. */
function broken(fixed: FixedModel): FixedModel {
  const moved = (e: FixedExpr): FixedExpr =>
    e.kind === "constant" ? { ...e, value: e.value.map((v) => v - 400n) } : e;
  const layers = fixed.layers.map((layer, l) =>
    l > 0 ? layer : { ...layer, post: { ...layer.post, exprs: layer.post.exprs.map(moved) } },
  );
  return boundRanges.run({ ...fixed, layers }, undefined).output;
}

test("spikes that differ beside no deviation are a bug of the compiler; a deviation, or a choice, explains them", () => {
  const compiled = runPipeline(smallModel(), { config: defaultConfig, calibration: undefined });
  if (!compiled.ok) throw new Error("the small model is refused");
  const { trained, fixed } = compiled.value;
  const effectOf = (model: FixedModel) => measureEffect(trained, model, madeUpInput(model, 12));
  checkListed(fixed, effectOf(fixed), false);
  const wrong = broken(fixed);
  const effect = effectOf(wrong);
  expect(() => checkListed(wrong, effect, false)).toThrow(
    /compiler bug: \d+ of 768 spikes of layer 'layer1' differ from float64 on random input, and no deviation is listed/,
  );
  checkListed(wrong, effect, true);
  const said = {
    kind: "offset",
    where: "",
    text: "",
    relativeError: 0,
    bound: 0.1,
    stateBounds: [],
  } as const;
  checkListed({ ...wrong, deviations: [{ ...said, layer: "layer1" }] }, effect, false);
  expect(() => checkListed({ ...wrong, deviations: [{ ...said, layer: "layer2" }] }, effect, false)).toThrow(
    "compiler bug",
  );
});
