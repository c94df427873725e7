import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { emittedOf, openBuild } from "../../../src/artifact/manifest.js";
import { readSource } from "../../../src/artifact/source.js";
import { compile } from "../../../src/commands/compile.js";
import { verify } from "../../../src/commands/verify.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { stuck } from "../../../src/cosim/run-rtl.js";
import { runBench } from "../../../src/cosim/simulators.js";
import { isDiagnostic, runProgram } from "../../../src/host/process.js";

const checkpoint = "../shared/data/radioml/stress/floor/post.qonnx.onnx";
const folder = mkdtempSync(join(tmpdir(), "spikec-build-"));
const good = join(folder, "good");

beforeAll(async () => {
  const made = await compile({ checkpoint, config: defaultConfig, output: good });
  expect(made.ok).toBe(true);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of the good build with one file changed. */
function spoilt(name: string, file: string, change: (text: string) => string): string {
  const copy = join(folder, name);
  cpSync(good, copy, { recursive: true });
  writeFileSync(join(copy, file), change(readFileSync(join(copy, file), "utf8")));
  return copy;
}

const said = (result: { readonly diagnostics: readonly { code: string; text: string; loc: object }[] }) =>
  result.diagnostics.map((d) => [d.code, d.text, d.loc]);

test("compiling again gives identical bytes", async () => {
  const again = join(folder, "again");
  await compile({ checkpoint, config: defaultConfig, output: again });
  expect(readFileSync(join(again, "manifest.json"), "utf8")).toBe(
    readFileSync(join(good, "manifest.json"), "utf8"),
  );
});

test("a build opens to the network that was compiled", () => {
  const build = openBuild(good);
  expect(build.ok && build.value.compiled.design.stages.map((s) => s.name)).toEqual([
    "layer1",
    "layer2",
    "layer3",
    "logits",
  ]);
});

test("a build whose Verilog is damaged is refused by the file that is wrong", async () => {
  const verified = async (name: string, damage: (copy: string) => void) => {
    const copy = join(folder, name);
    cpSync(good, copy, { recursive: true });
    damage(copy);
    const input = "../shared/data/radioml/stress/floor/cells.npy";
    const request = { input, simulators: ["icarus"], samples: 1, ticks: 1, goldenTicks: 1 } as const;
    const refused = await verify({ ...request, build: copy });
    const edited = await verify({ ...request, build: copy, allowEdited: true });
    const errors = edited.diagnostics.filter(({ severity }) => severity === "error");
    return [
      refused.diagnostics.map(({ code, text }) => [code, text]),
      errors.map(({ code, loc }) => [code, loc.file?.replace(`${copy}/`, "")]),
    ];
  };
  const gone = (path: string) => (copy: string) => rmSync(join(copy, path), { recursive: true });
  expect(await verified("no-rtl", gone("rtl"))).toEqual([
    [["build-edited", "rtl is missing"]],
    [["file-not-found", "rtl"]],
  ]);
  expect(await verified("no-sim", gone("sim"))).toEqual([
    [["build-edited", "sim is missing"]],
    [["file-not-found", "sim/tb.v"]],
  ]);
  const folderInstead = (copy: string): void => {
    rmSync(join(copy, "rtl/layer_output.v"));
    mkdirSync(join(copy, "rtl/layer_output.v"));
  };
  expect(await verified("folder", folderInstead)).toEqual([
    [["build-edited", "rtl/layer_output.v is no file"]],
    [["file-unreadable", "rtl/layer_output.v"]],
  ]);
});

test("checkpoint-kind", () => {
  expect(said(readSource({ checkpoint: "package.json", config: defaultConfig }))).toEqual([
    [
      "checkpoint-kind",
      "neither its content nor its ending is of a checkpoint that spikec reads: .onnx, .pkl, .pth, .pt, .tar",
      { file: "package.json" },
    ],
  ]);
});

test("not-a-build", () => {
  expect(said(openBuild(folder))).toEqual([
    ["not-a-build", `${folder} is no build of spikec: it has no manifest.json`, { file: folder }],
  ]);
});

test("build-version", () => {
  const path = spoilt("version", "manifest.json", (text) =>
    text.replace(/"version": "[^"]*"/, '"version": "0.0.1"'),
  );
  expect(said(openBuild(path))).toEqual([
    [
      "build-version",
      expect.stringMatching(/^built by spikec 0.0.1, this is .*: it must be compiled again$/),
      { file: path },
    ],
  ]);
});

test("build-changed", () => {
  const path = spoilt("changed", "settings.json", (text) =>
    text.replace('"coefficientBits": 17', '"coefficientBits": 16'),
  );
  expect(said(openBuild(path))).toEqual([
    [
      "build-changed",
      "settings.json is not as it was compiled: what the build was compiled from is another",
      { file: path },
    ],
  ]);
});

test("tool-missing", async () => {
  const end = await runProgram("no-such-simulator", [], folder);
  expect(isDiagnostic(end) && [end.code, end.text, end.loc]).toEqual([
    "tool-missing",
    "no-such-simulator is not installed",
    {},
  ]);
});

test("simulator-failed: Verilog that no simulator takes", async () => {
  const path = spoilt("broken", "sim/tb.v", () => "this is no Verilog\n");
  const run = { folder: path, events: "", trace: "", ticks: 1, frames: 1, burnIn: 0, maxCycles: 10 };
  expect(said(await runBench("icarus", run))).toEqual([
    ["simulator-failed", expect.stringMatching(/^icarus failed to build:\n/), { file: path }],
  ]);
});

test("simulation-stuck names the stage that is behind", () => {
  const build = openBuild(good);
  if (!build.ok) throw new Error("the build does not open");
  const run = { folder: good, events: "", trace: "", ticks: 8, frames: 1, burnIn: 0, maxCycles: 1000 };
  const found = stuck(emittedOf(build.value), "icarus", run, [8, 3, 4]);
  expect([found.code, found.text, found.loc]).toEqual([
    "simulation-stuck",
    "icarus did not finish within 1000 cycles: stage 'layer2' closed 3 of 8 ticks",
    { file: good },
  ]);
});

test("verify refuses an input that is missing before it runs anything", async () => {
  const result = await verify({ build: good, input: join(folder, "none.npy"), simulators: ["icarus"] });
  expect(result.diagnostics.map((d) => d.code)).toEqual(["file-not-found"]);
});
