import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { encodeModel, lif } from "../frontends/onnx/testing/model.js";
import type { PrintedKey } from "./print-config.js";
import { json, spikec } from "./testing/spikec.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
const yaml = join(folder, "spikec.yaml");
writeFileSync(
  yaml,
  "checkpoint: net.onnx\ndense: { pe: 2 }\nlayers:\n  a: { engine: event }\nsimulation:\n  engine: wasm\n",
);
const checkpoint = join(folder, "net.onnx");
writeFileSync(checkpoint, encodeModel({ ...lif(), metadata: { "spikec.burn_in": "50" } }));

async function printed(...args: readonly string[]): Promise<ReadonlyMap<string, PrintedKey>> {
  const compile = vi.fn();
  const ended = await spikec([...args, "--print-config", "--json"], { compile });
  expect([ended.code, compile.mock.calls]).toEqual([0, []]);
  return new Map((json(ended.out).report as readonly PrintedKey[]).map((key) => [key.key, key]));
}

test("--print-config: every key, its value, and where that comes from; nothing else is done", async () => {
  const keys = await printed("compile", "--config", yaml, "--weight-bits", "6");
  const rows = [
    ["checkpoint", checkpoint, `${yaml}:1:1`],
    ["dense.pe", 2, `${yaml}:2:10`],
    ["dense.simd", "auto", "default"],
    ["weightBits", 6, "'--weight-bits'"],
    ["layers.a.engine", "event", `${yaml}:4:8`],
    ["layers.a.pe", 2, "as dense.pe"],
    ["simulation.simulator", "wasm", `${yaml}:6:3`],
    ["readout.burnIn", 50, `checkpoint, ${checkpoint}: 'spikec.burn_in'`],
    ["targetCyclesPerTick", null, "default"],
    // What counts although nobody wrote it.
    ["verify.goldenTicks", 32, "default"],
    ["verify.pauses", false, "default"],
    ["verify.simulators", null, "the build's, else verilator"],
    ["name", null, "the checkpoint's"],
  ];
  for (const [key, value, from] of rows) expect(keys.get(key as string)).toEqual({ key, value, from });
  expect((await printed("compile", checkpoint, "--burn-in", "3")).get("readout.burnIn")).toMatchObject({
    value: 3,
    from: "'--burn-in'",
  });
  expect((await printed("compile")).get("readout.burnIn")).toMatchObject({ value: null });
  const text = (await spikec(["compile", "--config", yaml, "--print-config"])).out;
  expect(text).toMatch(/^dense\.simd +auto +default$/m);
});

test("every command takes --config and --print-config", async () => {
  const commands = [
    "compile",
    "calibrate",
    "estimate",
    "simulate",
    "verify",
    "evaluate",
    "inspect",
    "doctor",
  ];
  for (const command of commands) expect((await printed(command, "--config", yaml)).size).toBeGreaterThan(30);
  const wrong = join(folder, "wrong.yaml");
  writeFileSync(wrong, "engin: event\n");
  for (const command of commands)
    expect(await spikec([command, "--config", wrong])).toMatchObject({
      code: 2,
      err: expect.stringContaining("config-unknown-key"),
    });
});

test("what a command needs may stand in the file; --input is the spikes in every command", async () => {
  writeFileSync(yaml, "checkpoint: net.onnx\noutput: build\nsimulation: { input: x.npy }\n");
  const inspect = vi.fn().mockRejectedValue(new Error("seen"));
  await spikec(["inspect", "--config", yaml], { inspect });
  expect(inspect.mock.calls[0]?.slice(0, 2)).toEqual([checkpoint, undefined]);
  const evaluate = vi.fn().mockRejectedValue(new Error("seen"));
  await spikec(["evaluate", "--config", yaml, "--labels", "y.npy"], { evaluate });
  for (const name of ["--input", "--cells"])
    await spikec(["evaluate", "b", name, "z.npy", "--labels", "y.npy"], { evaluate });
  expect(evaluate.mock.calls.map(([{ build, cells, labels }]) => [build, cells, labels])).toEqual([
    [join(folder, "build"), join(folder, "x.npy"), "y.npy"],
    ["b", "z.npy", "y.npy"],
    ["b", "z.npy", "y.npy"],
  ]);
  const both = await spikec(["evaluate", "b", "--cells", "x", "--input", "y", "--labels", "z"], { evaluate });
  expect(both).toMatchObject({ code: 2, err: expect.stringContaining("config-twice") });
  const calibrate = vi.fn().mockRejectedValue(new Error("seen"));
  await spikec(["calibrate", "--config", yaml, "-o", "c.json"], { calibrate });
  expect(calibrate.mock.calls[0]?.[0].input).toBe(join(folder, "x.npy"));
  expect((await spikec(["evaluate", "b", "--input", "x"])).err).toContain("no labels given");
});
