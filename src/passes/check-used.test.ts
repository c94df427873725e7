import { expect, test } from "vitest";
import { settleBurnIn } from "../config/defaults.js";
import { type Override, parseConfig } from "../config/load.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import {
  dcllLayer,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  realWeights,
  shape,
} from "../ir/builders.js";
import type { SpikingModel } from "../ir/spiking.js";
import { runPipeline } from "../pipeline.js";
import type { Calibration } from "./formats/calibration.js";

const layer = (name: string, quantised = false) =>
  lifLayer({
    name,
    input: shape(4),
    synapse: linear(
      shape(4),
      4,
      quantised ? quantisedWeights(new Int32Array(16).fill(1), 1) : realWeights(new Array(16).fill(0.5)),
    ),
    decay: 0.5,
    reset: "none",
    quantisers: quantised ? { u: quantiser(8, 4) } : {},
    origin: [{ name }],
  });
/** Its synapse sees traces, not spikes: no layer on events. */
const traced = dcllLayer({
  name: "traced",
  input: shape(4),
  synapse: linear(shape(4), 4, realWeights(new Array(16).fill(0.5))),
  form: "pre",
  alpha: 0.5,
  alphas: 0.5,
});
const two = network("net", [layer("a"), layer("b")]);
const own = network("net", [layer("a", true)]);

/** What is said of settings without effect, by a file and by options, each `key.key=value`. */
function said(model: SpikingModel, yaml: string, options = "", calibration?: Calibration): readonly string[] {
  const overrides = options.split(" ").flatMap((option): Override[] => {
    const [path, value] = option.split("=") as [string, string];
    const [first, ...rest] = path.split(".") as [string, ...string[]];
    const known = /^\d+$/.test(value) ? Number(value) : value;
    return option === ""
      ? []
      : [{ path: [first, ...rest], option: `--${rest.at(-1) ?? first}`, value: known }];
  });
  const loaded = parseConfig(yaml, "s.yaml", overrides);
  if (!loaded.ok) throw new Error(loaded.diagnostics.map(renderDiagnostic).join("\n"));
  const { config, locate, written } = loaded.value;
  const settings = { config: settleBurnIn(config, undefined), calibration, locate, written };
  return runPipeline(model, settings)
    .diagnostics.filter(({ text }) => text.includes("has no effect"))
    .map((d) => renderDiagnostic(d).replace(/\n {2}hint: dense layers have pe and simd.*/, ""));
}

test("option-unused: an option that no layer uses is an error, a key of the file a warning", () => {
  const why = "has no effect: no layer has the event engine";
  expect(said(two, "engine: dense", "event.taps=row event.lanes=auto")).toEqual([
    `error[option-unused] '--taps': event.taps = row ${why}`,
    `error[option-unused] '--lanes': event.lanes = auto ${why}`,
  ]);
  expect(said(two, "engine: dense\nevent: { taps: row }")).toEqual([
    `warning[option-unused] s.yaml:2:10: event.taps = row ${why}`,
  ]);
  // A key of the file that says what it would be anyway asks for nothing.
  expect(said(two, "engine: dense\nevent: { taps: auto, ports: 1 }")).toEqual([]);
  expect(said(two, "engine: event\ndense: { pe: 4 }", "dense.simd=2")).toEqual([
    "warning[option-unused] s.yaml:2:10: dense.pe = 4 has no effect: no layer has the dense engine",
    "error[option-unused] '--simd': dense.simd = 2 has no effect: no layer has the dense engine",
  ]);
  expect(said(two, "engine: event\nlayers: { b: { engine: dense } }", "dense.simd=2 event.taps=one")).toEqual(
    [],
  );
});

test("what layers overrule is said where every layer does, with the places that count", () => {
  const yaml = "engine: dense\nlayers:\n  a: { pe: 2 }\n  b: { pe: 1 }";
  expect(said(two, yaml, "dense.pe=4")).toEqual([
    "error[option-unused] '--pe': dense.pe = 4 has no effect: every dense layer has its own\n" +
      "  note: s.yaml:3:8: this counts\n  note: s.yaml:4:8: this counts",
  ]);
  expect(said(two, `dense: { pe: 4 }\n${yaml}`)[0]).toContain("warning[option-unused] s.yaml:1:10: dense.pe");
  expect(said(two, yaml.replace("  b: { pe: 1 }", ""), "dense.pe=4")).toEqual([]);
  // What all say alike counts, wherever it stands.
  expect(said(two, yaml.replace("pe: 1", "pe: 2"), "dense.pe=2")).toEqual([]);
  const engines = "layers: { a: { engine: dense }, b: { engine: dense } }";
  expect(said(two, `engine: event\n${engines}`)[0]).toContain(
    "engine = event has no effect: every layer has",
  );
});

test("a key under layers: that its engine has no use for is an error", () => {
  expect(said(two, "engine: dense\nlayers: { a: { lanes: 2, taps: row, pe: 2 } }")).toEqual([
    "error[option-unused] s.yaml:2:26: taps = row has no effect: layer 'a' has the dense engine",
    "error[option-unused] s.yaml:2:16: lanes = 2 has no effect: layer 'a' has the dense engine",
  ]);
  // settings.json of a build repeats under each layer what the whole network has.
  expect(said(two, "engine: dense\nlayers: { a: { lanes: auto, ports: 1 } }")).toEqual([]);
  // Where the engine is refused, nothing is said of its settings.
  expect(said(network("net", [traced]), "layers: { traced: { engine: event, taps: one } }")).toEqual([]);
});

/** It ends in more spikes than can be classes. */
const wide = network("net", [
  lifLayer({
    name: "a",
    input: shape(4),
    synapse: linear(shape(4), 300, quantisedWeights(new Int32Array(1200).fill(1), 1)),
    decay: 0.5,
    reset: "none",
  }),
]);

test("of a network without a readout, and of one with", () => {
  const why = "has no effect: the network has no readout";
  expect(
    said(wide, "readout: { acts: 2, vote: majority }", "readout.burnIn=5 readout.vote=sum readouts=all"),
  ).toEqual([
    `warning[option-unused] s.yaml:1:12: readout.acts = 2 ${why}`,
    `error[option-unused] '--vote': readout.vote = sum ${why}`,
    `error[option-unused] '--burnIn': readout.burnIn = 5 ${why}`,
    `error[option-unused] '--readouts': readouts = all ${why}`,
  ]);
  const logits = readout({ layer: layer("b"), classes: 1, weights: realWeights([1, 2, 3, 4]), bias: [0] });
  const model = network("net", [layer("a"), layer("b")], [logits]);
  expect(said(model, "", "readout.acts=2 readout.burnIn=5 readout.vote=sum readouts=all")).toEqual([]);
});

test("of formats that the checkpoint has already, and of one that has none", () => {
  const options = "weightBits=6 stateBits=20 coefficientBits=9 traces=commuted";
  const calibration = { states: new Map([["a.u", { min: -1, max: 1 }]]), clips: new Map() };
  expect(said(own, "calibration: c.json", options, calibration)).toEqual([
    "error[option-unused] '--weightBits': weightBits = 6 has no effect: all weights have formats of their own",
    "error[option-unused] '--stateBits': stateBits = 20 has no effect: all states have formats of their own",
    "error[option-unused] '--coefficientBits': coefficientBits = 9 has no effect: nothing is multiplied by a constant that is no power of two",
    "warning[option-unused] s.yaml:1:1: the calibration has no effect: all weights and states have formats of their own",
    "error[option-unused] '--traces': traces = commuted has no effect: no layer has traces before its synapse",
  ]);
  expect(said(own, "weightBits: 6")).toEqual([
    expect.stringContaining("warning[option-unused] s.yaml:1:1: weightBits"),
  ]);
  const decaying = dcllLayer({ ...traced, name: "traced", form: "pre", alpha: 0.7, alphas: 0.6 });
  expect(said(network("net", [decaying]), "calibration: c.json", options)).toEqual([]);
});
