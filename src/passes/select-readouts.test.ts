import { expect, test } from "vitest";
import { renderDiagnostic } from "../diagnostics/render.js";
import { conv, dcllLayer, linear, network, readout, realWeights, shape } from "../ir/builders.js";
import { saidOf } from "./pass.js";
import { selectReadouts } from "./select-readouts.js";

const base = { form: "pre", alpha: 0.5, alphas: 0.5 } as const;
const weights = (count: number) => realWeights(new Float64Array(count).fill(1));
const first = dcllLayer({
  ...base,
  name: "layer1",
  input: shape(1, 2, 2),
  synapse: conv({ outChannels: 2, kernel: [1, 1], weights: weights(2) }),
});
const second = dcllLayer({
  ...base,
  name: "layer2",
  input: first.sent,
  synapse: linear(first.sent, 3, weights(24)),
});
const of = (layer: typeof first, name: string, inputs: number) =>
  readout({ name, layer, classes: 2, weights: weights(2 * inputs), bias: [0, 0] });
const local = [of(first, "layer1.i2o", 8), of(second, "layer2.i2o", 3)];
const trained = of(second, "layer2.output_", 3);

const kept = (readouts: "last" | "all", all = [...local, trained]) => {
  const { output, diagnostics } = selectReadouts.run(network("net", [first, second], all), {
    readouts,
    vote: "sum",
  });
  const reaches = output.readouts.some((r) => r.layer === "layer2") || output.readouts.length === 0;
  expect(output.layers).toEqual(reaches ? [first, second] : [first]);
  expect(diagnostics.map(renderDiagnostic)).toEqual(
    reaches
      ? []
      : [
          "warning[layers-left-out] 'layer2': nothing reads 'layer2', behind the last readout: left out\n" +
            "  hint: give the last layer a readout, or leave these layers out of the export",
        ],
  );
  expect(output.readouts.map((r) => r.vote)).toEqual(output.readouts.map(() => "sum"));
  return output.readouts.map((r) => r.name);
};

test("last: the trained readout of the last layer, else its local one", () => {
  expect(kept("last")).toEqual(["layer2.output_"]);
  expect(kept("last", local)).toEqual(["layer2.i2o"]);
  expect(kept("last", [of(first, "layer1.i2o", 8)])).toEqual(["layer1.i2o"]);
  expect(kept("last", [])).toEqual([]);
});

test("readout-left-out: of several readouts of the last layer, with the place of each", () => {
  const placed = [...local, trained].map((r) => ({ ...r, origin: [{ file: "net.pkl", name: r.name }] }));
  const said = (readouts: "last" | "all", all = placed) => {
    const model = network("net", [first, second], all);
    return saidOf(selectReadouts.run(model, { readouts, vote: "sum" })).map(renderDiagnostic);
  };
  expect(said("last")).toEqual([
    "note[readout-left-out] net.pkl: 'layer2.output_': layer 'layer2' has several readouts: the last of them is compiled, 'layer2.output_'\n" +
      "  note: net.pkl: 'layer2.i2o': 'layer2.i2o' is not compiled\n" +
      "  hint: --readouts all (`readouts: all` in spikec.yaml) compiles every readout",
  ]);
  expect([said("all"), said("last", placed.slice(0, 2)), said("last", [])]).toEqual([[], [], []]);
});

test("all: every readout, in order", () => {
  expect(kept("all")).toEqual(["layer1.i2o", "layer2.i2o", "layer2.output_"]);
});

test("readout-renamed: stages are known by their names, so that no two have the same", () => {
  const named = ["layer2", "x", "layer2.readout"].map((name) => of(second, name, 3));
  const { output, diagnostics } = selectReadouts.run(network("net", [first, second], named), {
    readouts: "all",
    vote: "sum",
  });
  expect(output.readouts.map(({ name }) => name)).toEqual(["layer2.readout", "x", "layer2.readout.readout"]);
  expect(diagnostics.map(renderDiagnostic)[0]).toBe(
    "note[readout-renamed] 'layer2': readout 'layer2' has the name of a layer or of another readout: here it is 'layer2.readout'",
  );
});
