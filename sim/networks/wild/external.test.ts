import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openBuild } from "../../../src/artifact/manifest.js";
import { compile } from "../../../src/commands/compile.js";
import { verify } from "../../../src/commands/verify.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { compile as compileInMemory } from "../../../src/library/compile.js";
import { must } from "../cosim/build.js";
import { wild } from "./wild.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-external-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [model, data] = ["torch29-default.onnx", "torch29-default.onnx.data"] as const;
const [content, weights] = [model, data].map((name) => readFileSync(join(wild, name))) as [Buffer, Buffer];

test("tensors in a second file, as torch 2.9 writes them, travel into the build", async () => {
  const [own, build] = [join(folder, "own"), join(folder, "build")];
  mkdirSync(own);
  for (const [name, bytes] of [
    [model, content],
    [data, weights],
  ] as const)
    writeFileSync(join(own, name), bytes);
  must(await compile({ checkpoint: join(own, model), config: defaultConfig, output: build }));
  expect(readdirSync(join(build, "checkpoint")).sort()).toEqual([model, data]);
  rmSync(own, { recursive: true });
  const input = join(wild, "torch29-default.input.npy");
  const report = must(await verify({ build, input, ticks: 16, simulators: ["icarus"] }));
  expect(report.simulators).toMatchObject([{ simulator: "icarus", equal: true }]);

  const changed = Buffer.from(weights);
  changed[5] = (changed[5] as number) ^ 1;
  writeFileSync(join(build, "checkpoint", data), changed);
  const opened = openBuild(build, { allowEdited: true });
  expect(
    opened.ok ? [] : opened.diagnostics.map(({ code, text }) => `${code}: ${text.split(":")[0]}`),
  ).toEqual([expect.stringContaining(`build-changed: checkpoint/${data}`)]);
});

test("a program gives such files beside the bytes of a checkpoint; without them it is said which", async () => {
  const checkpoint = { name: model, content };
  const { files } = must(
    await compileInMemory({ checkpoint: { ...checkpoint, beside: { [data]: weights } } }),
  ).build;
  expect([...files.keys()].filter((path) => path.startsWith("checkpoint/"))).toEqual([
    `checkpoint/${model}`,
    `checkpoint/${data}`,
  ]);
  const without = await compileInMemory({ checkpoint: { ...checkpoint, beside: {} } });
  expect(without.ok).toBe(false);
  expect(without.diagnostics.map(({ code, text }) => `${code}: ${text}`)[0]).toContain(
    `there is no file '${data}'`,
  );
});
