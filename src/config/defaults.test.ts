import { expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { burnInFrom, defaultConfig, overruledBurnIn, settleBurnIn } from "./defaults.js";
import { parseConfig } from "./load.js";

test("key-overruled: a network file's burn-in, where the configuration has another", () => {
  const loc = { file: "net.yaml", line: 2, column: 1 };
  const said = (burnIn: number | undefined, ticks: number | undefined) => {
    const yaml = burnIn === undefined ? "" : `readout:\n  burnIn: ${burnIn}`;
    const loaded = parseConfig(yaml, "/net/spikec.yaml");
    if (!loaded.ok) throw new Error("no configuration");
    const { config, written } = loaded.value;
    const network =
      ticks === undefined ? undefined : ({ ticks, key: "burnin", from: "network file", loc } as const);
    return overruledBurnIn(config, network, written(["readout", "burnIn"])).map(renderDiagnostic);
  };
  expect(said(20, 50)).toEqual([
    "note[key-overruled] net.yaml:2:1: burnin is 50 here and 20 in the configuration, which counts\n  note: /net/spikec.yaml:2:3: this counts",
  ]);
  expect([said(50, 50), said(undefined, 50), said(20, undefined)]).toEqual([[], [], []]);
});

test("burn-in: the configuration's, else the network file's or the checkpoint's, else 0; it is known whose", () => {
  const given = (burnIn: number | undefined) => ({
    ...defaultConfig,
    readout: { ...defaultConfig.readout, burnIn },
  });
  const loc = { file: "net.onnx", name: "spikec.burn_in" };
  const stated = { ticks: 50, key: "spikec.burn_in", from: "checkpoint", loc } as const;
  const place = { name: "--burn-in" };
  expect(burnInFrom(given(0), stated, place)).toEqual({ ticks: 0, from: "configuration", loc: place });
  expect(burnInFrom(given(undefined), stated, undefined)).toEqual({ ticks: 50, from: "checkpoint", loc });
  expect(burnInFrom(given(undefined), undefined, undefined)).toEqual({ ticks: 0, from: "default" });
  expect(settleBurnIn(defaultConfig, 7).readout.burnIn).toBe(7);
});
