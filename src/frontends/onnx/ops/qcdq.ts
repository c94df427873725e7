import { intAttribute, refuseAttribute } from "../attributes.js";
import {
  type Context,
  charge,
  checkFinite,
  define,
  fail,
  type Handler,
  hasOperand,
  operand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import { nameOfType } from "../element-type.js";
import { dequantised, formatOfBounds, quantiseTensor } from "../quant.js";
import { elements, makeTensor, type Tensor } from "../tensor.js";
import { clip } from "./compare.js";
import { checkBroadcast } from "./operands.js";
import { checkZeroPoint, scaleOperand } from "./quantise.js";
import { cutSpikes } from "./steps.js";

const UINT8 = 2;

/** Integers of ONNX element types that quantised tensors have. */
const typeBounds: Readonly<Record<number, { readonly low: number; readonly high: number }>> = {
  2: { low: 0, high: 255 },
  3: { low: -128, high: 127 },
  4: { low: 0, high: 65535 },
  5: { low: -32768, high: 32767 },
  6: { low: -(2 ** 31), high: 2 ** 31 - 1 },
  21: { low: 0, high: 15 },
  22: { low: -8, high: 7 },
};

/** A 1-D scale along `axis` as a tensor that broadcasts to `dims`. */
function alongAxis(node: OnnxNode, scale: Tensor, dims: readonly number[]): Tensor {
  if (elements(scale.dims) === 1) return { ...scale, dims: [] };
  const given = intAttribute(node, "axis", 1);
  const axis = given < 0 ? given + dims.length : given;
  if (scale.dims.length !== 1 || scale.dims[0] !== dims[axis]) {
    const reason = `it must be a scalar, or have one number for each of axis ${given} of [${dims.join(", ")}]`;
    fail("onnx-shape", node.loc, { what: "the scale", have: scale.dims.join(", "), reason });
  }
  return { ...scale, dims: dims.map((d, i) => (i === axis ? d : 1)) };
}

/** Bounds of the integers that the zero point's type (input 2) implies; without one `output_dtype`'s, else uint8's. */
function integerBounds(node: OnnxNode, ctx: Context): { readonly low: number; readonly high: number } {
  const said = intAttribute(node, "output_dtype", 0);
  if (!hasOperand(node, 2)) {
    const need = "it must be an integer type of 4 to 32 bits";
    return typeBounds[said || UINT8] ?? refuseAttribute(node, "output_dtype", said, need);
  }
  checkZeroPoint(node, ctx, 2);
  const zero = operand(node, ctx, 2);
  const type = zero.kind === "constant" ? zero.tensor.type : 0;
  if (said !== 0 && said !== type)
    refuseAttribute(node, "output_dtype", said, `the zero point's element type is ${nameOfType(type)}`);
  return (
    typeBounds[type] ??
    fail("onnx-operand", node.loc, {
      operand: "the zero point",
      reason: `its element type ${type} is no integer type`,
    })
  );
}

/** Attributes of later opsets that would change what is computed. */
function checkPlain(node: OnnxNode): void {
  const block = intAttribute(node, "block_size", 0);
  const hint = "use one scale, or one per channel";
  if (block !== 0)
    refuseAttribute(node, "block_size", block, "a scale for each block of an axis is not read", hint);
}

/** QuantizeLinear: ties to even, saturated to the type. On a signal it gives `codes`, which a DequantizeLinear ends. */
const quantizeLinear: Handler = (node, ctx) => {
  checkPlain(node);
  const bounds = integerBounds(node, ctx);
  const x = operand(node, ctx, 0);
  const raw = scaleOperand(node, ctx, 1);
  if (x.kind === "constant") {
    checkFinite(x.tensor, `constant '${x.tensor.name}'`, node.loc);
    charge(ctx, elements(x.tensor.dims), "a constant", node.loc);
    const scale = alongAxis(node, raw, x.tensor.dims);
    const done = quantiseTensor(x.tensor, node.outputs[0] ?? "", scale, "half_even", bounds);
    const integers = Float64Array.from(done.codes?.raw ?? []);
    return { kind: "constant", tensor: { ...makeTensor(done.name, done.dims, integers, 6), bounds } };
  }
  if (x.kind === "codes")
    return fail("onnx-operand", node.loc, { operand: "the operand", reason: "is quantised already" });
  return { kind: "codes", id: x.id, dims: x.dims, scale: alongAxis(node, raw, x.dims), ...bounds };
};

/** DequantizeLinear: on integer constants it makes weights, on `codes` it closes the quantiser. */
const dequantizeLinear: Handler = (node, ctx) => {
  checkPlain(node);
  const x = operand(node, ctx, 0);
  const raw = scaleOperand(node, ctx, 1);
  if (hasOperand(node, 2)) checkZeroPoint(node, ctx, 2);
  if (x.kind === "constant") {
    const t = x.tensor;
    const bounds = t.bounds ?? typeBounds[t.type];
    if (bounds === undefined) {
      const reason = `its element type ${t.type} is no integer type`;
      return fail("onnx-operand", node.loc, { operand: `constant '${t.name}'`, reason });
    }
    charge(ctx, elements(t.dims), "a constant", node.loc);
    return {
      kind: "constant",
      tensor: dequantised(t, node.outputs[0] ?? "", t.data, alongAxis(node, raw, t.dims), bounds),
    };
  }
  if (x.kind !== "codes") {
    return fail("onnx-operand", node.loc, {
      operand: "the operand",
      reason: "is no result of a QuantizeLinear",
    });
  }
  const scale = alongAxis(node, raw, x.dims);
  const same =
    elements(scale.dims) === elements(x.scale.dims) && scale.data.every((v, i) => v === x.scale.data[i]);
  if (!same) fail("onnx-quantiser", node.loc, { reason: "its scale differs from its QuantizeLinear's" });
  const format = formatOfBounds(x.low, x.high);
  if (format === undefined) {
    const reason = `integers from ${x.low} to ${x.high} are no format's: needs -2^(b-1) or -2^(b-1)+1 to 2^(b-1)-1, or 0 to 2^b-1`;
    return fail("onnx-quantiser", node.loc, { reason });
  }
  checkBroadcast(node, x.dims, scale);
  return define(ctx, node, {
    kind: "quantise",
    a: x.id,
    scale,
    ...format,
    rounding: "half_even",
    dims: x.dims,
  });
};

/** Clip: narrows the integers of a QCDQ quantiser, clamps a signal, or is executed on a constant. */
const clipHandler: Handler = (node, ctx) => {
  const x = operand(node, ctx, 0);
  const { low, high } = clip(node, ctx);
  if (low > high)
    fail("onnx-operand", node.loc, { operand: "the bounds", reason: `${low} is above ${high}` });
  if (x.kind === "codes") return { ...x, low: Math.max(low, x.low), high: Math.min(high, x.high) };
  if (x.kind === "signal")
    return (
      cutSpikes(node, ctx, x, { low, high }) ??
      define(ctx, node, { kind: "clip", a: x.id, low, high, dims: x.dims })
    );
  charge(ctx, elements(x.tensor.dims), "a constant", node.loc);
  const data = x.tensor.data.map((v) => Math.min(Math.max(v, low), high));
  const type = typeBounds[x.tensor.type];
  const bounds =
    type === undefined ? undefined : { low: Math.max(low, type.low), high: Math.min(high, type.high) };
  return {
    kind: "constant",
    tensor: { ...makeTensor(node.outputs[0] ?? "", x.tensor.dims, data, x.tensor.type), bounds },
  };
};

/** ONNX's own quantisation operators. */
export const qcdq: Readonly<Record<string, Handler>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Clip: clipHandler,
};
