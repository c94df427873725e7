import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importOnnx } from "../../../src/frontends/onnx/import.js";
import { encodeModel, lif } from "../../../src/frontends/onnx/testing/model.js";
import { generator, mutate, mutateSpec } from "../../../src/frontends/onnx/testing/mutate.js";
import { checkShapes } from "../../../src/passes/check-shapes.js";

const formats = "../shared/data/formats/";
const sources: readonly (readonly [string, Uint8Array, number])[] = [
  ["small network", encodeModel(lif()), 10_000],
  ["dcll_step_6b.qcdq.onnx", readFileSync(`${formats}dcll_step_6b.qcdq.onnx`), 4_000],
  ["misc_brevitas0.12.0.qonnx.onnx", readFileSync(`${formats}misc_brevitas0.12.0.qonnx.onnx`), 4_000],
  ["radioml/small/post", readFileSync("../shared/data/radioml/small/post.qonnx.onnx"), 2_000],
];

/** Imports one damaged file; it must end in a consistent model or say why not. */
function checkImport(damaged: Uint8Array, what: string): void {
  let result: ReturnType<typeof importOnnx>;
  try {
    result = importOnnx(damaged, "fuzz.onnx");
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).stack}`);
  }
  // A mutated number may be one that nothing can be computed with; whatever else is wrong was to be found before.
  if (result.ok) {
    const found = checkShapes.run(result.value, undefined).diagnostics.map(({ code }) => code);
    expect(found.filter((code) => code !== "model-value")).toEqual([]);
  } else expect(result.diagnostics.some((d) => d.severity === "error")).toBe(true);
}

/** 20,000 damaged files: none may throw, hang (until the test is stopped) or end without saying why. */
test.each(sources)("%s", (name, bytes, count) => {
  const random = generator(7);
  for (let i = 0; i < count; i++) checkImport(mutate(bytes, random), `mutation ${i} of ${name}`);
});

test("valid files of senseless graphs", () => {
  const random = generator(8);
  for (let i = 0; i < 20_000; i++)
    checkImport(encodeModel(mutateSpec(lif(), random)), `senseless graph ${i}`);
});
