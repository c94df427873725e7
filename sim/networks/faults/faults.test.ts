import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBuild } from "../../../src/artifact/manifest.js";
import { compile } from "../../../src/commands/compile.js";
import { evaluate } from "../../../src/commands/evaluate.js";
import { simulate } from "../../../src/commands/simulate.js";
import { verify } from "../../../src/commands/verify.js";
import { loadConfig } from "../../../src/config/load.js";
import { encodeNpy, npyArray, readNpy } from "../../../src/data/npy.js";
import { readStimulus } from "../../../src/data/stimulus.js";
import { runGolden } from "../../../src/simulators/golden.js";
import { recordKinds } from "../../../src/simulators/recorded-arrays.js";
import { runReference } from "../../../src/simulators/reference.js";
import type { TickTrace } from "../../../src/simulators/trace.js";

/** Small checkpoints that were taken wrongly once (../shared/data/faults/README.md), and what is right. */
const faults = "../shared/data/faults";
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "spikec-faults-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles a checkpoint as the defaults have it. */
async function built(name: string, checkpoint = `${faults}/${name}.onnx`) {
  const config = loadConfig(undefined);
  if (!config.ok) throw new Error("the defaults are no configuration");
  const output = join(folder, name);
  const made = await compile({ checkpoint, config: config.value.config, output });
  if (!made.ok) throw new Error(`${name} does not compile`);
  return { ...made, output };
}

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

test.each(cases)("$fault (file $name) builds, and equals golden", async ({ name, said, stages }) => {
  const made = await built(name);
  expect(made.diagnostics.map(({ code }) => code)).toEqual(said);
  expect(made.value.stages.map((stage) => stage.name)).toEqual(stages);
  const verified = await verify({ build: made.output, input: `${faults}/in.npy`, simulators: ["icarus"] });
  if (!verified.ok) throw new Error(`${name} is not verified`);
  expect(verified.value.simulators).toMatchObject([{ simulator: "icarus", equal: true }]);
});

const stateNames = [
  { name: "name-dotdot", state: "../../../x", file: "_.._.._.._x.npy" },
  { name: "name-class", state: "class", file: "class_2.npy" },
];

test.each(stateNames)(
  "a state '$state' is recorded in $file, beside the readout",
  async ({ name, ...state }) => {
    const { output: build } = await built(name);
    const { file, state: of } = state;
    const output = join(folder, `run-${name}`, "recorded");
    const ran = await simulate({
      build,
      simulator: "golden",
      input: `${faults}/in.npy`,
      record: recordKinds,
      output,
    });
    if (!ran.ok) throw new Error(`${name} does not run`);
    const { files, arrays } = ran.value;
    expect(arrays).toContainEqual(expect.objectContaining({ file, kind: "state", of }));
    const there = readdirSync(join(folder, `run-${name}`), { recursive: true, encoding: "utf8" });
    expect(there.sort()).toEqual(
      ["recorded", ...[...files, "manifest.json"].map((path) => join("recorded", path))].sort(),
    );
    expect(new Set(files).size).toBe(files.length);
    const manifest: unknown = JSON.parse(readFileSync(join(output, "manifest.json"), "utf8"));
    expect(manifest).toMatchObject({ arrays });
    // Each file holds its own array: a class a sample, a word of the state a neuron and tick.
    for (const { file: path, shape, dtype } of arrays)
      expect(readNpy(join(output, path))).toMatchObject({ ok: true, value: { shape, dtype } });
  },
);

describe("a frame of more ticks than the hardware counts (long.onnx)", () => {
  const input = `${faults}/long.npy`;
  let build = "";
  beforeAll(async () => {
    build = (await built("long")).output;
  });

  test("is refused by whatever runs it", async () => {
    const run = { build, input, simulator: "wasm", record: ["readout"], output: join(folder, "no") } as const;
    const labels = join(folder, "labels.npy");
    writeFileSync(labels, encodeNpy(npyArray("u1", [1], Uint8Array.of(0))));
    const refused = [{ code: "frame-too-long", loc: { file: input } }];
    expect((await simulate(run)).diagnostics).toMatchObject(refused);
    expect((await verify({ ...run, simulators: ["verilator"] })).diagnostics).toMatchObject(refused);
    expect((await evaluate({ build, cells: input, labels })).diagnostics).toMatchObject(refused);
  });

  test("one of as many is counted to its end: class 0 in all", async () => {
    const run = { build, input, ticks: 65_535 };
    const output = join(folder, "long-run");
    const ran = await simulate({ ...run, simulator: "wasm", record: ["readout"], output });
    expect(ran.ok && ran.value.classes).toEqual([[0]]);
    const verified = await verify({ ...run, simulators: ["verilator"] });
    expect(verified.ok && verified.value.simulators).toMatchObject([{ equal: true }]);
  });
});

test("a checkpoint whose name is a path elsewhere makes a build that can be opened", async () => {
  const checkpoint = join(folder, "a\\..\\b.onnx");
  copyFileSync(`${faults}/two.onnx`, checkpoint);
  const { output } = await built("backslash", checkpoint);
  expect(openBuild(output)).toMatchObject({ ok: true });
  expect(readdirSync(join(output, "checkpoint"))).toEqual(["b.onnx"]);
});

const exact = [
  { name: "clip", input: "one", fault: "bounds of a Clip that lie between the integers of what it clips" },
  { name: "where-offset", input: "where-offset", fault: "a value that is compared with itself and a bias" },
];

test.each(exact)("$fault (file $name): every spike is the graph's", async ({ name, ...files }) => {
  const { output, value } = await built(name);
  expect([value.deviations, value.effect.layers.map((l) => l.differ)]).toEqual([[], [0]]);
  const build = openBuild(output);
  if (!build.ok) throw new Error(`${name} is no build`);
  const { trained, fixed } = build.value.compiled;
  const input = `${faults}/${files.input}.npy`;
  const stimulus = readStimulus(input, fixed.input, {});
  if (!stimulus.ok) throw new Error(`${input} is no input of ${name}`);
  const spikes: number[][][] = [[], []];
  const keep = (run: number) => ({
    tick: (t: TickTrace) => spikes[run]?.push(Array.from(t.spikes[0] ?? [])),
  });
  runReference(trained, stimulus.value, { burnIn: 0 }, keep(0));
  runGolden(fixed, stimulus.value, { burnIn: 0 }, keep(1));
  expect(spikes[1]).toEqual(spikes[0]);
  expect(spikes[0]?.flat()).toContain(1);
  const verified = await verify({ build: output, input, simulators: ["icarus"] });
  expect(verified).toMatchObject({ ok: true, value: { simulators: [{ equal: true }] } });
});
