import { describe, expect, test } from "vitest";
import { roundShift } from "../../fixed/ops.js";
import { roundReal } from "../../ir/real-ops.js";
import { linearOf } from "../../testing/linear.js";
import { formatOfBounds, quantiserBounds, roundingNames } from "./quant.js";
import {
  diagnosticsOf,
  expectModel,
  insertBefore,
  lif,
  nodeOf,
  quantNode,
  ramp,
  scalar,
} from "./testing/model.js";

/** The small network's weights, after its weight quantiser. */
function weightsOf(m: ReturnType<typeof lif>): {
  raw: number[];
  scale: readonly number[];
  bits: number;
  narrow: boolean;
} {
  const { weights } = expectModel(m).layers[0]!.synapse;
  if (weights.kind !== "quantised") throw new Error("weights are real");
  return { ...weights, raw: [...weights.raw] };
}

describe("rounding modes", () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    // for -2.5, -1.5, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.5, 2.5
    ["ROUND", [-2, -2, -1, 0, 0, 0, 0, 1, 2, 2]],
    ["HALF_EVEN", [-2, -2, -1, 0, 0, 0, 0, 1, 2, 2]],
    ["CEIL", [-2, -1, 0, 0, 0, 1, 1, 1, 2, 3]],
    ["FLOOR", [-3, -2, -1, -1, -1, 0, 0, 0, 1, 2]],
    ["UP", [-3, -2, -1, -1, -1, 1, 1, 1, 2, 3]],
    ["DOWN", [-2, -1, 0, 0, 0, 0, 0, 0, 1, 2]],
    ["ROUND_TO_ZERO", [-2, -1, 0, 0, 0, 0, 0, 0, 1, 2]],
    ["HALF_UP", [-3, -2, -1, -1, 0, 0, 1, 1, 2, 3]],
    ["HALF_DOWN", [-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]],
    ["half_even", [-2, -2, -1, 0, 0, 0, 0, 1, 2, 2]],
  ];

  test.each(cases)("%s is executed on weights and kept on states", (mode, expected) => {
    const m = lif();
    const inputs = [-2.5, -1.5, -0.75, -0.5, -0.25, 0.25, 0.5, 0.75, 1.5, 2.5];
    const filled = [...inputs, ...new Array<number>(8).fill(0)];
    m.initializers.w = { dims: [2, 1, 3, 3], data: filled };
    m.initializers.sw = scalar(1);
    nodeOf(m, "/q/wq").attributes = { signed: 1, narrow: 1, rounding_mode: mode };
    nodeOf(m, "/q/layer1.u_next").attributes = { signed: 1, narrow: 0, rounding_mode: mode };
    expect(weightsOf(m).raw.slice(0, 10)).toEqual(expected);
    const { post } = expectModel(m).layers[0]!;
    const rounding = roundingNames[mode.toUpperCase()]!;
    expect(post.exprs.find((e) => e.id === "u_next")).toMatchObject({ quantiser: { rounding } });
    const quarters = inputs.map((x) => Number(roundShift(BigInt(x * 4), 2, rounding)));
    expect(quarters).toEqual(expected);
    expect(inputs.map((x) => roundReal(x, rounding) + 0)).toEqual(expected);
  });

  test.each([
    ["DPU", "it rounds by the sign of the previous sum, which no fixed-point edge knows"],
    ["LEARNED_ROUND", "it is a training procedure whose choices are not in the file"],
    ["STOCHASTIC_ROUND", "it is random: hardware and simulation could not agree bit for bit"],
    ["SIDEWAYS", "it is not a QONNX rounding mode"],
    ["constructor", "it is not a QONNX rounding mode"],
  ])("%s is refused", (mode, reason) => {
    const m = lif();
    nodeOf(m, "/q/layer1.u_next").attributes!.rounding_mode = mode;
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-rounding-mode",
        text: `rounding mode ${mode} cannot be compiled: ${reason}`,
        loc: {
          file: "test.onnx",
          node: 9,
          name: "/q/layer1.u_next",
          operator: "Quant",
          attribute: "rounding_mode",
        },
      },
    ]);
  });
});

describe("weights", () => {
  test("are divided, rounded and clipped by their own scales", () => {
    const m = lif();
    m.initializers.w = {
      dims: [2, 1, 3, 3],
      data: [100, -100, 31.8, -31.8, 0.125, -0.125, 0.3, 0, -0, ...[1, 2, 3, 4, 5, 6, 7, 8, 20]],
    };
    const w = weightsOf(m);
    expect(w.raw).toEqual([127, -127, 127, -127, 0, 0, 1, 0, 0, 8, 16, 24, 32, 40, 48, 56, 64, 127]);
    expect(w).toMatchObject({ scale: [0.25, 0.125], bits: 8, narrow: true });
  });

  test("of a Conv1d keep their scale by output channel", () => {
    const m = lif();
    m.inputs = { spikes: { dims: [1, 1, 9] }, "layer1.u": { dims: [1, 2, 9] } };
    Object.assign(m.initializers, {
      w: { dims: [2, 1, 3], data: [1, 2, 3, 4, 5, 6] },
      sw: { dims: [2, 1, 1], data: [0.25, 0.5] },
      wr: ramp([3, 6], -1, 0.125),
    });
    nodeOf(m, "conv").attributes = { pads: [1, 1] };
    for (const name of ["pool", "ppool"]) nodeOf(m, name).attributes = { kernel_shape: [3], strides: [3] };
    expect(weightsOf(m)).toMatchObject({ raw: [4, 8, 12, 8, 10, 12], scale: [0.25, 0.5] });
    const integers = lif();
    Object.assign(integers, { inputs: m.inputs, initializers: { ...m.initializers } });
    Object.assign(integers.initializers, {
      w: { dims: [2, 1, 3], data: [4, 8, 12, 8, 10, 12], type: 3 },
      sw: { dims: [2], data: [0.25, 0.5] },
    });
    integers.nodes = m.nodes.map((n) =>
      n.out[0] === "wq"
        ? { op: "DequantizeLinear", in: ["w", "sw"], out: ["wq"], attributes: { axis: 0 } }
        : n,
    );
    expect(weightsOf(integers)).toMatchObject({ raw: [4, 8, 12, 8, 10, 12], scale: [0.25, 0.5] });
    m.initializers.sw = { dims: [1, 1, 3], data: [0.25, 0.5, 1] };
    expect(diagnosticsOf(m)).toMatchObject([
      { text: "quantiser: the weights' scale differs within an output channel", loc: { name: "conv" } },
    ]);
  });

  test("the wide range keeps -128", () => {
    const m = lif();
    m.initializers.w = { dims: [2, 1, 3, 3], data: new Array<number>(18).fill(-1000) };
    nodeOf(m, "/q/wq").attributes!.narrow = 0;
    expect(weightsOf(m)).toMatchObject({ raw: new Array<number>(18).fill(-128), narrow: false });
  });

  test("unsigned weights get a sign bit", () => {
    const m = lif();
    m.initializers.w = { dims: [2, 1, 3, 3], data: new Array<number>(18).fill(1000) };
    nodeOf(m, "/q/wq").attributes = { signed: 0, narrow: 0, rounding_mode: "ROUND" };
    expect(weightsOf(m)).toMatchObject({ raw: new Array<number>(18).fill(255), bits: 9, narrow: false });
  });

  test("without a quantiser they stay real", () => {
    const m = lif();
    nodeOf(m, "conv").in[1] = "w";
    const { weights } = expectModel(m).layers[0]!.synapse;
    expect(weights).toEqual({ kind: "real", values: Float64Array.from(m.initializers.w!.data) });
  });

  test("scales that differ within an output channel are refused", () => {
    const m = lif();
    m.initializers.sw = { dims: [1, 1, 3, 1], data: [0.25, 0.5, 1] };
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-quantiser",
        text: "quantiser: the weights' scale differs within an output channel",
        loc: { node: 1, name: "conv", operator: "Conv" },
      },
    ]);
  });

  test("quantised weights keep their channels' scales through Transpose and Gemm", () => {
    const m = lif();
    m.initializers.swr = { dims: [3, 1], data: [0.5, 0.25, 0.125] };
    insertBefore(m, "readout", quantNode(["wr", "swr", "zero", "bits8"], "wrq"), {
      op: "Transpose",
      in: ["wrq"],
      out: ["wrt"],
    });
    Object.assign(nodeOf(m, "readout"), { in: ["f", "wrt", "br"], attributes: {} });
    const { weights } = linearOf(expectModel(m).readouts[0]);
    expect(weights).toMatchObject({ kind: "quantised", scale: [0.5, 0.25, 0.125] });
    // w = -1 + i/8 over scale 1/2, 1/4, 1/8, rounded half to even
    const wanted = m.initializers.wr!.data.map(
      (x, i) => roundReal(x / [0.5, 0.25, 0.125][Math.floor(i / 8)]!, "half_even") + 0,
    );
    expect(weights.kind === "quantised" && [...weights.raw]).toEqual(wanted);
  });

  test("QCDQ weights: integers by axis, bounds by Clip", () => {
    const m = lif();
    m.initializers.wi = {
      dims: [2, 1, 3, 3],
      data: Array.from({ length: 18 }, (_, i) => 10 * i - 90),
      type: 3,
    };
    m.initializers.scales = { dims: [2], data: [0.5, 0.25] };
    m.initializers.z8 = { dims: [], data: [0], type: 3 };
    m.initializers.low = { dims: [], data: [-31], type: 3 };
    m.initializers.high = { dims: [], data: [31], type: 3 };
    m.nodes[0] = { op: "Clip", in: ["wi", "low", "high"], out: ["wc"] };
    m.nodes.splice(1, 0, {
      op: "DequantizeLinear",
      in: ["wc", "scales", "z8"],
      out: ["wq"],
      attributes: { axis: 0 },
    });
    const raw = Array.from({ length: 18 }, (_, i) => Math.min(31, Math.max(-31, 10 * i - 90)));
    expect(weightsOf(m)).toMatchObject({ raw, scale: [0.5, 0.25], bits: 6, narrow: true });
  });

  test("int8 elements in int32_data are read", () => {
    const m = lif();
    const values = Array.from({ length: 18 }, (_, i) => i - 9);
    m.initializers.wi = { dims: [2, 1, 3, 3], data: [], type: 3, stored: { int32Data: values } };
    m.initializers.z8 = { dims: [], data: [0], type: 3 };
    m.initializers.half = scalar(0.5);
    m.nodes[0] = { op: "DequantizeLinear", in: ["wi", "half", "z8"], out: ["wq"] };
    expect(weightsOf(m)).toMatchObject({ raw: values, scale: [0.5], bits: 8, narrow: false });
  });
});

describe("quantisers", () => {
  test.each(["onnx.brevitas", "finn.custom_op.general", "qonnx.custom_op.general"])("domain %s", (domain) => {
    const m = lif();
    for (const n of m.nodes) if (n.op === "Quant") n.domain = domain;
    expect(weightsOf(m).bits).toBe(8);
  });

  test("bounds and formats are inverse", () => {
    for (const bits of [2, 6, 8, 24, 32]) {
      for (const signed of [true, false]) {
        for (const narrow of [true, false]) {
          const { low, high } = quantiserBounds(bits, signed, narrow);
          expect(formatOfBounds(low, high)).toEqual({ bits, signed, narrow });
        }
      }
    }
    expect(formatOfBounds(-100, 100)).toBeUndefined();
  });

  const onState = (change: (m: ReturnType<typeof lif>) => void): ReturnType<typeof lif> => {
    const m = lif();
    change(m);
    return m;
  };
  const loc = { file: "test.onnx", node: 9, name: "/q/layer1.u_next", operator: "Quant" };

  test.each([
    ["its scale is -1, and must be positive", scalar(-1), undefined],
    ["its bit width is 0, and must be one integer from 2 to 53", undefined, scalar(0)],
    ["its bit width is 7.5, and must be one integer from 2 to 53", undefined, scalar(7.5)],
    [
      "its bit width is [2] numbers, and must be one integer from 2 to 53",
      undefined,
      { dims: [2], data: [8, 8] },
    ],
  ])("%s", (reason, scale, bits) => {
    const m = onState((x) => {
      if (scale) x.initializers.su = scale;
      if (bits) x.initializers.bits24 = bits;
    });
    expect(diagnosticsOf(m)).toMatchObject([{ code: "onnx-quantiser", text: `quantiser: ${reason}`, loc }]);
  });

  test("a zero point is refused", () => {
    const m = onState((x) => {
      x.initializers.z3 = scalar(3);
      nodeOf(x, "/q/layer1.u_next").in[2] = "z3";
    });
    expect(diagnosticsOf(m)).toMatchObject([
      { code: "onnx-zero-point", text: "zero point 3 at element 0: only 0 is compiled", loc },
    ]);
  });

  test("an absent attribute is refused, as its default would be a guess", () => {
    const m = onState((x) => {
      delete nodeOf(x, "/q/layer1.u_next").attributes!.narrow;
    });
    expect(diagnosticsOf(m)).toMatchObject([
      {
        code: "onnx-attribute",
        text: "attribute narrow = (absent) cannot be compiled: it must be an integer",
        loc: { ...loc, attribute: "narrow" },
      },
    ]);
  });

  const qcdq = (): ReturnType<typeof lif> => {
    const m = lif();
    m.initializers.z8 = { dims: [], data: [0], type: 3 };
    m.initializers.low = { dims: [], data: [-7], type: 3 };
    m.initializers.high = { dims: [], data: [7], type: 3 };
    m.nodes.splice(
      9,
      1,
      { op: "QuantizeLinear", name: "q", in: ["r", "su", "z8"], out: ["r1"] },
      { op: "Clip", name: "clip", in: ["r1", "low", "high"], out: ["r2"] },
      { op: "DequantizeLinear", name: "dq", in: ["r2", "su", "z8"], out: ["layer1.u_next"] },
    );
    return m;
  };

  test("QCDQ on a state: ties to even, bits by Clip", () => {
    const { post } = expectModel(qcdq()).layers[0]!;
    const quantiser = { scale: [2 ** -16], bits: 4, signed: true, narrow: true, rounding: "half_even" };
    expect(post.exprs.find((e) => e.id === "u_next")).toMatchObject({ kind: "quantise", quantiser });
  });

  test("QCDQ with two scales, odd bounds, or an Add between is refused", () => {
    const scales = qcdq();
    scales.initializers.su2 = scalar(0.5);
    nodeOf(scales, "dq").in[1] = "su2";
    const bounds = qcdq();
    bounds.initializers.high = { dims: [], data: [6], type: 3 };
    const between = qcdq();
    Object.assign(nodeOf(between, "clip"), { op: "Add", in: ["r1", "one"] });
    expect([scales, bounds, between].map((m) => diagnosticsOf(m)[0])).toMatchObject([
      {
        code: "onnx-quantiser",
        loc: { name: "dq" },
        text: "quantiser: its scale differs from its QuantizeLinear's",
      },
      {
        code: "onnx-quantiser",
        loc: { name: "dq" },
        text: "quantiser: integers from -7 to 6 are no format's: needs -2^(b-1) or -2^(b-1)+1 to 2^(b-1)-1, or 0 to 2^b-1",
      },
      {
        code: "onnx-operand",
        loc: { name: "clip" },
        text: "an operand of Add: is the integer result of a QuantizeLinear, which only Clip and DequantizeLinear may read",
      },
    ]);
  });
});
