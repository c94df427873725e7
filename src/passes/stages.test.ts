import { describe, expect, test } from "vitest";
import { settleBurnIn } from "../config/defaults.js";
import { parseConfig } from "../config/load.js";
import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { renderDiagnostic, renderLoc } from "../diagnostics/render.js";
import {
  conv,
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
import { type SpikingLayer, type SpikingModel, sizeOf } from "../ir/spiking.js";
import { runPipeline } from "../pipeline.js";
import { type Calibration, noCalibration } from "./formats/calibration.js";

const input = shape(1, 2, 2);
const weights = (count: number) => realWeights(Array.from({ length: count }, (_, i) => (i % 5) - 2));
const synapse = conv({ outChannels: 2, kernel: [1, 1], weights: weights(2) });
const traces = { input, synapse, form: "pre", alphas: 0.75 } as const;
/** Traces of which one decays so slowly that few bits leave no decay. */
const slow = dcllLayer({ ...traces, name: "slow", alpha: 0.97, origin: [{ name: "slow" }] });
/** A potential that nothing decays or resets. */
const open = lifLayer({
  name: "open",
  input: slow.sent,
  synapse: linear(slow.sent, 3, weights(24)),
  decay: 1,
  reset: "none",
  origin: [{ name: "open" }],
});

function run(model: SpikingModel, yaml: string, calibration?: Calibration): readonly Diagnostic[] {
  const loaded = parseConfig(yaml, "/net/spikec.yaml");
  if (!loaded.ok) throw new Error("no configuration");
  const config = settleBurnIn(loaded.value.config, undefined);
  const { locate, written } = loaded.value;
  return runPipeline(model, { config, calibration, locate, written }).diagnostics;
}

/** Errors without notes and hints. */
function said(model: SpikingModel, yaml: string, calibration?: Calibration): readonly string[] {
  const errors = run(model, yaml, calibration).filter((d) => d.severity === "error");
  expect(errors).not.toEqual([]);
  return errors.map((d) => renderDiagnostic(d).split("\n")[0] as string);
}

describe("independent mistakes are said in one run, and nothing that only follows from them", () => {
  const yaml = "coefficientBits: 4\nlayers:\n  opne: { pe: 3 }";
  const names = "error[config-unknown-layer] /net/spikec.yaml:3:3: the network has no layer 'opne'";
  const decay =
    "error[coefficient-too-narrow] 'slow': slow.pre.eps1_decay: 0.97 rounds to 1 in 4 bits, so that nothing would decay";
  const unbounded =
    "error[state-unbounded] 'open': state 'open.u' grows without bound for the worst input, so that no format holds it";

  test("of names, of decays, of clips and of bounds", () => {
    const clips = new Map([["open", { quantiles: [1, 0.5], loc: { file: "c.json", line: 2, column: 3 } }]]);
    expect(said(network("net", [slow, open]), yaml, { ...noCalibration, clips })).toEqual([
      names,
      decay,
      "error[calibration-clips] c.json:2:3: layer 'open' has 3 output channels, but 2 clips",
      unbounded,
    ]);
  });

  test("each mistake mended leaves the others", () => {
    const model = network("net", [slow, open]);
    expect(said(model, yaml)).toEqual([names, decay, unbounded]);
    expect(said(model, "coefficientBits: 4")).toEqual([decay, unbounded]);
    expect(said(model, "layers: { opne: {} }")).toEqual([names.replace("3:3", "1:11"), unbounded]);
    expect(said(network("net", [slow]), "coefficientBits: 4")).toEqual([decay]);
  });

  test("shapes that don't fit end the way: nothing behind them can be judged", () => {
    const broken = { ...slow, sent: shape(7) };
    const codes = said(network("net", [broken, open]), yaml).map((text) => text.split("]")[0]);
    expect(new Set(codes)).toEqual(new Set(["error[model-shape"]));
  });

  test("of the lowering: two readouts, and the layer that a third reads", () => {
    const quantisers = { eps0: quantiser(46, 8), eps1: quantiser(46, 8) };
    const wide = dcllLayer({
      ...traces,
      name: "wide",
      alpha: 1,
      alphas: 1,
      input: shape(16, 2, 2),
      synapse: { ...synapse, weights: quantisedWeights(new Int32Array(32).fill(127), 2 ** -6, 8) },
      quantisers,
      origin: [{ name: "wide" }],
    });
    const next = lifLayer({
      ...open,
      decay: 0.5,
      reset: "none",
      input: wide.sent,
      quantisers: { u: quantiser(16, 8) },
    });
    const read = (layer: SpikingLayer, name: string, change: object = {}) => ({
      ...readout({
        layer,
        name,
        classes: 1,
        weights: quantisedWeights(new Int32Array(sizeOf(layer.sent)), 1),
        bias: [0],
      }),
      ...change,
    });
    const activation = (kind: "sigmoid" | "identity") => ({
      kind,
      quantiser: undefined,
      origin: [{ name: kind }],
    });
    const readouts = [
      read(wide, "first"),
      read(next, "second", { activation: activation("identity") }),
      read(next, "third", { activation: activation("identity") }),
    ];
    expect(said(network("net", [wide, next], readouts), "readouts: all")).toEqual([
      "error[sum-too-wide]: sums of 'wide' need 57 bits; 53 is the most that simulators hold exactly",
      ...["second", "third"].map(
        (name) =>
          `error[readout-activation] 'open': readout '${name}' needs an activation quantised to unsigned integers of at most 12 bits, found none`,
      ),
    ]);
  });

  test("of the mapping: lanes of two layers, and of what reads a third; beside a name and what has no effect", () => {
    const layers = [0, 1, 2].map((i) =>
      lifLayer({
        name: `layer${i + 1}`,
        input: shape(4),
        synapse: linear(shape(4), 4, weights(16)),
        decay: 0.5,
        reset: "none",
      }),
    );
    const [first, second, third] = layers as [SpikingLayer, SpikingLayer, SpikingLayer];
    const logits = readout({ layer: third, classes: 2, weights: weights(8), bias: [0, 0] });
    const model = network("net", [first, second, third], [logits]);
    const yaml =
      "layers: { layer1: { pe: 3 }, layer2: { simd: 5 }, layer3: { pe: 4 } }\nreadout: { acts: 7 }\nengine: dense";
    const wrong = (owner: string, key: string, lanes: number, possible: string) =>
      `error[lanes-do-not-divide] '${owner}' attribute '${key}': ${key} = ${lanes} does not divide 4; possible: ${possible}`;
    const lanes = [
      wrong("layer1", "pe", 3, "1, 2, 4"),
      wrong("layer2", "simd", 5, "1, 2, 4"),
      wrong("logits", "acts", 7, "1, 2, 4"),
    ];
    expect(said(model, yaml)).toEqual(lanes);
    const more = yaml.replace("pe: 4 }", "pe: 4, taps: row }, layr4: {}");
    expect(said(model, more)).toEqual([
      "error[config-unknown-layer] /net/spikec.yaml:1:81: the network has no layer 'layr4'",
      ...lanes,
      "error[option-unused] /net/spikec.yaml:1:68: taps = row has no effect: layer 'layer3' has the dense engine",
    ]);
  });
});

describe("a note names where the key was written that doesn't fit", () => {
  const layer = lifLayer({
    name: "layer1",
    input: shape(4),
    synapse: linear(shape(4), 4, weights(16)),
    decay: 0.5,
    reset: "none",
    origin: [{ name: "fc1" }],
  });
  const dense = dcllLayer({ ...traces, name: "traced", alpha: 0.5, origin: [{ name: "conv" }] });
  const notes = (model: SpikingModel, yaml: string, calibration?: Calibration) =>
    run(model, yaml, calibration).flatMap((d) => {
      const places = d.notes.map(({ text, loc }) => `${renderLoc(loc ?? {})}: ${text}`);
      return d.notes.length === 0 ? [] : [[d.code, ...places]];
    });
  const logits = readout({ layer, classes: 2, weights: weights(8), bias: [0, 0] });
  const cases: readonly (readonly [string, SpikingModel, string, string])[] = [
    ["lanes-do-not-divide", network("net", [layer]), "engine: dense\ndense: { pe: 3 }", ":2:10: pe"],
    [
      "lanes-do-not-divide",
      network("net", [layer]),
      "engine: dense\ndense: { pe: 2 }\nlayers: { layer1: { pe: 3 } }",
      ":3:21: pe",
    ],
    ["lanes-do-not-divide", network("net", [layer], [logits]), "readout: { acts: 3 }", ":1:12: acts"],
    [
      "lanes-do-not-divide",
      network("net", [layer]),
      "engine: event\nevent: { channels: 3 }",
      ":2:10: channels",
    ],
    ["event-lanes", network("net", [layer]), "engine: event\nevent: { lanes: 3 }", ":2:10: lanes"],
    ["engine-event", network("net", [dense]), "layers: { traced: { engine: event } }", ":1:21: engine"],
    ["coefficient-too-narrow", network("net", [slow]), "coefficientBits: 4", ":1:1: coefficientBits"],
  ];
  test.each(cases)("%s %#", (code, model, yaml, note) => {
    const found = notes(model, yaml).filter(([said]) => said === code);
    expect(found).toEqual([[code, `/net/spikec.yaml${note} is given here`]]);
  });

  test("calibration-bits", () => {
    const bits = { weightBits: 8, stateBits: 24, coefficientBits: 17 };
    const clips = new Map([["layer1", { quantiles: [1] }]]);
    expect(notes(network("net", [layer]), "weightBits: 6", { ...noCalibration, clips, bits })).toEqual([
      ["calibration-bits", "/net/spikec.yaml:1:1: weightBits is given here"],
    ]);
  });

  test("readout-pool: the layer", () => {
    const pooled = {
      ...readout({ layer: dense, classes: 1, weights: weights(2), bias: [0] }),
      pool: { height: 2, width: 2 },
    };
    expect(notes(network("net", [dense], [pooled]), "")).toEqual([
      ["readout-pool", "'conv': the layer 'traced'"],
    ]);
  });

  test("nothing where a default doesn't fit", () => {
    expect(notes(network("net", [layer]), "")).toEqual([]);
  });
});
