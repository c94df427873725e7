import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importOnnx } from "../../../src/frontends/onnx/import.js";
import { encodeModel, lif } from "../../../src/frontends/onnx/testing/model.js";
import { generator, mutate, mutateSpec } from "../../../src/frontends/onnx/testing/mutate.js";
import { checkShapes } from "../../../src/passes/check-shapes.js";

const post = new Uint8Array(readFileSync("../shared/data/radioml/small/post.qonnx.onnx"));

/** An import ends in a consistent model or in errors with a place; an exception would fail the test. */
function checkImport(bytes: Uint8Array): boolean {
  const result = importOnnx(bytes, "fuzz.onnx");
  const errors = result.diagnostics.filter((d) => d.severity === "error");
  expect(errors.length > 0).toBe(!result.ok);
  expect(errors.every((d) => d.loc.file === "fuzz.onnx")).toBe(true);
  // A mutated number may be one that nothing can be computed with; whatever else is wrong was to be found before.
  if (result.ok) {
    const found = checkShapes.run(result.value, undefined).diagnostics.map(({ code }) => code);
    expect(found.filter((code) => code !== "model-value")).toEqual([]);
  }
  return result.ok;
}

test("truncations of a trained network", () => {
  const random = generator(1);
  for (let i = 0; i < 100; i++)
    expect(checkImport(post.subarray(0, Math.floor(random() * post.length)))).toBe(false);
  // The structure stands behind the weights: cut there as well.
  for (let i = 1; i < 150; i++) checkImport(post.subarray(0, post.length - i * 7));
});

test("mutations of a trained network", () => {
  const random = generator(2);
  for (let i = 0; i < 30; i++) checkImport(mutate(post, random));
});

test("mutations of a small network, where nearly every byte is structure", () => {
  const random = generator(3);
  const small = encodeModel(lif());
  let failed = 0;
  for (let i = 0; i < 400; i++) failed += Number(!checkImport(mutate(small, random)));
  expect(failed).toBeGreaterThan(200);
});

test("valid files of senseless graphs", () => {
  const random = generator(4);
  let imported = 0;
  for (let i = 0; i < 250; i++) imported += Number(checkImport(encodeModel(mutateSpec(lif(), random))));
  // Some changes leave a model, most do not: otherwise this campaign would test nothing.
  expect(imported).toBeGreaterThan(20);
  expect(imported).toBeLessThan(360);
});
