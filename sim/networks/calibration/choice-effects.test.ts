import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compile } from "../../../src/commands/compile.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import type { Config } from "../../../src/config/schema.js";
import { renderDiagnostic } from "../../../src/diagnostics/render.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-choices-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);
writeFileSync(at("net.pkl"), pickleFile(dcllArrays()));
writeFileSync(at("net.yaml"), dcllNetwork);
writeFileSync(
  at("c.json"),
  '{"version": 1, "states": {"layer1.eps0": {"min": 0, "max": 3}}, "clips": {"layer1": 0.8}, "measured": {"ticks": 7}}',
);

const report = async (name: string, change: Partial<Config>) => {
  const config = { ...defaultConfig, network: at("net.yaml"), ...change };
  const made = await compile({ checkpoint: at("net.pkl"), config, output: at(name) });
  if (!made.ok) throw new Error(made.diagnostics.map(renderDiagnostic).join("\n"));
  expect(JSON.parse(readFileSync(at(`${name}/report.json`), "utf8"))).toMatchObject({
    choices: made.value.choices,
  });
  return made.value;
};

test("a float checkpoint's report lists every choice and what each kind changes", async () => {
  const { choices } = await report("plain", { weightBits: 3 });
  expect(choices?.made.map((c) => c.code)).toEqual([
    "gains-folded",
    "gains-folded",
    "weights-coarse",
    "state-format-worst-case",
    "state-format-worst-case",
    "weights-coarse",
    "state-format-worst-case",
    "state-format-worst-case",
    "weights-coarse",
    "activation-format",
  ]);
  expect(choices?.effects.map((e) => [e.layer, e.spikes, e.moved])).toEqual([
    ["layer1", choices!.ticks * 18, 0],
    ["layer2", choices!.ticks * 3, 0],
  ]);
  const [first] = choices!.effects;
  expect(first!.weights).toBeGreaterThan(0);
  expect([first!.states, first!.coefficients]).toEqual([0, 0]);
  expect(choices?.calibration).toBeNull();
});

test("few bits of states show as such; a calibration's measurements are repeated", async () => {
  const { choices } = await report("coarse", { stateBits: 4, calibration: at("c.json") });
  expect(choices!.effects.reduce((sum, e) => sum + e.states!, 0)).toBeGreaterThan(0);
  expect(choices?.calibration).toEqual({ ticks: 7 });
  expect(choices?.made.map((c) => c.text).join("\n")).toContain("for the 0.8 quantile");
});

test("the report says of each layer whether its traces were moved, and what it is computed with", async () => {
  const traces = (made: Awaited<ReturnType<typeof report>>) => made.stages.map((stage) => stage.traces);
  const kept = await report("trained", {});
  expect(traces(kept)).toEqual([undefined, undefined, undefined]);
  const moved = await report("commuted", { traces: "commuted", engine: "auto" });
  expect(moved.stages.map(({ kind }) => kind)).toEqual(["event", "dense", "readout"]);
  expect(traces(moved)).toEqual([
    { kind: "moved", states: ["layer1.eps0", "layer1.eps1"], droppedQuantisers: 0 },
    { kind: "kept", reason: expect.stringContaining("on channel 1") },
    undefined,
  ]);
});
