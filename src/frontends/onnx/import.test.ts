import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { renderDiagnostic } from "../../diagnostics/render.js";
import { exprOf, type SpikingModel } from "../../ir/spiking.js";
import { printSpiking } from "../../ir/spiking-printer.js";
import { checkShapes } from "../../passes/check-shapes.js";
import { importOnnx } from "./import.js";
import {
  encodeModel,
  expectModel,
  importSpec,
  insertBefore,
  lif,
  nodeOf,
  quantNode,
  scalar,
} from "./testing/model.js";

const data = "../shared/data/";

function importFile(path: string): SpikingModel {
  const result = importOnnx(readFileSync(data + path), path);
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  expect(result.diagnostics).toEqual([]);
  expect(checkShapes.run(result.value, undefined).diagnostics).toEqual([]);
  return result.value;
}

interface Manifest {
  readonly classes: readonly string[];
  readonly rounding: "ROUND" | "FLOOR";
  readonly weight_scales: string;
  readonly state_bits: number;
  readonly state_fraction_bits: Readonly<Record<string, number>>;
  readonly state_shapes: Readonly<Record<string, readonly number[]>>;
  readonly spike_shapes: Readonly<Record<string, readonly number[]>>;
  readonly layers: readonly {
    readonly co: number;
    readonly k: number;
    readonly pad: number;
    readonly pool: number;
    readonly alpha: readonly [number, number];
    readonly alphas: readonly [number, number];
    readonly alpharp: readonly [number, number];
    readonly wrp: number;
  }[];
}

const chw = (s: { channels: number; height: number; width: number }): number[] => [
  s.channels,
  s.height,
  s.width,
];

describe.each(["small", "seed", "stress/floor", "stress/round"])("radioml/%s", (folder) => {
  test.each(["pre", "post"])("%s imports as its manifest says", (form) => {
    const model = importFile(`radioml/${folder}/${form}.qonnx.onnx`);
    const text = readFileSync(`${data}radioml/${folder}/${form}.manifest.json`, "utf8");
    const manifest = JSON.parse(text) as Manifest;
    expect(model.name).toBe(form);
    expect(model.precision).toBe("float64");
    expect(chw(model.input)).toEqual([1, 16, 16]);
    expect(model.layers.map((l) => l.name)).toEqual(Object.keys(manifest.spike_shapes));
    const states: string[] = [];
    manifest.layers.forEach((m, i) => {
      const layer = model.layers[i]!;
      const { synapse } = layer;
      expect(chw(layer.sent)).toEqual(manifest.spike_shapes[layer.name]);
      expect(synapse.kind).toBe("conv2d");
      expect(synapse.outChannels).toBe(m.co);
      expect(synapse.kernel).toEqual([m.k, m.k]);
      expect(synapse.padding).toEqual([m.pad, m.pad, m.pad, m.pad]);
      expect(layer.pool).toEqual(m.pool === 1 ? undefined : { height: m.pool, width: m.pool });
      expect(synapse.weights).toMatchObject({ kind: "quantised", bits: 8, narrow: true });
      const scales = synapse.weights.kind === "quantised" ? synapse.weights.scale : [];
      const powers = scales.every((s) => Number.isInteger(Math.log2(s)));
      expect(powers).toBe(manifest.weight_scales !== "float");
      for (const part of [layer.pre, layer.post]) {
        const shape = part === layer.pre ? layer.input : layer.output;
        for (const state of part.states) {
          states.push(state.name);
          expect(chw(shape)).toEqual(manifest.state_shapes[state.name]);
          const next = exprOf(part, state.next);
          if (next.kind !== "quantise") throw new Error(`${state.name} is not quantised`);
          expect(next.quantiser).toEqual({
            scale: [2 ** -(manifest.state_fraction_bits[state.name] as number)],
            bits: manifest.state_bits,
            signed: true,
            narrow: false,
            rounding: manifest.rounding === "FLOOR" ? "floor" : "half_even",
          });
        }
      }
      const decays = [...layer.pre.exprs, ...layer.post.exprs].flatMap((e) =>
        e.kind === "scale" && exprOf2(layer, e.a) === "state" ? [e.by[0]] : [],
      );
      const wanted = m.wrp > 0 ? [m.alphas, m.alpha, m.alpharp] : [m.alphas, m.alpha];
      expect(decays).toEqual(wanted.map(([c, n]) => c / 2 ** n));
      expect(exprOf(layer.post, layer.post.outputs.spike)).toMatchObject({
        kind: "compare",
        a: layer.post.outputs.potential,
        orEqual: false,
      });
    });
    expect(states.sort()).toEqual(Object.keys(manifest.state_shapes).sort());
    const [readout] = model.readouts;
    expect(model.readouts.length).toBe(1);
    expect(readout).toMatchObject({ name: "logits", layer: "layer3", vote: "majority", pool: undefined });
    expect(readout?.classes).toBe(manifest.classes.length);
    expect(readout?.activation).toMatchObject({
      kind: "sigmoid",
      quantiser: { scale: [2 ** -8], bits: 8, signed: false, narrow: false, rounding: "half_even" },
    });
  });
});

function exprOf2(layer: SpikingModel["layers"][number], id: string): string {
  return [...layer.pre.exprs, ...layer.post.exprs].find((e) => e.id === id)?.kind ?? "";
}

describe("files of real tools", () => {
  const steps = readdirSync(`${data}formats`).filter(
    (f) => f.startsWith("dcll_step_") && f.endsWith(".onnx"),
  );

  test("all of them are there", () => {
    expect(steps.length).toBe(6);
  });

  test.each(steps)("%s is one DCLL layer", (file) => {
    const model = importFile(`formats/${file}`);
    const [layer] = model.layers;
    expect(model.layers.length).toBe(1);
    expect(model.precision).toBe(file.includes("double") ? "float64" : "float32");
    expect([model.input, layer!.output].map(chw)).toEqual([
      [1, 6, 6],
      [2, 6, 6],
    ]);
    expect(layer!.pre.states.map((s) => s.name)).toEqual(["eps0", "eps1"]);
    expect(layer!.post.states.map((s) => s.name)).toEqual(["arp"]);
    const next = exprOf(layer!.post, layer!.post.states[0]!.next);
    const rounding = file.includes("round_to_zero")
      ? "to_zero"
      : file.includes("qcdq")
        ? "half_even"
        : "floor";
    const bits = file.includes("6b") ? 6 : file.includes("8b") ? 8 : 24;
    expect(next).toMatchObject({
      kind: "quantise",
      quantiser: { bits, rounding, signed: true, narrow: false },
    });
    expect(layer!.synapse.weights).toMatchObject({
      kind: "quantised",
      scale: [2 ** -8],
      bits: 8,
      narrow: true,
    });
  });

  test("the weights of one network are the same integers in QONNX and QCDQ", () => {
    const raw = [
      "dcll_step_8b.qcdq.onnx",
      "dcll_step_6b.qcdq.onnx",
      "dcll_step_brevitas0.12.0.qonnx.onnx",
    ].map((f) => {
      const weights = importFile(`formats/${f}`).layers[0]!.synapse.weights;
      return weights.kind === "quantised" ? [...weights.raw] : [];
    });
    expect(raw[0]!.length).toBe(18);
    expect(raw[1]).toEqual(raw[0]);
    expect(raw[2]).toEqual(raw[0]);
  });

  test("text form of a step", () => {
    expect(printSpiking(importFile("formats/dcll_step_6b.qcdq.onnx"))).toMatchInlineSnapshot(`
      "spiking 'dcll_step_6b' float32 input 1x6x6
      layer 'layer1' 1x6x6 -> 2x6x6 -> 2x6x6
        pre: operand = eps1_next
          in = input
          eps0 = state 'eps0'
          eps1 = state 'eps1'
          mul = eps0 * 0.875
          add = in + mul
          eps0_next = quantise add to s6 half_even scale 4
          mul_1 = eps1 * 0.96875
          add_1 = mul_1 + eps0_next
          eps1_next = quantise add_1 to s6 half_even scale 4
          next 'eps0' = eps0_next
          next 'eps1' = eps1_next
        conv2d 2x1x3x3 s8 narrow -82..68 #50fb9872 scale 2^-8 stride 1x1 padding 1,1,1,1
        post: spike = greater, potential = add_2
          in = input
          arp = state 'arp'
          bias = [-0.22598037123680115, -0.14515428245067596]
          biased = in + bias
          mul_2 = arp * 0.6499999761581421
          add_2 = biased + mul_2
          greater = add_2 > 0
          sub = mul_2 - greater
          arp_next = quantise sub to s6 half_even scale 4
          next 'arp' = arp_next
        pool: none
      "
    `);
  });

  test.each(["misc_brevitas0.10.3.qonnx.onnx", "misc_brevitas0.12.0.qonnx.onnx"])(
    "%s says all that it can't",
    (file) => {
      const result = importOnnx(readFileSync(`${data}formats/${file}`), file);
      expect(result.ok).toBe(false);
      expect(result.diagnostics.map((d) => [d.code, d.loc.operator])).toEqual([
        ["onnx-operator", "Relu"],
        ["onnx-operator", "AveragePool"],
        ["onnx-operator", "Trunc"],
        ["onnx-operator", "BipolarQuant"],
      ]);
      expect(result.diagnostics.every((d) => d.hint !== undefined && d.loc.file === file)).toBe(true);
    },
  );
});

describe("recognition", () => {
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
    expect(readout?.activation).toMatchObject({ kind: "sigmoid", quantiser: undefined });
    expect(readout?.weights).toMatchObject({
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
    expect(model.readouts.map((r) => [r.name, r.activation.kind, r.classes])).toEqual([
      ["logits", "sigmoid", 3],
      ["more", "identity", 1],
    ]);
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
