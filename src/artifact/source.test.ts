import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fillDefaults } from "../config/defaults.js";
import type { ConfigFile } from "../config/schema.js";
import type { Result } from "../diagnostics/diagnostic.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import { dcllArrays, dcllNetwork } from "../frontends/dcll/testing/networks.js";
import { pickleFile } from "../frontends/dcll/testing/pickle.js";
import { compileSource, readSource } from "./source.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-source-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const checkpoint = file("net.pkl", pickleFile(dcllArrays()));
const network = file("net.yaml", dcllNetwork);
const calibration = file("c.json", '{"version": 1, "states": {}}');
const source = (config: ConfigFile = {}) => ({ checkpoint, config: fillDefaults({ network, ...config }) });
const said = (result: Result<unknown>) =>
  result.diagnostics.map((d) => renderDiagnostic(d).split("\n")[0]?.replaceAll(folder, ""));

test("a checkpoint, its network file and its calibration are read, and what they leave open is settled", () => {
  const read = readSource(source({ calibration }));
  if (!read.ok) throw new Error("does not read");
  const { files, model, settings } = read.value;
  expect(files).toEqual({
    checkpoint: Buffer.from(pickleFile(dcllArrays())),
    network: dcllNetwork,
    calibration: '{"version": 1, "states": {}}',
  });
  expect(model.layers.map(({ name }) => name)).toEqual(["layer1", "layer2"]);
  expect(settings.config.readout.burnIn).toBe(5);
  expect(settings.calibration?.states).toEqual(new Map());
});

test("every file that can't be read is named", () => {
  const none = (name: string) => join(folder, name);
  const { config } = source({ network: none("n.yaml"), calibration: none("n.json") });
  expect(said(readSource({ checkpoint: none("n.pkl"), config }))).toEqual([
    "error[file-not-found]: file not found: /n.pkl",
    "error[file-not-found]: file not found: /n.yaml",
    "error[file-not-found]: file not found: /n.json",
  ]);
});

test("what is wrong in several files is said together", () => {
  const bad = file("bad.json", '{"version": 2, "states": {}}');
  const open = file("open.yaml", "input_shape: [1, 6, 6]\nx: 1\n");
  expect(said(readSource(source({ calibration: bad, network: open })))).toEqual([
    "error[network-unknown-key] /open.yaml:2:1: unknown key 'x'",
    "error[calibration-value] /bad.json:1:2: version: expected 1",
  ]);
  const wrong = source({ calibration: bad, layers: { layr1: {} } });
  const locate = (path: readonly string[]) => ({ file: "spikec.yaml", name: path.join(".") });
  expect(said(readSource({ ...wrong, locate }))).toEqual([
    "error[calibration-value] /bad.json:1:2: version: expected 1",
    "error[config-unknown-layer] spikec.yaml: 'layers.layr1': the network has no layer 'layr1'",
  ]);
});

test("a burn-in that is overruled is said where its place is known: not of a build that is opened", () => {
  const request = source({ readout: { burnIn: 7 } });
  expect(said(readSource(request))).toEqual([]);
  const written = (path: readonly string[]) => ({ name: path.join(".") });
  expect(said(readSource({ ...request, written }))).toEqual([
    "note[key-overruled] /net.yaml:2:1: burnin is 5 here and 7 in the configuration, which counts",
  ]);
});

test("a burn-in that leaves no tick of a frame is said, where the length of frames was given", () => {
  const of = (frameTicks: number) => said(readSource(source({ simulation: { frameTicks } })));
  expect(of(6)).toEqual([]);
  expect(of(5)).toEqual([
    "warning[burn-in-whole] /net.yaml:2:1: " +
      "a burn-in of 5 ticks leaves none of a frame of 5: no tick votes, so that every class is 0",
  ]);
});

test("a source compiles to a design, and says what the passes say", () => {
  const compiled = compileSource(source());
  expect(compiled.ok && compiled.value.compiled.design.stages.map((s) => s.name)).toEqual([
    "layer1",
    "layer2",
    "layer2.output_",
  ]);
  expect(compiled.diagnostics.map(({ code }) => code)).toContain("weights-quantised");
  expect(said(compileSource(source({ dense: { pe: 7 } })))).toContainEqual(
    expect.stringContaining("error[lanes-do-not-divide]"),
  );
});
