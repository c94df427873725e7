import { describe, expect, test } from "vitest";
import { float16 } from "../../data/float16.js";
import { storedAs } from "./element-type.js";
import {
  diagnosticsOf,
  expectModel,
  insertBefore,
  lif,
  type ModelSpec,
  nodeOf,
  scalar,
} from "./testing/model.js";
import { generator } from "./testing/mutate.js";

describe("a number as an element type stores it", () => {
  test("halves are what their bits say, ties go to even, and what is larger is infinite", () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      const [here, next] = [float16(bits), bits + 1 < 0x7c00 ? float16(bits + 1) : 2 ** 16];
      const even = bits % 2 === 0 ? here : next === 2 ** 16 ? Number.POSITIVE_INFINITY : next;
      expect([storedAs(10, here), storedAs(10, -here), storedAs(10, (here + next) / 2)]).toEqual([
        here,
        -here,
        even,
      ]);
    }
  });

  test("bfloat16 has float32's range and 8 digits", () => {
    const bits = new DataView(new ArrayBuffer(4));
    const random = generator(7);
    for (let i = 0; i < 2000; i++) {
      bits.setUint32(0, Math.floor(random() * 2 ** 31));
      const x = bits.getFloat32(0);
      if (!Number.isFinite(x)) continue;
      const whole = bits.getUint32(0);
      const rest = whole & 0xffff;
      const up = rest > 0x8000 || (rest === 0x8000 && ((whole >>> 16) & 1) === 1);
      bits.setUint32(0, (whole - rest + (up ? 0x10000 : 0)) >>> 0);
      expect(storedAs(16, x)).toBe(bits.getFloat32(0));
    }
  });

  test.each([
    [2, 300, 44],
    [2, -1, 255],
    [3, 200, -56],
    [5, 40000, -25536],
    [6, 2 ** 31, -(2 ** 31)],
    [7, 2 ** 40, 2 ** 40],
    [12, -1, 2 ** 32 - 1],
    [3, -1.9, -1],
    [9, 0.25, 1],
    [1, 0.1, Math.fround(0.1)],
    [11, 0.1, 0.1],
  ])("type %i of %d is %d", (type, x, stored) => expect(storedAs(type, x)).toBe(stored));
});

/** The small network with its threshold computed from `nodes`, whose last result it is. */
function threshold(nodes: ModelSpec["nodes"]): ModelSpec {
  const m = lif();
  insertBefore(m, "fire", ...nodes);
  nodeOf(m, "fire").in[1] = nodes.at(-1)!.out[0]!;
  return m;
}

const thresholdOf = (m: ModelSpec): unknown =>
  expectModel(m).layers[0]!.post.exprs.find(
    ({ kind, id }) => kind === "constant" && !["b", "zero", "one"].includes(id),
  );

describe("constants are computed in their own type", () => {
  test.each([
    ["float16", 10, 0.1, 0.0999755859375],
    ["bfloat16", 16, 0.1, 0.10009765625],
    ["float32", 1, 0.1, Math.fround(0.1)],
  ])("a Cast to %s rounds", (_, to, x, value) => {
    const m = threshold([
      { op: "Cast", in: ["x"], out: ["x.cast"], attributes: { to } },
      { op: "Cast", in: ["x.cast"], out: ["level"], attributes: { to: 11 } },
    ]);
    m.initializers.x = scalar(x);
    expect(thresholdOf(m)).toMatchObject({ value: [value] });
  });

  test("a Cast of integers wraps, and one of a float that has no integer is refused", () => {
    const nodes = [
      { op: "Cast", name: "narrow", in: ["x"], out: ["x.cast"], attributes: { to: 2 } },
      { op: "Cast", in: ["x.cast"], out: ["level"], attributes: { to: 11 } },
    ];
    const m = threshold(nodes);
    m.initializers.x = { dims: [], data: [300], type: 7 };
    expect(thresholdOf(m)).toMatchObject({ value: [44] });
    m.initializers.x = scalar(300);
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-operand",
        text: "constant 'x': its element 0, 300, is no uint8",
        loc: { name: "narrow" },
      },
    ]);
    nodeOf(m, "narrow").attributes = { to: 8 };
    expect(diagnosticsOf(m)).toMatchObject([
      { code: "onnx-attribute", loc: { name: "narrow", attribute: "to" } },
    ]);
  });

  test("float32 divides in float32, and so does a weight's quantiser", () => {
    const m = threshold([
      { op: "Div", in: ["x", "y"], out: ["q"] },
      { op: "Cast", in: ["q"], out: ["level"], attributes: { to: 11 } },
    ]);
    m.initializers.x = { ...scalar(0.35), type: 1 };
    m.initializers.y = { ...scalar(0.1), type: 1 };
    expect(thresholdOf(m)).toMatchObject({ value: [3.5] });
    for (const [type, integer] of [
      [1, 4],
      [11, 3],
    ] as const) {
      const w = lif();
      w.initializers.w = { dims: [2, 1, 3, 3], data: new Array<number>(18).fill(Math.fround(0.35)), type };
      w.initializers.sw = { dims: [], data: [Math.fround(0.1)], type };
      const { weights } = expectModel(w).layers[0]!.synapse;
      expect(weights.kind === "quantised" && weights.raw[0]).toBe(integer);
    }
  });

  test("weights that are cast between floats keep their integers", () => {
    const m = lif();
    nodeOf(m, "/q/wq").out = ["wd"];
    insertBefore(m, "conv", { op: "Cast", in: ["wd"], out: ["wq"], attributes: { to: 1 } });
    expect(expectModel(m).layers[0]!.synapse.weights.kind).toBe("quantised");
  });
});

describe("signals are not computed in a type that cuts, wraps or rounds", () => {
  /** A potential that spikes are taken off in element type `to`, by `op` with a constant. */
  function computedIn(to: number, op: string, constant: number): ModelSpec {
    const m = lif();
    m.initializers.k = { dims: [], data: [constant], type: to === 10 ? 11 : to };
    m.nodes = m.nodes.filter((n) => n.name !== "loss");
    insertBefore(
      m,
      "reset",
      { op: "Cast", name: "whole", in: ["fired"], out: ["whole"], attributes: { to } },
      { op, name: "computed", in: op === "Neg" ? ["whole"] : ["whole", "k"], out: ["computed"] },
      { op: "Cast", name: "real", in: ["computed"], out: ["loss"], attributes: { to: 11 } },
    );
    if (to === 3) m.initializers.k = { dims: [], data: [constant], type: 3 };
    return m;
  }

  test.each([
    [6, "Div", "int32, which drops fractions"],
    [2, "Sub", "uint8, which wraps"],
    [3, "Mul", "int8, which wraps"],
    [12, "Neg", "uint32, which wraps"],
    [10, "Mul", "float16, which rounds every result"],
  ])("type %i in %s", (to, op, what) => {
    const m = computedIn(to, op, 1);
    if (to === 2 || to === 12) m.initializers.k = { dims: [], data: [1], type: 7 };
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-operator",
        text: `operator ${op} cannot be compiled: it computes 'whole' in ${what}`,
        loc: { name: "computed" },
      },
    ]);
  });

  test("a network in half floats is refused once, by its input", () => {
    const m = lif();
    for (const port of Object.values(m.inputs)) port.type = 10;
    nodeOf(m, "cast").attributes = { to: 10 };
    expect(diagnosticsOf(m)).toMatchObject([{ code: "onnx-operand", loc: { name: "spikes" } }]);
    m.inputs.spikes!.type = 11;
    expect(diagnosticsOf(m)[0]).toMatchObject({ code: "onnx-operator", loc: { name: "leak" } });
  });

  test("sums and products of int32 and int64 are those of real numbers", () => {
    for (const to of [6, 7])
      expect(expectModel(computedIn(to, "Mul", 2)).layers[0]!.post.exprs).toContainEqual(
        expect.objectContaining({ kind: "scale", by: [2] }),
      );
  });
});

test("QuantizeLinear's output_dtype says the integers where no zero point does", () => {
  const m = lif();
  m.nodes = m.nodes.filter((n) => n.out[0] !== "layer1.u_next");
  const quantise = {
    op: "QuantizeLinear",
    name: "ql",
    in: ["r", "su"],
    out: ["rq"],
    attributes: { output_dtype: 3 },
  };
  m.nodes.push(quantise, { op: "DequantizeLinear", name: "dql", in: ["rq", "su"], out: ["layer1.u_next"] });
  const stateOf = (): unknown => expectModel(m).layers[0]!.post.exprs.find(({ kind }) => kind === "quantise");
  expect(stateOf()).toMatchObject({ quantiser: { bits: 8, signed: true, narrow: false } });
  quantise.attributes = { output_dtype: 22 };
  expect(stateOf()).toMatchObject({ quantiser: { bits: 4, signed: true } });
  quantise.attributes = { output_dtype: 17 };
  expect(diagnosticsOf(m)).toMatchObject([{ code: "onnx-attribute", loc: { attribute: "output_dtype" } }]);
  m.initializers.z8 = { dims: [], data: [0], type: 3 };
  nodeOf(m, "ql").in = ["r", "su", "z8"];
  quantise.attributes = { output_dtype: 2 };
  expect(diagnosticsOf(m)).toMatchObject([
    { text: "attribute output_dtype = 2 cannot be compiled: the zero point's element type is int8" },
  ]);
  nodeOf(m, "ql").attributes = { block_size: 2 } as never;
  expect(diagnosticsOf(m)).toMatchObject([{ code: "onnx-attribute", loc: { attribute: "block_size" } }]);
});

test("Sign of a Clip to 0 and 0 is 0, and not the spikes of what it clips", () => {
  const m = lif();
  m.outputs = ["layer1.spikes", "layer1.u_next"];
  m.initializers.none = scalar(0);
  Object.assign(nodeOf(m, "fire"), { op: "Clip", in: ["v", "none", "none"] });
  Object.assign(nodeOf(m, "cast"), { op: "Sign", attributes: {} });
  const { post } = expectModel(m).layers[0]!;
  const spike = post.exprs.find(({ id }) => id === post.outputs.spike);
  expect(post.exprs.find(({ id }) => spike?.kind === "compare" && id === spike.a)).toMatchObject({
    kind: "clip",
    high: 0,
  });
});
