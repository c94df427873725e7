import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { defaultConfig } from "../../../src/config/defaults.js";
import { keysAt } from "../../../src/config/schema.js";
import { arrayProblem, encodeNpy, type NpyArray, npyArray } from "../../../src/data/npy.js";
import type { Diagnostic, Result } from "../../../src/diagnostics/diagnostic.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import * as api from "../../../src/index.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { type LoadedBuild, openBuild } from "../../../src/library/builds.js";
import { compile } from "../../../src/library/compile.js";
import { simulate } from "../../../src/library/simulate.js";
import { verify } from "../../../src/library/verify.js";
import { random } from "../../../src/testing/random-model.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-library-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const checkpoint = { name: "net.pkl", content: pickleFile(dcllArrays()) };
const network = { name: "net.yaml", content: dcllNetwork };
const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.text}`).join("\n"));
  return result.value;
};

let build: LoadedBuild;
let input: NpyArray;
beforeAll(async () => {
  ({ build } = must(await compile({ checkpoint, network, config: { readout: { burnIn: 0 } } })));
  const { chance } = random(4);
  const size = 2 * 5 * sizeOf(build.input);
  const spikes = Uint8Array.from({ length: size }, () => (chance(0.3) ? 1 : 0));
  input = npyArray("u1", [2, 5, build.input.channels, build.input.height, build.input.width], spikes);
});

test("a network is compiled and run in memory: no file is read or written", async () => {
  const before = readdirSync(".");
  expect(build).toMatchObject({ name: "net", folder: undefined, readouts: ["layer2.output_"] });
  expect([...build.files.keys()]).toEqual(
    expect.arrayContaining(["manifest.json", "checkpoint/net.pkl", "network.yaml", "rtl/net_core.v"]),
  );
  const run = must(await simulate({ build, input, record: ["spikes", "states", "readout", "cycles"] }));
  expect(run).toMatchObject({ samples: 2, ticks: 5, files: [] });
  expect(run.arrays.map(({ kind, of, dtype, shape }) => [kind, of, dtype, shape.slice(0, 2)])).toEqual(
    expect.arrayContaining([
      ["spikes", "layer1", "u1", [2, 5]],
      ["state", "layer1.eps0", "i4", [2, 5]],
      ["logits", "layer2.output_", "i4", [2, 5]],
      ["class", "layer2.output_", "i4", [2]],
      ["cycles", "layer2", "i4", [2, 5]],
    ]),
  );
  const classes = run.arrays.find(({ kind }) => kind === "class");
  expect(run.classes).toEqual(Array.from((classes?.data ?? []) as Int32Array, (c) => [c]));
  expect(readdirSync(".")).toEqual(before);
});

test("compile holds a program to its goals, and says what has no effect, as the command does", async () => {
  const config = { readout: { burnIn: 0 }, targetCyclesPerTick: 1, engine: "dense" } as const;
  const codes = ({ diagnostics }: Result<unknown>) =>
    diagnostics.map(({ severity, code, loc }) => [severity, code, loc.name]);
  const missed = await compile({ checkpoint, network, config });
  expect(missed.ok).toBe(false);
  expect(codes(missed)).toContainEqual(["error", "target-missed", "config.targetCyclesPerTick"]);
  const forced = await compile({ checkpoint, network, config, force: true });
  expect(forced.ok).toBe(true);
  expect(codes(forced)).toContainEqual(["warning", "target-missed", "config.targetCyclesPerTick"]);
  const idle = await compile({ checkpoint, network, config: { engine: "dense", event: { ports: 2 } } });
  expect(idle.ok).toBe(true);
  expect(codes(idle)).toContainEqual(["warning", "option-unused", "config.event.ports"]);
});

test("files hold what memory holds", async () => {
  const output = join(folder, "build");
  const written = must(await compile({ checkpoint, network, config: { readout: { burnIn: 0 } }, output }));
  expect(written).toMatchObject({ output, build: { folder: output } });
  for (const [path, content] of build.files)
    expect(readFileSync(join(output, path)), path).toEqual(Buffer.from(content));
  const opened = must(openBuild(output));
  expect(opened).toMatchObject({ name: build.name, folder: output, input: build.input });
  const inMemory = must(await simulate({ build, input }));
  const run = join(folder, "run");
  const onDisk = must(await simulate({ build: opened, input, simulator: "wasm", output: run }));
  expect(onDisk.arrays).toEqual(inMemory.arrays);
  for (const { file, ...array } of onDisk.arrays)
    expect(readFileSync(join(run, file))).toEqual(Buffer.from(encodeNpy(array as NpyArray)));
});

test("Verilog of a build in memory runs in a folder that goes", async () => {
  const before = temporary();
  const recorded = must(await simulate({ build, input, simulator: "icarus", record: ["spikes"] }));
  expect(recorded.arrays).toEqual(must(await simulate({ build, input, record: ["spikes"] })).arrays);
  const verified = must(await verify({ build, input, simulators: ["icarus"], samples: 1 }));
  expect(verified).toMatchObject({
    build: "net",
    samples: 1,
    simulators: [{ simulator: "icarus", equal: true }],
  });
  expect(temporary()).toEqual(before);
});

test("a temporary folder that can't be written to is passed over, with a warning", async () => {
  const kept = process.env.TMPDIR;
  process.env.TMPDIR = join(folder, "nowhere");
  try {
    const run = await simulate({ build, input, simulator: "icarus", record: ["spikes"], samples: 1 });
    expect([run.ok, ...new Set(run.diagnostics.map(({ code }) => code))]).toEqual([
      true,
      "temporary-unusable",
    ]);
  } finally {
    if (kept === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = kept;
  }
});

/** Folders of the library's that lie among temporary ones. */
const temporary = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => /^spikec-library-\w{6}$/.test(name));

/** What JavaScript passes where something else was meant. */
const junk: readonly unknown[] = [
  undefined,
  null,
  Number.NaN,
  -1,
  0.5,
  2 ** 53,
  1n,
  "",
  "x",
  "\0",
  "../../nowhere",
  true,
  [],
  [undefined],
  ["golden", "icarus", "x"],
  {},
  { name: "net.onnx" },
  { name: "net.onnx", content: new Uint8Array(0) },
  { name: "net.pkl", content: "text" },
  { name: "net.pth", content: Uint8Array.of(0x80, 2, 0x7d) },
  { name: 5, content: new Uint8Array(9) },
  { dtype: "u1", shape: [1, 1], data: new Uint8Array(1) },
  { dtype: "u1", shape: [2, 1], data: new Uint8Array(1) },
  { dtype: "u1", shape: [0, 0], data: new Uint8Array(0) },
  { dtype: "f4", shape: [1, 1], data: Float32Array.of(Number.NaN) },
  { dtype: "u1", shape: [1, 1], data: [0] },
  { dtype: "i8", shape: [1, 1], data: Int32Array.of(0) },
  { dtype: "constructor", shape: [1], data: [0] },
  { dtype: "u1", shape: "11", data: new Uint8Array(1) },
  { dtype: "i4", shape: [1, 2], data: Int32Array.of(-1, 2 ** 30) },
  { dtype: "u1", shape: [1, 1, 1, 6, 6], data: new Uint8Array(36).fill(7) },
  new Uint8Array(3),
  () => 1,
  Symbol("x"),
  new Date(0),
  Object.create(null),
];

/** A result, of which every error says where it is and what it found. */
function sound(result: Result<unknown>, call: string): readonly Diagnostic[] {
  expect(typeof result.ok, call).toBe("boolean");
  const errors = result.diagnostics.filter((d) => d.severity === "error");
  expect(errors.length > 0, call).toBe(!result.ok);
  for (const { text, loc } of errors) {
    expect(text, call).not.toMatch(/\{\w+\}|undefined undefined/);
    expect(Object.keys(loc).length, `${call}: ${text}`).toBeGreaterThan(0);
  }
  return errors;
}

test("argument-value: whatever a function is called with, it answers with diagnostics", async () => {
  const circular: Record<string, unknown> = { engine: "dense" };
  circular.layers = circular;
  const odd = [...junk, circular];
  // What is written or simulated in Verilog is not what is tried here: no directory, no input that can be run.
  const outputs = odd.filter((value) => typeof value !== "string" || value.includes("\0"));
  const floats = npyArray("f4", [1, 1], Float32Array.of(Number.NaN));
  const codes = new Map<string, number>();
  const tried = async <A>(name: string, call: (argument: A) => unknown, argument: unknown): Promise<void> => {
    const result = (await call(argument as A)) as Result<unknown>;
    for (const { code } of sound(result, `${name}(${inspect(argument, { depth: 2 })})`))
      codes.set(code, (codes.get(code) ?? 0) + 1);
  };
  for (const value of odd) {
    for (const key of ["checkpoint", "network", "calibration", "progress", "config"])
      await tried("compile", compile, { checkpoint, network, [key]: value });
    for (const key of keysAt([])) {
      const config = { name: "odd", [key]: value };
      await tried("compile", compile, { checkpoint: "nowhere.onnx", config });
    }
    for (const key of ["build", "input", "simulator", "record", "samples", "ticks", "progress"])
      await tried("simulate", simulate, { build, input, record: ["readout"], [key]: value });
    for (const key of ["build", "simulators", "samples", "ticks", "goldenTicks", "progress", "allowEdited"])
      await tried("verify", verify, { build, input: floats, [key]: value });
    await tried("openBuild", openBuild, value);
    await tried("openBuild", (options: never) => openBuild("nowhere", options), value);
    for (const [name, call] of [
      ["compile", compile],
      ["simulate", simulate],
      ["verify", verify],
    ] as const)
      await tried<never>(name, call, value);
  }
  for (const output of outputs) {
    await tried("compile", compile, { checkpoint: "nowhere.onnx", output });
    await tried("simulate", simulate, { build, input: floats, output });
  }
  expect([...codes.values()].reduce((a, b) => a + b)).toBeGreaterThan(1000);
  for (const code of [
    "argument-value",
    "config-value",
    "config-syntax",
    "file-not-found",
    "input-element-type",
    "input-empty",
    "input-not-binary",
    "not-a-build",
  ])
    expect([...codes.keys()]).toContain(code);
});

test("argument-value: so do the functions that work on paths, and those that read", async () => {
  const shape = { channels: 1, height: 2, width: 3 };
  const array = npyArray("u1", [1, 2, 6], new Uint8Array(12));
  const whole: Record<string, Record<string, unknown>> = {
    calibrate: {
      checkpoint: "nowhere.onnx",
      config: defaultConfig,
      input: "x.npy",
      output: join(folder, "c.json"),
    },
    estimate: { checkpoint: "nowhere.onnx", config: defaultConfig },
    evaluate: { build: "nowhere", cells: "x.npy", labels: "y.npy" },
    emitText: { checkpoint: "nowhere.onnx", config: defaultConfig },
  };
  const optional: Record<string, readonly string[]> = {
    calibrate: ["layout", "samples", "ticks", "progress", "locate", "written"],
    estimate: ["budget", "check", "onCheck", "progress", "locate", "written"],
    evaluate: ["snr", "classes", "layout", "samples", "burnIn", "threads", "allowEdited", "progress"],
    emitText: ["locate", "written"],
  };
  const positional: Record<string, readonly unknown[]> = {
    emitText: [whole.emitText, "fixed"],
    inspect: ["nowhere.onnx", "net.yaml", {}],
    loadConfig: ["nowhere.yaml", []],
    parseConfig: ["engine: dense", "s.yaml", []],
    readNpy: ["nowhere.npy", () => ({ ok: true, value: 1, diagnostics: [] })],
    decodeNpy: [encodeNpy(array), { file: "x.npy" }],
    readStimulus: ["nowhere.npy", shape, {}],
    stimulusOf: [array, shape, { layout: "NTF" }, { file: "x.npy" }],
  };
  const functions = api as unknown as Readonly<Record<string, (...all: readonly unknown[]) => unknown>>;
  let refused = 0;
  const tried = async (name: string, ...given: readonly unknown[]): Promise<void> => {
    const called = `${name}(${inspect(given, { depth: 2 })})`;
    refused += sound((await functions[name]?.(...given)) as Result<unknown>, called).length;
  };
  for (const value of junk) {
    for (const [name, request] of Object.entries(whole)) {
      await tried(name, value, "fixed");
      for (const key of [...Object.keys(request), ...(optional[name] ?? [])])
        if (key !== "output" || typeof value !== "string" || value === "")
          await tried(name, { ...request, [key]: value }, "fixed");
    }
    for (const [name, given] of Object.entries(positional))
      for (const at of given.keys()) await tried(name, ...given.with(at, value));
    expect(() => functions.npyArray?.(value)).toThrow(/^npyArray: its/);
    if (arrayProblem(value) !== undefined)
      expect(() => functions.encodeNpy?.(value)).toThrow(/^encodeNpy: it/);
  }
  expect(refused).toBeGreaterThan(1000);
  expect((await functions.estimate?.({ checkpoint: "", config: {}, budget: 0 })) as object).toMatchObject({
    diagnostics: [
      { code: "argument-value", loc: { name: "estimate()" }, text: "checkpoint: expected a path" },
      { code: "argument-value", text: "budget: expected a percentage above 0" },
    ],
  });
});

test("what is wrong is said by the function's name and the argument's, all of it together", async () => {
  const wrong = { build, input, samples: 0, simulator: "gold", record: [] };
  const said = (await simulate(wrong as never)).diagnostics.map(({ loc, text }) => [loc.name, text]);
  expect(said).toEqual([
    ["simulate()", "samples: expected an integer from 1 on"],
    ["simulate()", "simulator: expected reference, golden, wasm, verilator, icarus"],
    ["simulate()", "record: expected a list of spikes, states, readout, final-states, cycles"],
  ]);
  const array = { dtype: "u1", shape: [2, 3], data: new Uint8Array(5) } as const;
  expect((await simulate({ build, input: array })).diagnostics).toMatchObject([
    {
      code: "argument-value",
      text: "input: expected a path, or an array as npyArray makes it: it has 5 elements, its shape (2, 3) 6",
    },
  ]);
});
