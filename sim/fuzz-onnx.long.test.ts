import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importOnnx } from "../src/frontends/onnx/import.js";
import { encodeModel, lif } from "../src/frontends/onnx/testing/model.js";
import { generator, mutate } from "../src/frontends/onnx/testing/mutate.js";

const formats = "../shared/data/formats/";
const sources: readonly (readonly [string, Uint8Array, number])[] = [
  ["small network", encodeModel(lif()), 10_000],
  ["dcll_step_6b.qcdq.onnx", readFileSync(`${formats}dcll_step_6b.qcdq.onnx`), 4_000],
  ["misc_brevitas0.12.0.qonnx.onnx", readFileSync(`${formats}misc_brevitas0.12.0.qonnx.onnx`), 4_000],
  ["radioml/small/post", readFileSync("../shared/data/radioml/small/post.qonnx.onnx"), 2_000],
];

/** 20,000 damaged files: none may throw, hang (a second each) or end without saying why. */
test.each(sources)("%s", (name, bytes, count) => {
  const random = generator(7);
  let slowest = 0;
  for (let i = 0; i < count; i++) {
    const damaged = mutate(bytes, random);
    const started = performance.now();
    let result: ReturnType<typeof importOnnx>;
    try {
      result = importOnnx(damaged, "fuzz.onnx");
    } catch (error) {
      throw new Error(`mutation ${i} of ${name}: ${(error as Error).stack}`);
    }
    slowest = Math.max(slowest, performance.now() - started);
    expect(result.ok || result.diagnostics.some((d) => d.severity === "error")).toBe(true);
  }
  expect(slowest).toBeLessThan(1000);
});
