import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { importDcll } from "../../../src/frontends/dcll/import.js";
import { parseNetwork } from "../../../src/frontends/dcll/network-file.js";
import { generator, mutate } from "../../../src/frontends/onnx/testing/mutate.js";
import { checkShapes } from "../../../src/passes/check-shapes.js";

const shared = "../shared/data/";
const network = parseNetwork(readFileSync(`${shared}dcll-mnist/network.yaml`, "utf8"), "network.yaml");

/** Memory that one import may leave behind or take on top of what the run has: the largest file is 2 MB. */
const MEMORY_BYTES = 512 * 2 ** 20;

/** 10,000 damaged versions of each file: none may throw, hang (until the test is stopped), take much memory or end without a word. */
test.each([
  "dcll-mnist/parameters_19900.pkl",
  "dcll-mnist/parameters_49.pkl",
  "formats/dcll_scalar_tau_zip.pth",
  "formats/dcll_random_tau_zip.pth",
  "formats/dcll_random_tau_legacy.pth",
])("%s", (name) => {
  if (!network.ok) throw new Error("network.yaml is not read");
  const bytes = readFileSync(shared + name);
  const random = generator(name.length);
  const before = process.memoryUsage.rss();
  let [largest, refused] = [before, 0];
  for (let i = 0; i < 10_000; i++) {
    const damaged = mutate(bytes, random);
    let result: ReturnType<typeof importDcll>;
    try {
      result = importDcll(damaged, name, network.value);
    } catch (error) {
      throw new Error(`mutation ${i} of ${name}: ${(error as Error).stack}`);
    }
    largest = Math.max(largest, process.memoryUsage.rss());
    // A mutated number may be one that nothing can be computed with; whatever else is wrong was to be found before.
    if (result.ok) {
      const found = checkShapes.run(result.value, undefined).diagnostics.map(({ code }) => code);
      expect(found.filter((code) => code !== "model-value")).toEqual([]);
    } else {
      refused++;
      expect(result.diagnostics.some((d) => d.severity === "error")).toBe(true);
    }
  }
  expect(refused).toBeGreaterThan(100);
  expect(largest - before).toBeLessThan(MEMORY_BYTES);
});
