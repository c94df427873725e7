import { expect, test } from "vitest";
import { defaultConfig, settleBurnIn } from "../config/defaults.js";
import { conv, dcllLayer, network, readout, realWeights, shape } from "../ir/builders.js";
import { changesNumbers } from "../measure/choice-effects.js";
import { runPipeline } from "../pipeline.js";
import { type Choice, diagnosticOf } from "./choice.js";

const loc = { file: "net.pkl", name: "layer1.weight" };
const base = { input: shape(2, 2, 2), origin: [loc], form: "pre", alpha: 0.875, gains: [4, 1] } as const;
const synapse = { ...conv({ outChannels: 2, kernel: [1, 1], weights: realWeights([2, -1, 1, 3]) }), ...base };
const first = dcllLayer({ ...base, name: "layer1", synapse, alphas: 0.75 });
const second = dcllLayer({ ...base, name: "layer2", synapse, alphas: [0.75, 0.5] });
const open = { kind: "sigmoid", quantiser: undefined } as const;
const logits = readout({
  layer: second,
  classes: 1,
  weights: realWeights([1, 2, 3, 4, 5, 6, 7, 8]),
  bias: [0],
  activation: open,
});

function compiled() {
  const config = settleBurnIn({ ...defaultConfig, traces: "commuted", engine: "auto" }, undefined);
  const states = new Map([["layer1.eps0", { min: 0, max: 30 }]]);
  const calibration = { states, clips: new Map([["layer1", { quantiles: [1, 0.5] }]]) };
  const result = runPipeline(network("net", [first, second], [logits]), { config, calibration });
  if (!result.ok) throw new Error("no network");
  return { choices: result.value.choices, diagnostics: result.diagnostics };
}

test("every choice is data, in the order of the passes, and what users read is printed from it", () => {
  const { choices, diagnostics } = compiled();
  expect(choices.map(diagnosticOf)).toEqual(diagnostics);
  expect(choices.map(({ kind }) => kind)).toEqual([
    ...["traces", "traces", "gains", "gains"],
    ...["weights", "state-format", "state-format", "weights", "state-format", "state-format"],
    ...["weights", "activation", "dense-engine"],
  ]);
  const of = <K extends Choice["kind"]>(kind: K) =>
    choices.filter((c): c is Choice & { kind: K } => c.kind === kind);
  expect(of("traces").map((c) => [c.layer, c.commutation.kind, c.loc])).toEqual([
    ["layer1", "moved", loc],
    ["layer2", "kept", loc],
  ]);
  expect(of("gains")[0]).toMatchObject({
    layer: "layer1",
    gain: [4],
    states: [
      { state: "layer1.eps0", gain: [1] },
      { state: "layer1.eps1", gain: [1] },
    ],
  });
  expect(of("weights").map((c) => [c.of, c.name, c.bits, c.quantiles])).toEqual([
    ["layer", "layer1", 8, [1, 0.5]],
    ["layer", "layer2", 8, [0.99]],
    ["readout", "logits", 8, "per-tensor"],
  ]);
  expect(of("state-format").map((c) => [c.state, c.quantiser.bits, c.measured?.max])).toEqual([
    ["layer1.eps0", 24, 30],
    ["layer1.eps1", 24, undefined],
    ["layer2.eps0", 24, undefined],
    ["layer2.eps1", 24, undefined],
  ]);
  expect(of("activation")).toMatchObject([{ readout: "logits", quantiser: { scale: [2 ** -8] } }]);
  expect(of("dense-engine")).toMatchObject([
    { layer: "layer2", reason: expect.stringContaining("'layer2.eps0' stands before its synapse") },
  ]);
});

test("traces that stay and engines change no number", () => {
  const rest = compiled().choices.filter((choice) => !changesNumbers(choice));
  expect(rest.map(({ kind }) => kind)).toEqual(["traces", "dense-engine"]);
});
