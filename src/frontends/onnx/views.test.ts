import { describe, expect, test } from "vitest";
import { printSpiking } from "../../ir/spiking-printer.js";
import { linearOf } from "../../testing/linear.js";
import {
  diagnosticsOf,
  expectModel,
  insertBefore,
  lif,
  type ModelSpec,
  nodeOf,
  ramp,
} from "./testing/model.js";

/** The small network with node `name` reading its data reshaped; [1, 2, 4, 4] and [1, 2, 2, 8] have as many cells. */
function reshapedBefore(name: string, dims: readonly number[], m: ModelSpec = lif()): ModelSpec {
  const node = nodeOf(m, name);
  const [data = "", ...rest] = node.in;
  m.initializers[`${name}.dims`] = { dims: [dims.length], data: dims, type: 7 };
  insertBefore(m, name, {
    op: "Reshape",
    name: `view.${name}`,
    in: [data, `${name}.dims`],
    out: [`${name}.view`],
  });
  node.in = [`${name}.view`, ...rest];
  return m;
}

const view = [1, 2, 2, 8];

/** Averages of 2x2 of the spikes before their Conv. */
function averaged(dims?: readonly number[]): ModelSpec {
  const m = lif();
  insertBefore(m, "conv", {
    op: "AveragePool",
    name: "mean",
    in: ["spikes"],
    out: ["means"],
    attributes: { kernel_shape: [1, 2], strides: [1, 1] },
  });
  nodeOf(m, "conv").in[0] = "means";
  nodeOf(m, "conv").attributes = { pads: [1, 0, 1, 0] };
  return dims === undefined ? m : reshapedBefore("conv", dims, m);
}

describe("a view of a map", () => {
  test.each(["pool", "ppool"])("is not pooled by %s as a map that the layer doesn't have", (name) => {
    const m = reshapedBefore(name, view);
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-shape",
        text: "the pooled map has shape [1, 2, 2, 8]: it is a view of the layer's 2x4x4, of which windows are other neurons",
        loc: { name },
        hint: "pool the map as the Conv gives it, and reshape behind the pool",
      },
    ]);
  });

  test("of the current is none of the spikes that are pooled", () => {
    const m = lif();
    m.inputs["layer1.u"] = { dims: view };
    reshapedBefore("sum", [1, 2, 2, 8], m);
    nodeOf(m, "sum").in = ["sum.view", "leak"];
    m.nodes = m.nodes.filter((n) => n.name !== "view.sum");
    insertBefore(m, "sum", { op: "Reshape", name: "view", in: ["c", "sum.dims"], out: ["sum.view"] });
    expect(diagnosticsOf(m).map(({ code, loc }) => [code, loc.name])).toEqual([["onnx-shape", "pool"]]);
  });

  test("with the layer's own channels and map is pooled", () => {
    const m = reshapedBefore("cast", [1, 32]);
    reshapedBefore("pool", [1, 2, 4, 4], m);
    nodeOf(m, "loss").in[0] = "pool.view";
    m.nodes = [
      ...m.nodes.filter((n) => !["loss", "reset"].includes(n.name ?? "")),
      nodeOf(m, "loss"),
      nodeOf(m, "reset"),
    ];
    const tail = m.nodes.filter((n) => n.out[0] === "layer1.u_next");
    m.nodes = [...m.nodes.filter((n) => n.out[0] !== "layer1.u_next"), ...tail];
    expect(expectModel(m).layers[0]).toMatchObject({ sent: { channels: 2, height: 2, width: 2 } });
  });

  test("stays one behind Where and Equal, as torch.heaviside writes a step", () => {
    const m = lif();
    m.initializers.nothing = { dims: [], data: [0] };
    Object.assign(nodeOf(m, "cast"), { op: "Where", in: ["fired", "one", "nothing"], attributes: {} });
    reshapedBefore("cast", view, m);
    nodeOf(m, "loss").in[0] = "loss.in";
    m.initializers.back = { dims: [4], data: [1, 2, 4, 4], type: 7 };
    insertBefore(m, "loss", { op: "Reshape", name: "back", in: ["s", "back"], out: ["loss.in"] });
    expect(diagnosticsOf(m).map(({ code, loc }) => [code, loc.name])).toEqual([["onnx-shape", "pool"]]);
  });

  test("behind BatchNormalization leaves the linear map its own dims", () => {
    const m = lif();
    for (const [name, value] of [
      ["gain", 2],
      ["zeros", 0],
      ["ones", 1],
    ] as const)
      m.initializers[name] = { dims: [2], data: [value, value] };
    insertBefore(m, "sum", {
      op: "BatchNormalization",
      name: "norm",
      in: ["c", "gain", "zeros", "zeros", "ones"],
      out: ["normed"],
      attributes: { epsilon: { float: 0 } },
    });
    nodeOf(m, "sum").in[1] = "normed";
    const straight = printSpiking(expectModel(m));
    reshapedBefore("norm", view, m);
    reshapedBefore("sum", [1, 2, 4, 4], m);
    nodeOf(m, "sum").in = ["leak", "normed.map"];
    m.nodes = m.nodes.filter((n) => n.name !== "view.sum");
    insertBefore(m, "sum", { op: "Reshape", name: "map", in: ["normed", "sum.dims"], out: ["normed.map"] });
    expect(printSpiking(expectModel(m))).toBe(straight);
  });

  test("is no average's: a Conv of a reshaped average, or of an average of a view, is refused or the view's own", () => {
    expect(diagnosticsOf(averaged([1, 1, 2, 6]))).toMatchObject([
      {
        code: "onnx-shape",
        text: "the data has shape [1, 1, 2, 6]: it is a view of a map that is [1, 1, 4, 3]",
      },
    ]);
    // The network's input may be any map: it is then the one that the average is of.
    const m = averaged();
    reshapedBefore("mean", [1, 1, 2, 8], m);
    nodeOf(m, "conv").attributes = { pads: [1, 0, 1, 0] };
    m.inputs["layer1.u"] = { dims: [1, 2, 2, 5] };
    m.initializers.wr = ramp([3, 4], 0, 0.125);
    expect(expectModel(m)).toMatchObject({
      input: { channels: 1, height: 2, width: 8 },
      layers: [{ output: { channels: 2, height: 2, width: 5 } }],
    });
  });

  test("of a current is not averaged as a map that the Conv doesn't give", () => {
    const m = lif();
    insertBefore(m, "sum", {
      op: "AveragePool",
      name: "mean",
      in: ["c"],
      out: ["means"],
      attributes: { kernel_shape: [1, 1], strides: [1, 1] },
    });
    nodeOf(m, "sum").in[1] = "means";
    reshapedBefore("mean", view, m);
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-shape",
        text: "the data has shape [1, 2, 2, 8]: it is a view of a map that is [1, 2, 4, 4]",
        loc: { name: "mean" },
      },
    ]);
  });
});

test("a readout of pooled spikes says the pool of a layer whose spikes are no graph output", () => {
  const m = lif();
  nodeOf(m, "flat").in = ["pooled"];
  nodeOf(m, "pool").out = ["pooled"];
  m.outputs = ["logits", "layer1.u_next"];
  m.nodes = m.nodes.filter((n) => !["sigmoid", "ppool", "/q/pq"].includes(n.name ?? ""));
  const { layers, readouts } = expectModel(m);
  expect(layers[0]).toMatchObject({
    pool: { height: 2, width: 2 },
    sent: { channels: 2, height: 2, width: 2 },
  });
  expect(linearOf(readouts[0]).pool).toEqual(layers[0]?.pool);
});
