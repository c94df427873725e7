import { describe, expect, test } from "vitest";
import { diagnosticsOf, expectModel, importSpec, lif, type ModelSpec } from "./testing/model.js";

/** The small network with the names that an exporter gives: inputs `onnx::...`, outputs by number. */
function unnamed(names: Readonly<Record<string, string>>): ModelSpec {
  const m = lif();
  const renamed = (name: string): string => names[name] ?? name;
  return {
    ...m,
    inputs: Object.fromEntries(Object.entries(m.inputs).map(([name, port]) => [renamed(name), port])),
    outputs: m.outputs.map(renamed),
    outputDims: Object.fromEntries(
      Object.entries({ "layer1.spikes": [1, 2, 2, 2], logits: [1, 3], "layer1.u_next": [1, 2, 4, 4] }).map(
        ([name, dims]) => [renamed(name), dims],
      ),
    ),
    nodes: m.nodes.map((n) => ({ ...n, in: n.in.map(renamed), out: n.out.map(renamed) })),
  };
}

const defaults = { spikes: "onnx::Conv_0", "layer1.u": "onnx::Mul_1", "layer1.u_next": "37" };

describe("states with an exporter's names", () => {
  test("are paired where only one pairing is possible, and said", () => {
    const m = unnamed(defaults);
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-states-paired",
        severity: "note",
        text: "states have no names of their own, and only one pairing is possible by their shapes: 'onnx::Mul_1' with '37'; 'onnx::Conv_0' is the spikes",
        loc: { file: "test.onnx" },
      },
    ]);
    expect(expectModel(m).layers[0]!.post.states.map(({ name }) => name)).toEqual(["onnx::Mul_1"]);
  });

  test("spikes of the state's shape are not its next value", () => {
    const m = unnamed({ ...defaults, "layer1.spikes": "pooled" });
    m.outputs.push("s");
    m.outputDims!.s = [1, 2, 4, 4];
    expect(importSpec(m).ok).toBe(true);
    expect(diagnosticsOf(m)[0]).toMatchObject({ code: "onnx-states-paired" });
  });

  test("are refused with the names to give where several outputs could be the next value", () => {
    const m = unnamed(defaults);
    m.outputs.push("v");
    m.outputDims!.v = [1, 2, 4, 4];
    expect(diagnosticsOf(m).filter(({ code }) => code === "onnx-spike-input")).toMatchObject([
      {
        text: "2 inputs are neither parameters nor states ('onnx::Conv_0', 'onnx::Mul_1'); exactly one must carry the spikes",
        hint:
          "name each state's input X and its next value X_next, such as input_names=['onnx::Conv_0', 'state1'], " +
          "output_names=['layer1.spikes', 'logits', 'state1_next', 'v'] in torch.onnx.export, in the order of forward; " +
          "or say it in metadata_props: state:onnx::Mul_1 = 37 or v",
      },
    ]);
    m.metadata = { "state:onnx::Mul_1": "37" };
    expect(importSpec(m).ok).toBe(true);
  });

  test("are not guessed where the file says no shapes", () => {
    const m = { ...unnamed(defaults), outputDims: {} };
    expect(diagnosticsOf(m)).toMatchObject([{ code: "onnx-spike-input" }]);
  });

  test("of two layers of one shape follow from what depends on what", () => {
    const m = twoLayers();
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-states-paired",
        text: expect.stringContaining("'onnx::Mul_2' with '21', 'onnx::Mul_1' with '20'"),
      },
    ]);
    // Spikes of one shape with the states could be a state as well.
    m.inputs.x = { dims: [1, 2] };
    m.initializers.w1 = { dims: [2, 2], data: [1, 2, 3, 4] };
    expect(diagnosticsOf(m)[0]).toMatchObject({ code: "onnx-spike-input" });
  });
});

/** Two layers of two neurons on three inputs. */
function twoLayers(): ModelSpec {
  const layer = (i: number, x: string, state: string, next: string): ModelSpec["nodes"] => [
    { op: "MatMul", in: [x, `w${i}`], out: [`sum${i}`] },
    { op: "Mul", in: [state, "half"], out: [`leak${i}`] },
    { op: "Add", in: [`sum${i}`, `leak${i}`], out: [`v${i}`] },
    { op: "Greater", in: [`v${i}`, "one"], out: [`fired${i}`] },
    { op: "Cast", in: [`fired${i}`], out: [`s${i}`], attributes: { to: 11 } },
    { op: "Sub", in: [`v${i}`, `s${i}`], out: [next] },
  ];
  return {
    inputs: { x: { dims: [1, 3] }, "onnx::Mul_1": { dims: [1, 2] }, "onnx::Mul_2": { dims: [1, 2] } },
    outputs: ["s2", "20", "21"],
    outputDims: { s2: [1, 2], "20": [1, 2], "21": [1, 2] },
    initializers: {
      w1: { dims: [3, 2], data: [1, 2, 3, 4, 5, 6] },
      w2: { dims: [2, 2], data: [1, 2, 3, 4] },
      half: { dims: [], data: [0.5] },
      one: { dims: [], data: [1] },
    },
    nodes: [...layer(1, "x", "onnx::Mul_1", "20"), ...layer(2, "s1", "onnx::Mul_2", "21")],
  };
}
