import { expect, test } from "vitest";
import { printSpiking } from "../../ir/spiking-printer.js";
import {
  diagnosticsOf,
  expectModel,
  insertBefore,
  lif,
  type ModelSpec,
  nodeOf,
  ramp,
} from "./testing/model.js";

const window = { kernel_shape: [2, 2], strides: [2, 2] };

/** The small network with its pool between Conv and the leaky state, not behind the spikes. */
function pooledCurrent(): ModelSpec {
  const m = lif();
  m.inputs["layer1.u"] = { dims: [1, 2, 2, 2] };
  m.nodes = m.nodes.filter(({ name }) => name !== "pool" && name !== "ppool");
  insertBefore(m, "sum", { op: "MaxPool", name: "cpool", in: ["c"], out: ["pc"], attributes: window });
  nodeOf(m, "sum").in = ["leak", "pc"];
  nodeOf(m, "cast").out = ["layer1.spikes"];
  nodeOf(m, "loss").in = ["layer1.spikes", "one"];
  nodeOf(m, "flat").in = ["pq"];
  return m;
}

test("MaxPool between Conv and neuron pools the sums; the bias of a channel is added behind it", () => {
  const text = printSpiking(expectModel(pooledCurrent()));
  expect(text.split("\n").slice(1, 12).join("\n")).toMatchInlineSnapshot(`
    "layer 'layer1' 1x4x4 -> 2x2x2 -> 2x2x2
      pre: operand = in
        in = input
      conv2d 2x1x3x3 s8 narrow -4..9 #8b39c117 scale [0.25, 0.125] stride 1x1 padding 1,1,1,1
      current pool: max 2x2
      post: spike = fire, potential = sum
        in = input
        bias = [0.5, -0.5]
        biased = in + bias
        u = state 'layer1.u'
        leak = u * 0.875"
  `);
  expect(text).toContain("pool: none");
});

test("BatchNormalization before the pool is part of the Conv, behind it of the recurrence, whatever its sign", () => {
  const normalised = (before: boolean): string => {
    const m = pooledCurrent();
    Object.assign(m.initializers, {
      gain: { dims: [2], data: [-2, 1] },
      shift: { dims: [2], data: [0.5, 0] },
      mean: { dims: [2], data: [0, 0] },
      variance: { dims: [2], data: [1, 1] },
    });
    const inputs = [before ? "c" : "pc", "gain", "shift", "mean", "variance"];
    insertBefore(m, before ? "cpool" : "sum", {
      op: "BatchNormalization",
      name: "bn",
      in: inputs,
      out: ["n"],
      attributes: { epsilon: { float: 0 } },
    });
    if (before) nodeOf(m, "cpool").in = ["n"];
    else nodeOf(m, "sum").in = ["leak", "n"];
    return printSpiking(expectModel(m));
  };
  const before = normalised(true);
  expect(before).toContain("current pool: max 2x2");
  expect(before).not.toContain("in * [");
  const behind = normalised(false);
  expect(behind).toContain("current pool: max 2x2");
  expect(behind).toMatch(/= biased \* \[-2, 1\]/);
});

test("what a comparison alone reads stays a pool of spikes: MaxPool(u) > c is MaxPool(u > c)", () => {
  const m = pooledCurrent();
  m.inputs = { spikes: { dims: [1, 1, 4, 4] } };
  m.outputs = ["layer1.spikes"];
  const kept = ["/q/wq", "conv", "cpool", "fire", "cast"];
  m.nodes = m.nodes.filter(({ name }) => kept.includes(name ?? ""));
  nodeOf(m, "fire").in = ["pc", "theta"];
  const [layer] = expectModel(m).layers;
  expect(layer?.currentPool).toBeUndefined();
  expect(layer?.pool).toEqual({ height: 2, width: 2 });
});

test("a bias that differs within a channel does not commute with the pool", () => {
  const m = pooledCurrent();
  m.initializers.map = ramp([1, 2, 4, 4], 0, 0.5);
  insertBefore(m, "cpool", { op: "Add", name: "place", in: ["c", "map"], out: ["placed"] });
  nodeOf(m, "cpool").in = ["placed"];
  expect(diagnosticsOf(m).map((d) => [d.code, d.loc.name, d.text])).toMatchInlineSnapshot(`
    [
      [
        "onnx-operator",
        "cpool",
        "operator MaxPool cannot be compiled: what it pools adds a constant that differs within a channel",
      ],
    ]
  `);
});

test("a pool of the current in another shape than the Conv's is refused", () => {
  const m = pooledCurrent();
  m.inputs["layer1.u"] = { dims: [1, 2, 1, 4] };
  m.initializers.dims = { dims: [4], data: [1, 2, 2, 8], type: 7 };
  insertBefore(m, "cpool", { op: "Reshape", name: "view", in: ["c", "dims"], out: ["viewed"] });
  nodeOf(m, "cpool").in = ["viewed"];
  expect(diagnosticsOf(m).map((d) => [d.code, d.loc.name, d.text])).toEqual([
    [
      "onnx-shape",
      "cpool",
      "the pooled map has shape [1, 2, 2, 8]: it is a view of the layer's 2x4x4, of which windows are other neurons",
    ],
  ]);
});

test("a pool of the whole map leads to an integrator: its potentials are the logits", () => {
  const m = pooledCurrent();
  m.inputs["layer1.u"] = { dims: [1, 2, 1, 1] };
  m.outputs = ["logits", "layer1.u_next"];
  const kept = ["/q/wq", "conv", "cpool", "leak", "sum"];
  m.nodes = m.nodes.filter(({ name }) => kept.includes(name ?? ""));
  nodeOf(m, "cpool").attributes = { kernel_shape: [4, 4], strides: [4, 4] };
  nodeOf(m, "sum").out = ["logits"];
  m.nodes.push({ op: "Identity", name: "next", in: ["logits"], out: ["layer1.u_next"] });
  const { layers, readouts } = expectModel(m);
  expect(layers[0]?.currentPool).toEqual({ height: 4, width: 4 });
  expect(readouts).toMatchObject([{ kind: "potential", name: "logits", classes: 2 }]);
});
