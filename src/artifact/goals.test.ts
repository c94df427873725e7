import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { designOf } from "../emit/testing/design.js";
import { conv, dcllLayer, network, quantisedWeights, quantiser, shape } from "../ir/builders.js";
import type { Design } from "../ir/design.js";
import type { SpikeCycles } from "../measure/tick-cycles.js";
import { smallModel } from "../testing/small-model.js";
import { holdTarget, missedBudget, missedGoals, slowestOf } from "./goals.js";
import { wayToMeet } from "./more-lanes.js";
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

/** A layer with its traces behind the synapse, on events. */
function onEvents(): Design {
  const weights = quantisedWeights([...Array(36).keys()], 2 ** -7);
  const synapse = conv({ outChannels: 4, kernel: [3, 3], weights });
  const quantisers = { eps0: quantiser(16, 6, "floor"), eps1: quantiser(16, 4) };
  const traces = { form: "post", alpha: 0.9375, alphas: 0.875, quantisers } as const;
  const layer = dcllLayer({ name: "layer1", input: shape(1, 8, 8), synapse, ...traces });
  return designOf(network("net", [layer], []), { engine: "auto" });
}

test("device-too-small: an error where the device was named, else a warning, and with force", () => {
  const text = "'net' does not fit xczu28dr: LUT 120.0 % of it";
  const none = { targetCyclesPerTick: undefined };
  const goals = (force: boolean, written?: typeof place) =>
    said(missedGoals(report, { design: designOf(smallModel()) }, none, { force, written }));
  expect(goals(false, place)).toEqual([["error", "device-too-small", text, { name: "device" }]]);
  expect(goals(true, place)).toEqual([["warning", "device-too-small", text, { name: "device" }]]);
  expect(goals(false)).toEqual([["warning", "device-too-small", text, {}]]);
  const device = { ...report.device, uses: [use("DSP", 100)] };
  expect(
    missedGoals({ ...report, device }, { design: designOf(smallModel()) }, none, {
      force: false,
      written: place,
    }),
  ).toEqual([]);
});

test("target-missed: by the slowest stage, or by all of them on spikes", () => {
  const dense = designOf(smallModel());
  const { name, cycles } = dense.stages.reduce((a, b) => (b.cycles.total > a.cycles.total ? b : a));
  const device = { ...report.device, uses: [] };
  const spikes = { input: "x.npy", whole: { mean: 420.5 }, stages: [{ name, mean: 400 }] };
  const onSpikes = spikes as unknown as SpikeCycles;
  const goals = (target: number, on?: SpikeCycles, force = false) =>
    said(
      missedGoals(
        { ...report, device },
        { design: dense, onSpikes: on },
        { targetCyclesPerTick: target },
        {
          force,
          written: place,
        },
      ),
    );
  const missed = (severity: string, text: string) => [
    [severity, "target-missed", text, { name: "targetCyclesPerTick" }],
  ];
  const { total } = cycles;
  const slow = `a tick takes ${total} cycles in ${name}, the target is ${total - 1}`;
  expect(goals(total)).toEqual([]);
  expect(goals(total - 1)).toEqual(missed("error", slow));
  expect(goals(total - 1, undefined, true)).toEqual(missed("warning", slow));
  const all = `a tick takes 421 cycles in all stages on the spikes of x.npy (most of them, 400, in ${name}), the target is 420`;
  expect(goals(420, onSpikes)).toEqual(missed("error", all));
  expect(goals(421, onSpikes)).toEqual([]);
  expect(slowestOf(report.stages)).toEqual({ stage: "b", kind: "dense", cycles: 300 });
});

test("target-open: ticks without events keep it, and nobody knows of the others", () => {
  const target = { targetCyclesPerTick: 1e6 };
  const held = (design: Design, onSpikes?: SpikeCycles) => {
    const { met, said } = holdTarget({ design, onSpikes }, target, undefined);
    return [met, said.map(({ severity, code }) => [severity, code])];
  };
  const none = { input: "x.npy", whole: { mean: 1 }, stages: [{ name: "layer1", mean: 1 }] };
  expect(held(designOf(smallModel()))).toEqual([true, []]);
  expect(held(onEvents())).toEqual([null, [["warning", "target-open"]]]);
  expect(held(onEvents(), none as unknown as SpikeCycles)).toEqual([true, []]);
  expect(holdTarget({ design: onEvents() }, { targetCyclesPerTick: undefined }, undefined)).toEqual({
    met: true,
    said: [],
  });
});

test("target-missed: its hint names what the stage has and may have", () => {
  const hints = (design: Design) => design.stages.map(wayToMeet);
  const [first, second, readout] = hints(designOf(smallModel()));
  expect(first).toBe(
    "more of --pe (1; possible: 2), --simd (1; possible: 3) for 'layer1'; or --traces commuted with --engine event, where a tick takes what its spikes take (docs/engines.md)",
  );
  expect(second).toMatch(/^more of --pe \(1; possible: 2, 4\), --simd/);
  expect(readout).toBe("'logits' has all the lanes that its shape allows");
  const all = { layers: { layer1: { pe: 2, simd: 3 } } };
  expect(hints(designOf(smallModel(), all))[0]).toMatch(
    /^'layer1' has all the lanes that its shape allows; or/,
  );
  expect(hints(onEvents())[0]).toBe(
    "more of --taps (row; possible: patch), --ports (1; possible: 2, 4) for 'layer1': --lanes shorten every tick, the others those with many events (docs/engines.md)",
  );
});

test("budget-missed: what takes more than its part is named", () => {
  const budget = (percent: number) => said(missedBudget({ ...report, budget: percent }));
  const text = (uses: string) => `'net' takes more than 100 % of xczu28dr: ${uses}`;
  expect(budget(100)).toEqual([["error", "budget-missed", text("LUT 120.0 %"), { name: "--budget" }]]);
  expect(budget(120)).toEqual([]);
});
