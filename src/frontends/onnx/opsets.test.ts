import { describe, expect, test } from "vitest";
import { printSpiking } from "../../ir/spiking-printer.js";
import {
  type AttributeSpec,
  diagnosticsOf,
  expectModel,
  type ModelSpec,
  type NodeSpec,
  nodeOf,
  quantNode,
  ramp,
  scalar,
} from "./testing/model.js";

const opsets = Array.from({ length: 15 }, (_, i) => 9 + i);

/**
 * Two layers, with every operator whose form changed between opsets 9 and 23 in the form of `opset`: Dropout and Pad →
 * Conv → BatchNormalization → leaky state, bounded below → x >= c → MaxPool → sum of the map → Gemm → spikes.
 */
function network(opset: number): ModelSpec {
  const initializers: ModelSpec["initializers"] = {
    w: ramp([2, 1, 3, 3], -1, 0.125),
    sw: { dims: [2, 1, 1, 1], data: [0.25, 0.125] },
    zero: scalar(0),
    bits8: scalar(8),
    bits24: scalar(24),
    su: scalar(2 ** -16),
    gain: { dims: [2], data: [1, 0.5] },
    shift: { dims: [2], data: [0.5, -0.5] },
    mean: { dims: [2], data: [0, 0.25] },
    variance: { dims: [2], data: [1, 0.25] },
    theta: scalar(0.75),
    w2: ramp([3, 2], -1, 0.5),
  };
  /** A list of integers: an attribute before opset `since`, an input from there on. */
  const list = (since: number, name: string, data: number[]): [string[], Record<string, AttributeSpec>] => {
    if (opset < since) return [[], { [name]: data }];
    initializers[name] = { dims: [data.length], data, type: 7 };
    return [[name], {}];
  };
  const [pads, padsAt] = list(11, "pads", [0, 0, 0, 0, 0, 0, 0, 0]);
  const [axes, axesAt] = list(13, "axes", [2, 3]);
  const bounded: NodeSpec =
    opset < 11
      ? { op: "Clip", name: "bound", in: ["sum"], out: ["v"], attributes: { min: { float: -2 } } }
      : { op: "Clip", name: "bound", in: ["sum", "low"], out: ["v"] };
  if (opset >= 11) initializers.low = scalar(-2);
  const decay: NodeSpec["attributes"] =
    opset < 12 ? { value: { tensor: scalar(0.875) } } : { value_float: { float: 0.875 } };
  const fires: NodeSpec[] =
    opset < 12
      ? [
          { op: "Less", name: "below", in: ["v", "theta"], out: ["silent"] },
          { op: "Not", name: "not", in: ["silent"], out: ["fired"] },
        ]
      : [{ op: "GreaterOrEqual", name: "fire", in: ["v", "theta"], out: ["fired"] }];
  // Dropout's ratio is an attribute before opset 12, then an input, beside one that says whether it trains.
  const drop: NodeSpec =
    opset < 12
      ? { op: "Dropout", name: "drop", in: ["spikes"], out: ["kept"], attributes: { ratio: { float: 0.5 } } }
      : { op: "Dropout", name: "drop", in: ["spikes", "ratio", "training"], out: ["kept", "mask"] };
  if (opset >= 12) Object.assign(initializers, { ratio: scalar(0.5), training: { ...scalar(0), type: 6 } });
  if (opset < 11) initializers.none = { dims: [3], data: [0, 0, 0] };
  return {
    opset,
    inputs: {
      spikes: { dims: [1, 1, 4, 4] },
      "layer1.u": { dims: [1, 2, 4, 4] },
      "layer2.u": { dims: [1, 3] },
    },
    outputs: ["layer1.spikes", "layer2.spikes", "layer1.u_next", "layer2.u_next"],
    initializers,
    nodes: [
      drop,
      { op: "Pad", name: "pad", in: ["kept", ...pads], out: ["padded"], attributes: padsAt },
      quantNode(["w", "sw", "zero", "bits8"], "wq", { narrow: 1 }),
      { op: "Conv", name: "conv", in: ["padded", "wq"], out: ["c"], attributes: { pads: [1, 1, 1, 1] } },
      {
        op: "BatchNormalization",
        name: "norm",
        in: ["c", "gain", "shift", "mean", "variance"],
        out: ["n"],
        attributes: {
          epsilon: { float: 0 },
          momentum: { float: 0.5 },
          ...(opset < 14 ? {} : { training_mode: 0 }),
        },
      },
      { op: "Identity", name: "same", in: ["n"], out: ["current"] },
      { op: "Constant", name: "decay", in: [], out: ["decay"], attributes: decay },
      { op: "Mul", name: "leak", in: ["layer1.u", "decay"], out: ["leak"] },
      { op: "Add", name: "sum", in: ["leak", "current"], out: ["sum"] },
      bounded,
      ...fires,
      {
        op: "Cast",
        name: opset < 12 ? "fire" : "cast",
        in: ["fired"],
        out: ["s"],
        attributes: { to: 11, ...(opset < 19 ? {} : { saturate: 1 }) },
      },
      {
        op: "MaxPool",
        name: "pool",
        in: ["s"],
        out: ["layer1.spikes"],
        attributes: {
          kernel_shape: [2, 2],
          strides: [2, 2],
          ...(opset < 10 ? {} : { ceil_mode: 0, dilations: [1, 1] }),
        },
      },
      { op: "Sub", name: "reset", in: ["v", "s"], out: ["r"] },
      quantNode(["r", "su", "zero", "bits24"], "layer1.u_next"),
      {
        op: "ReduceSum",
        name: "total",
        in: ["layer1.spikes", ...axes],
        out: ["total"],
        attributes: { ...axesAt, keepdims: 1 },
      },
      { op: "Squeeze", name: "flat", in: ["total", ...axes], out: ["flat"], attributes: axesAt },
      { op: "Unsqueeze", name: "lift", in: ["flat", ...axes], out: ["lifted"], attributes: axesAt },
      { op: "Flatten", name: "flat2", in: ["lifted"], out: ["f"] },
      {
        op: "Gemm",
        name: "linear",
        in: opset < 11 ? ["f", "w2", "none"] : ["f", "w2"],
        out: ["c2"],
        attributes: { transB: 1 },
      },
      { op: "Add", name: "sum2", in: ["layer2.u", "c2"], out: ["v2"] },
      { op: "Greater", name: "fire2", in: ["v2", "theta"], out: ["fired2"] },
      { op: "Cast", name: "cast2", in: ["fired2"], out: ["layer2.spikes"], attributes: { to: 11 } },
      { op: "Sub", name: "reset2", in: ["v2", "layer2.spikes"], out: ["r2"] },
      quantNode(["r2", "su", "zero", "bits24"], "layer2.u_next"),
    ],
  };
}

/** A model as text, but for the biases of 0 that Gemm needs before opset 11. */
const printed = (m: ModelSpec): string =>
  printSpiking(expectModel(m))
    .replace(/ +none = 0\n +biased = in \+ none\n/, "")
    .replaceAll("u + biased", "u + in");

describe("opsets 9 to 23", () => {
  const expected = printed(network(17));

  test.each(opsets)("opset %i is the same network", (opset) => {
    expect(printed(network(opset))).toBe(expected);
    expect(diagnosticsOf(network(opset))).toEqual([]);
  });

  test.each(opsets)("opset %i: training, masks and statistics are refused", (opset) => {
    const dropping = network(opset);
    if (opset >= 12) {
      dropping.initializers.training = { dims: [], data: [1], type: 6 };
      expect(diagnosticsOf(dropping)).toMatchObject([
        { code: "onnx-operator", text: "operator Dropout cannot be compiled: it acts in training only" },
      ]);
    }
    const masked = network(opset);
    nodeOf(masked, "drop").out = ["kept", "mask"];
    nodeOf(masked, "pad").in[0] = "mask";
    expect(diagnosticsOf(masked)).toMatchObject([
      {
        text: "operator Dropout cannot be compiled: its output 1, 'mask', is read, and only the first is compiled",
      },
    ]);
    const trained = network(opset);
    nodeOf(trained, "norm").out = opset < 14 ? ["n", "m", "d", "sm", "sd"] : ["n", "m", "d"];
    expect(diagnosticsOf(trained)).toMatchObject([{ code: "onnx-operator", loc: { name: "norm" } }]);
  });

  test.each(["Split", "Slice"])("%s is refused in all of its forms", (op) => {
    for (const attributes of [{ axes: [1], starts: [0], ends: [1] }, {}] as const) {
      const m = network(17);
      Object.assign(nodeOf(m, "same"), { op, attributes });
      expect(diagnosticsOf(m)).toMatchObject([
        { code: "onnx-operator", loc: { name: "same", operator: op } },
      ]);
    }
  });

  test("zeros_like as ConstantOfShape is a constant", () => {
    const m = network(9);
    const reset = nodeOf(m, "reset");
    Object.assign(reset, { op: "Where", in: ["fired", "zeros", "v"] });
    m.nodes.splice(
      m.nodes.indexOf(reset),
      0,
      { op: "Shape", in: ["v"], out: ["v.shape"] },
      { op: "ConstantOfShape", name: "zeros", in: ["v.shape"], out: ["zeros"] },
    );
    expect(printSpiking(expectModel(m))).toContain("zeros = 0");
    nodeOf(m, "zeros").in = ["su"];
    expect(diagnosticsOf(m)[0]).toMatchObject({
      code: "onnx-shape",
      text: expect.stringContaining("it is no shape"),
    });
  });

  test("x >= c times 1, a constant that is written behind it, are spikes; times the potential it is a mask", () => {
    const m = network(9);
    nodeOf(m, "fire").out = ["plain"];
    m.nodes.splice(
      m.nodes.indexOf(nodeOf(m, "fire")) + 1,
      0,
      { op: "Constant", in: [], out: ["graded"], attributes: { value: { tensor: scalar(1) } } },
      { op: "Mul", in: ["plain", "graded"], out: ["s"] },
    );
    expect(printed(m)).toBe(expected);
    nodeOf(m, "reset").in = ["v", "masked"];
    m.nodes.splice(
      m.nodes.indexOf(nodeOf(m, "reset")),
      0,
      { op: "Not", name: "loud", in: ["silent"], out: ["loud"] },
      { op: "Cast", name: "mask", in: ["loud"], out: ["mask"], attributes: { to: 11 } },
      { op: "Mul", name: "masked", in: ["mask", "v"], out: ["masked"] },
    );
    expect(printSpiking(expectModel(m))).toMatch(/masked = below \? \w+ : bound/);
  });

  test("a comparison that is turned twice is itself", () => {
    const m = network(9);
    m.initializers.rest = scalar(0.25);
    Object.assign(nodeOf(m, "reset"), { op: "Where", in: ["again", "v", "rest"] });
    m.nodes.splice(m.nodes.indexOf(nodeOf(m, "reset")), 0, { op: "Not", in: ["fired"], out: ["again"] });
    expect(printSpiking(expectModel(m))).toContain("reset = below ? bound : rest");
  });

  test("a bound of Clip that is no float is refused", () => {
    const m = network(9);
    nodeOf(m, "bound").attributes = { min: -2 };
    expect(diagnosticsOf(m)).toMatchObject([{ code: "onnx-attribute", loc: { attribute: "min" } }]);
  });
});
