import { expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { defaultConfig, overruledBurnIn, settleBurnIn } from "./defaults.js";
import { parseConfig } from "./load.js";

test("key-overruled: a network file's burn-in, where the configuration has another", () => {
  const loc = { file: "net.yaml", line: 2, column: 1 };
  const said = (burnIn: number | undefined, ticks: number | undefined) => {
    const yaml = burnIn === undefined ? "" : `readout:\n  burnIn: ${burnIn}`;
    const loaded = parseConfig(yaml, "/net/spikec.yaml");
    if (!loaded.ok) throw new Error("no configuration");
    const { config, written } = loaded.value;
    const network = ticks === undefined ? undefined : { ticks, loc };
    return overruledBurnIn(config, network, written(["readout", "burnIn"])).map(renderDiagnostic);
  };
  expect(said(20, 50)).toEqual([
    "note[key-overruled] net.yaml:2:1: burnin is 50 here and 20 in the configuration, which counts\n  note: /net/spikec.yaml:2:3: this counts",
  ]);
  expect([said(50, 50), said(undefined, 50), said(20, undefined)]).toEqual([[], [], []]);
  expect(settleBurnIn(defaultConfig, 50).readout.burnIn).toBe(50);
});
