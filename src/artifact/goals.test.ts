import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { missedGoals, missedTarget, slowestOf } from "./goals.js";
import type { CompileReport } from "./report.js";

const stage = (name: string, cyclesPerTick: number) =>
  ({ name, kind: "dense", cyclesPerTick }) as unknown as CompileReport["stages"][number];
const use = (name: "LUT" | "DSP", percent: number) => ({ name, used: percent, available: 100, percent });
const report = {
  name: "net",
  stages: [stage("a", 100), stage("b", 300), stage("c", 200)],
  device: { name: "xczu28dr", uses: [use("LUT", 120), use("DSP", 100)], fits: false },
} as const;
const said = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ severity, code, text, loc }) => [severity, code, text, loc]);
const place = (path: readonly string[]) => ({ name: path.join(".") });

test("device-too-small: an error where the device was named, else a warning, and with force", () => {
  const text = "'net' does not fit xczu28dr: LUT 120.0 % of it";
  const none = { targetCyclesPerTick: undefined };
  const goals = (force: boolean, written?: typeof place) =>
    said(missedGoals(report, none, { force, written }));
  expect(goals(false, place)).toEqual([["error", "device-too-small", text, { name: "device" }]]);
  expect(goals(true, place)).toEqual([["warning", "device-too-small", text, { name: "device" }]]);
  expect(goals(false)).toEqual([["warning", "device-too-small", text, {}]]);
  const device = { ...report.device, uses: [use("DSP", 100)] };
  expect(missedGoals({ ...report, device }, none, { force: false, written: place })).toEqual([]);
});

test("target-missed: by the slowest stage, or by all of them on spikes", () => {
  const device = { ...report.device, uses: [] };
  const goals = (target: number, mean?: number, force = false) => {
    const onSpikes = { whole: { mean } } as unknown as NonNullable<CompileReport["onSpikes"]>;
    const of = mean === undefined ? { ...report, device } : { ...report, device, onSpikes };
    return said(missedGoals(of, { targetCyclesPerTick: target }, { force, written: place }));
  };
  const missed = (severity: string, cycles: number, where: string, target: number) => [
    [
      severity,
      "target-missed",
      `a tick takes ${cycles} cycles in ${where}, the target is ${target}`,
      { name: "targetCyclesPerTick" },
    ],
  ];
  expect(goals(300)).toEqual([]);
  expect(goals(299)).toEqual(missed("error", 300, "b", 299));
  expect(goals(299, 420.5)).toEqual(missed("error", 421, "all stages", 299));
  expect(goals(421, 420.5)).toEqual([]);
  expect(goals(299, undefined, true)).toEqual(missed("warning", 300, "b", 299));
  expect(slowestOf(report.stages)).toEqual({ stage: "b", kind: "dense", cycles: 300 });
});

test("target-missed: its hint is of the stage that misses it, and of the command that says it", () => {
  const target = { targetCyclesPerTick: 8 };
  const said = (kind: "dense" | "event" | "readout" | "all") =>
    missedTarget({ stage: "b", kind, cycles: 9 }, target, undefined).map(({ loc, text, hint }) => [
      loc,
      text,
      hint,
    ]);
  const [text, docs] = ["a tick takes 9 cycles in b, the target is 8", "(docs/engines.md)"];
  expect(said("dense")).toEqual([
    [
      {},
      text,
      `more of --pe and --simd for 'b', or --engine event, where a tick takes what its spikes take ${docs}`,
    ],
  ]);
  expect(said("event")).toEqual([
    [
      {},
      "a tick takes 9 cycles in b even without an event, the target is 8",
      `more of --channels, --taps, --ports and --lanes for 'b' ${docs}`,
    ],
  ]);
  expect(said("readout")).toEqual([[{}, text, "more of --acts for 'b'"]]);
  const goals = (force: boolean) =>
    missedGoals({ ...report, device: { ...report.device, uses: [] } }, target, { force, written: place });
  expect(goals(false)[0]?.hint).toMatch(/; --force builds it all the same$/);
  expect(goals(true)[0]?.hint).not.toContain("--force");
});
