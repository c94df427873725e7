import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { conv, lifLayer, network, quantisedWeights, realWeights, shape } from "../ir/builders.js";
import type { Weights } from "../ir/spiking.js";
import { checkCalibration } from "./check-calibration.js";
import { type Calibration, noCalibration } from "./formats/calibration.js";

const loc = { file: "c.json", line: 3, column: 5 };
const model = (weights: Weights) => {
  const origin = [{ file: "net.pkl", name: "weight" }];
  const synapse = conv({ outChannels: 3, kernel: [1, 1], weights, origin });
  const base = {
    name: "layer1",
    input: shape(1, 2, 2),
    synapse,
    origin: [{ file: "net.pkl", name: "layer1" }],
  };
  return network("net", [lifLayer({ ...base, decay: 0.75, threshold: 1, reset: "subtract" })]);
};
const real = model(realWeights([1, 2, 3]));
const said = (calibration: Partial<Calibration>, network = real) => {
  const options = { weightBits: 8, calibration: { ...noCalibration, ...calibration } };
  const { output, diagnostics } = checkCalibration.run(network, options);
  expect(output).toBe(network);
  return diagnostics.map(renderDiagnostic);
};
const clipped = (layer: string, ...quantiles: number[]): Partial<Calibration> => ({
  clips: new Map([[layer, { quantiles, loc }]]),
});

test("what fits the network is nobody's mistake", () => {
  const states = new Map([["layer1.u", { min: -1, max: 1, loc }]]);
  expect(said({ ...clipped("layer1", 1, 0.5, 0.9), states })).toEqual([]);
  expect(said(clipped("layer1", 0.9))).toEqual([]);
});

describe("a calibration of another network", () => {
  test("calibration-unknown-state", () => {
    const range = { min: -1, max: 1, loc };
    const states = new Map(["layer1.v", "layer1.w"].map((state) => [state, range]));
    expect(said({ states })).toEqual([
      "warning[calibration-unknown-state] c.json:3:5: the network has no state 'layer1.v'; its range is not used\n  note: net.pkl: 'layer1': the states of 'net' are layer1.u",
      "warning[calibration-unknown-state] c.json:3:5: the network has no state 'layer1.w'; its range is not used",
    ]);
  });

  test("calibration-clips", () => {
    expect(said(clipped("layer1", 1, 0.5))).toEqual([
      "error[calibration-clips] c.json:3:5: layer 'layer1' has 3 output channels, but 2 clips\n  note: net.pkl: 'weight': the weights of 'layer1'\n  hint: give one for all channels, or run spikec calibrate again",
    ]);
  });

  test("calibration-unknown-layer: there is none, or its weights are integers", () => {
    const unknown = (layer: string) => [
      `warning[calibration-unknown-layer] c.json:3:5: the network has no layer '${layer}' whose weights are still real; its clip is not used`,
    ];
    expect(said(clipped("layer1", 1), model(quantisedWeights([1, 2, 3], 1)))).toEqual(unknown("layer1"));
    expect(said(clipped("layer9", 1))).toEqual(unknown("layer9"));
  });

  test("calibration-bits", () => {
    const bits = { weightBits: 6, stateBits: 24, coefficientBits: 17 };
    expect(said({ ...clipped("layer1", 1), bits })).toEqual([
      "warning[calibration-bits]: the clips were chosen for weights of 6 bits; these get 8\n  hint: run spikec calibrate again with the same --weight-bits",
    ]);
    expect(said({ bits })).toEqual([]);
  });
});
