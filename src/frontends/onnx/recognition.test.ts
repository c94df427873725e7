import { describe, expect, test } from "vitest";
import { exprOf } from "../../ir/spiking.js";
import { printSpiking } from "../../ir/spiking-printer.js";
import { linearOf } from "../../testing/linear.js";
import { importOnnx } from "./import.js";
import {
  encodeModel,
  expectModel,
  importSpec,
  insertBefore,
  lif,
  nodeOf,
  quantNode,
  ramp,
  scalar,
} from "./testing/model.js";

describe("recognition of a graph", () => {
  test("the small network", () => {
    expect(printSpiking(expectModel(lif()))).toMatchInlineSnapshot(`
      "spiking 'test' float64 input 1x4x4
      layer 'layer1' 1x4x4 -> 2x4x4 -> 2x2x2
        pre: operand = in
          in = input
        conv2d 2x1x3x3 s8 narrow -4..9 #8b39c117 scale [0.25, 0.125] stride 1x1 padding 1,1,1,1
        post: spike = fire, potential = sum
          in = input
          u = state 'layer1.u'
          b = [0.5, -0.5]
          biased = in + b
          leak = u * 0.875
          sum = leak + biased
          fire = sum > 0
          loss = fire * 1
          reset = sum - loss
          u_next = quantise reset to s24 half_even scale 2^-16
          next 'layer1.u' = u_next
        pool: max 2x2
      readout 'logits' of 'layer1': 3 classes, vote majority
        activation: sigmoid u8 half_even scale 2^-8, pool: max 2x2
        weights 3x8 real -1..1.875 #cdb12c38
        bias [0.5, 0, -0.5]
      "
    `);
  });

  test("the import leaves its bytes as they are, and says the same twice", () => {
    const bytes = encodeModel(lif());
    const before = Uint8Array.from(bytes);
    const texts = [1, 2].map(() => {
      const r = importOnnx(bytes, "test.onnx");
      return r.ok ? printSpiking(r.value) : "";
    });
    expect(Uint8Array.from(bytes)).toEqual(before);
    expect(texts[0]).toBe(texts[1]);
  });

  test("a Buffer into a larger one is read at its own place", () => {
    const bytes = encodeModel(lif());
    const larger = Buffer.alloc(bytes.length + 7, 1);
    larger.set(bytes, 3);
    const r = importOnnx(larger.subarray(3, 3 + bytes.length), "test.onnx");
    expect(r.ok && printSpiking(r.value)).toBe(printSpiking(expectModel(lif())));
  });

  test("states may be paired by metadata_props", () => {
    const m = lif();
    nodeOf(m, "/q/layer1.u_next").out = ["after"];
    m.outputs[2] = "after";
    m.metadata = { "state:layer1.u": "after" };
    expect(expectModel(m).layers[0]!.post.states).toEqual([{ name: "layer1.u", next: "after" }]);
  });

  test("parameters that graph.input lists are no inputs; Constant nodes are constants", () => {
    const m = lif();
    m.inputs.w = { dims: [2, 1, 3, 3] };
    delete m.initializers.one;
    m.nodes.unshift({
      op: "Constant",
      name: "one",
      in: [],
      out: ["one"],
      attributes: { value: { tensor: scalar(2) } },
    });
    const { post } = expectModel(m).layers[0]!;
    expect(post.exprs.find((e) => e.id === "loss")).toMatchObject({ kind: "scale", by: [2] });
  });

  test("external data is read by relative path", () => {
    const m = lif();
    const entries = [
      { key: "location", value: "weights/w.bin" },
      { key: "offset", value: "8" },
      { key: "length", value: "144" },
    ];
    const bytes = new Uint8Array(160);
    bytes.set(new Uint8Array(Float64Array.from(m.initializers.w!.data).buffer), 8);
    m.initializers.w = { ...m.initializers.w!, stored: { dataLocation: 1, externalData: entries } };
    const r = importSpec(m, { externalData: (path) => (path === "weights/w.bin" ? bytes : undefined) });
    expect(r.ok && printSpiking(r.value)).toBe(printSpiking(expectModel(lif())));
  });

  test("unused graph parts that exporters leave behind: zero Pad, Identity, Shape and Gather", () => {
    const m = lif();
    m.initializers.pads = { dims: [8], data: new Array<number>(8).fill(0), type: 7 };
    m.initializers.first = { dims: [], data: [0], type: 7 };
    m.initializers.rest = { dims: [1], data: [-1], type: 7 };
    m.initializers.axes = { dims: [1], data: [0], type: 7 };
    insertBefore(
      m,
      "flat",
      { op: "Pad", in: ["pp", "pads"], out: ["pz"] },
      { op: "Identity", in: ["pz"], out: ["pi"] },
    );
    insertBefore(
      m,
      "flat",
      { op: "Shape", in: ["pi"], out: ["ps"] },
      { op: "Gather", in: ["ps", "first"], out: ["pg"] },
      { op: "Unsqueeze", in: ["pg", "axes"], out: ["pu"] },
      { op: "Concat", in: ["pu", "rest"], out: ["target"], attributes: { axis: 0 } },
    );
    Object.assign(nodeOf(m, "flat"), { op: "Reshape", in: ["pi", "target"] });
    expect(expectModel(m).readouts.length).toBe(1);
  });

  test("a weight quantiser on a bias is executed", () => {
    const m = lif();
    m.initializers.b = { dims: [2], data: [0.3, -0.7] };
    m.initializers.sb = { dims: [2], data: [0.25, 0.5] };
    m.initializers.bits32 = scalar(32);
    insertBefore(m, "conv", quantNode(["b", "sb", "zero", "bits32"], "bq"));
    nodeOf(m, "conv").in[2] = "bq";
    const { post } = expectModel(m).layers[0]!;
    expect(post.exprs.find((e) => e.kind === "constant")).toMatchObject({ value: [0.25, -0.5] });
  });
});

describe("recognition of neurons", () => {
  test("a threshold t is compared as (x - t) > 0; the potential is x", () => {
    const m = lif();
    m.initializers.theta = scalar(0.75);
    const { post } = expectModel(m).layers[0]!;
    const spike = exprOf(post, post.outputs.spike);
    const excess = spike.kind === "compare" ? exprOf(post, spike.a) : undefined;
    expect(excess).toMatchObject({ kind: "sub", a: post.outputs.potential });
    expect(exprOf(post, excess?.kind === "sub" ? excess.b : "")).toMatchObject({
      kind: "constant",
      value: [0.75],
    });
  });

  test.each([
    ["Greater", false, false],
    ["GreaterOrEqual", false, true],
    ["Less", true, false],
    ["LessOrEqual", true, true],
  ])("%s", (op, swapped, orEqual) => {
    const m = lif();
    const fire = nodeOf(m, "fire");
    fire.op = op;
    fire.in = swapped ? ["theta", "v"] : ["v", "theta"];
    const { post } = expectModel(m).layers[0]!;
    expect(exprOf(post, post.outputs.spike)).toMatchObject({
      kind: "compare",
      a: post.outputs.potential,
      orEqual,
    });
  });

  test("reset to zero by Where, and by Mul with 1 - spike", () => {
    const where = lif();
    where.initializers.zero1 = scalar(0);
    const reset = nodeOf(where, "reset");
    Object.assign(reset, { op: "Where", in: ["fired", "zero1", "v"] });
    expect(exprOf(expectModel(where).layers[0]!.post, "reset")).toMatchObject({
      kind: "select",
      condition: "fire",
      b: "sum",
    });
    const mul = lif();
    Object.assign(nodeOf(mul, "loss"), { op: "Sub", in: ["one", "s"] });
    Object.assign(nodeOf(mul, "reset"), { op: "Mul", in: ["v", "loss"] });
    expect(exprOf(expectModel(mul).layers[0]!.post, "reset")).toMatchObject({
      kind: "select",
      condition: "fire",
      b: "sum",
    });
  });

  test("constants by channel, and a constant subgraph (decay = exp(-1/tau))", () => {
    const m = lif();
    m.initializers.tau = { dims: [1, 2, 1, 1], data: [4, 8] };
    m.initializers.minus = scalar(-1);
    insertBefore(
      m,
      "leak",
      { op: "Div", in: ["minus", "tau"], out: ["rate"] },
      { op: "Exp", in: ["rate"], out: ["d"] },
    );
    nodeOf(m, "leak").in[1] = "d";
    const leak = exprOf(expectModel(m).layers[0]!.post, "leak");
    expect(leak).toMatchObject({ kind: "scale", by: [Math.exp(-1 / 4), Math.exp(-1 / 8)] });
  });

  test("DECOLLE: the synapse reads a trace of the old Q, and Q belongs to the same recurrence", () => {
    const m = lif();
    m.inputs["layer1.p"] = { dims: [1, 1, 4, 4] };
    m.inputs["layer1.q"] = { dims: [1, 1, 4, 4] };
    m.outputs.push("layer1.p_next", "layer1.q_next");
    insertBefore(
      m,
      "conv",
      { op: "Mul", name: "pd", in: ["layer1.p", "decay"], out: ["pd"] },
      { op: "Add", in: ["pd", "layer1.q"], out: ["layer1.p_next"] },
      { op: "Mul", name: "qd", in: ["layer1.q", "decay"], out: ["qd"] },
      { op: "Add", in: ["qd", "spikes"], out: ["layer1.q_next"] },
    );
    nodeOf(m, "conv").in[0] = "layer1.p_next";
    const { pre } = expectModel(m).layers[0]!;
    expect(pre.outputs.operand).toBe("p_next");
    expect(pre.states).toEqual([
      { name: "layer1.p", next: "p_next" },
      { name: "layer1.q", next: "q_next" },
    ]);
  });
});

describe("recognition of layers and readouts", () => {
  test("a layer without a name is not called as another one is", () => {
    const m = lif();
    nodeOf(m, "pool").out = ["layer2.spikes"];
    m.initializers.w2 = ramp([8, 5], 0, 1);
    m.nodes.push(
      { op: "Flatten", in: ["layer2.spikes"], out: ["flat1"] },
      { op: "MatMul", in: ["flat1", "w2"], out: ["u2"] },
      { op: "Greater", in: ["u2", "theta"], out: ["fired2"] },
    );
    m.outputs = ["layer2.spikes", "fired2", "layer1.u_next"];
    expect(expectModel(m).layers.map((l) => l.name)).toEqual(["layer2", "layer2_2"]);
  });

  test("a hidden linear layer reads the whole pooled map; names are numbered without .spikes", () => {
    const m = lif();
    m.initializers.w2 = { dims: [8, 5], data: Array.from({ length: 40 }, (_, i) => i) };
    m.nodes.push(
      { op: "Flatten", in: ["layer1.spikes"], out: ["flat1"] },
      { op: "MatMul", name: "fc", in: ["flat1", "w2"], out: ["u2"] },
      { op: "Greater", name: "fire2", in: ["u2", "theta"], out: ["fired2"] },
    );
    m.outputs.push("fired2");
    const model = expectModel(m);
    const second = model.layers[1]!;
    expect(model.layers.map((l) => l.name)).toEqual(["layer1", "layer2"]);
    expect(second.synapse).toMatchObject({
      kind: "linear",
      kernel: [2, 2],
      outChannels: 5,
      padding: [0, 0, 0, 0],
    });
    expect(second.input).toEqual({ channels: 2, height: 2, width: 2 });
    expect(second.output).toEqual({ channels: 5, height: 1, width: 1 });
    const weights = second.synapse.weights;
    expect(weights.kind === "real" && [...weights.values.slice(0, 9)]).toEqual([
      0, 5, 10, 15, 20, 25, 30, 35, 1,
    ]);
  });

  test("a readout: pooling before the sigmoid, MatMul with Transpose and Add, no quantiser", () => {
    const m = lif();
    m.nodes = m.nodes.slice(0, 10);
    m.nodes.push(
      {
        op: "MaxPool",
        name: "ppool",
        in: ["v"],
        out: ["pv"],
        attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      },
      { op: "Sigmoid", in: ["pv"], out: ["p"] },
      { op: "Reshape", in: ["p", "shape"], out: ["f"] },
      { op: "Transpose", in: ["wr"], out: ["wt"], attributes: { perm: [1, 0] } },
      { op: "MatMul", in: ["f", "wt"], out: ["mm"] },
      { op: "Add", in: ["br", "mm"], out: ["logits"] },
    );
    m.initializers.shape = { dims: [2], data: [0, -1], type: 7 };
    const [readout] = expectModel(m).readouts;
    expect(readout).toMatchObject({ pool: { height: 2, width: 2 }, bias: [0.5, 0, -0.5], classes: 3 });
    expect(linearOf(readout).activation).toMatchObject({ kind: "sigmoid", quantiser: undefined });
    expect(linearOf(readout).weights).toMatchObject({
      kind: "real",
      values: Float64Array.from(m.initializers.wr!.data),
    });
  });

  test("a layer that only its readout leads to, and a readout per layer", () => {
    const m = lif();
    m.outputs = ["logits", "layer1.u_next", "more"];
    m.nodes = m.nodes.filter((n) => n.name !== "pool");
    m.nodes.push(
      { op: "Flatten", in: ["v"], out: ["fv"] },
      { op: "MatMul", in: ["fv", "w3"], out: ["more"] },
    );
    m.initializers.w3 = { dims: [32, 1], data: new Array<number>(32).fill(1) };
    const model = expectModel(m);
    expect(model.layers.map((l) => [l.name, l.pool])).toEqual([["layer1", undefined]]);
    expect(model.readouts.map(linearOf).map((r) => [r.name, r.activation.kind, r.classes])).toEqual([
      ["logits", "sigmoid", 3],
      ["more", "identity", 1],
    ]);
  });
});

test.each([
  ["the gate itself", "gate"],
  ["a trace behind its gate", "gated"],
])("a comparison of a trace before the synapse is part of its recurrence: %s", (_, reads) => {
  const model = expectModel({
    inputs: { s: { dims: [1, 2] }, t: { dims: [1, 2] } },
    outputs: ["t_next", "out.spikes"],
    initializers: { half: scalar(0.5), one: scalar(1), zero: scalar(0), w: ramp([2, 3], -1, 0.5) },
    nodes: [
      { op: "Mul", in: ["t", "half"], out: ["decayed"] },
      { op: "Add", in: ["decayed", "s"], out: ["t_next"] },
      { op: "Greater", in: ["t_next", "one"], out: ["gate_b"] },
      { op: "Cast", in: ["gate_b"], out: ["gate"], attributes: { to: 11 } },
      { op: "Where", in: ["gate_b", "t_next", "zero"], out: ["gated"] },
      { op: "MatMul", in: [reads, "w"], out: ["u"] },
      { op: "Greater", in: ["u", "half"], out: ["out.spikes"] },
    ],
  });
  expect(model.layers.map((l) => [l.name, l.pre.states.length, l.pre.outputs.operand])).toEqual([
    ["out", 1, expect.any(String)],
  ]);
  expect(model.layers[0]?.pre.exprs.map((e) => e.kind)).toContain("compare");
});
