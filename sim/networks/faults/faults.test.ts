import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compile } from "../../../src/commands/compile.js";
import { verify } from "../../../src/commands/verify.js";
import { loadConfig } from "../../../src/config/load.js";

/** Small checkpoints that were taken wrongly once (../shared/data/faults/README.md), and what is right. */
const faults = "../shared/data/faults";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "spikec-faults-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const cases = [
  {
    name: "two",
    fault: "a layer that nothing reads",
    said: ["layers-left-out"],
    stages: ["layer1", "logits"],
  },
  {
    name: "same",
    fault: "a layer and a readout of one name",
    said: ["readout-renamed"],
    stages: ["out", "out.readout"],
  },
];

test.each(cases)("$fault ($name.onnx) builds, and equals golden", async ({ name, said, stages }) => {
  const config = loadConfig(undefined);
  if (!config.ok) throw new Error("the defaults are no configuration");
  const output = join(folder, name);
  const checkpoint = `${faults}/${name}.onnx`;
  const made = await compile({ checkpoint, config: config.value.config, output });
  expect(made.diagnostics.map(({ code }) => code)).toEqual(said);
  if (!made.ok) throw new Error(`${name} does not compile`);
  expect(made.value.stages.map((stage) => stage.name)).toEqual(stages);
  const verified = await verify({ build: output, input: `${faults}/in.npy`, simulators: ["icarus"] });
  if (!verified.ok) throw new Error(`${name} is not verified`);
  expect(verified.value.simulators).toMatchObject([{ simulator: "icarus", equal: true }]);
});
