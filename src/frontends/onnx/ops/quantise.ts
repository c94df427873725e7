import type { Rounding } from "../../../fixed/format.js";
import { intAttribute, stringAttribute } from "../attributes.js";
import {
  type Context,
  charge,
  checkFinite,
  constantOperand,
  define,
  fail,
  type Handler,
  operand,
  signalOperand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import { quantiserBounds, quantiseTensor, refusedRoundings, roundingNames } from "../quant.js";
import { elements, type Tensor } from "../tensor.js";
import { checkBroadcast } from "./operands.js";

/** Most bits of a quantiser: beyond 53 a double no longer holds its integers. */
const bitLimit = 53;

/** A quantiser's scale: constant, finite, positive. */
export function scaleOperand(node: OnnxNode, ctx: Context, i: number): Tensor {
  const scale = constantOperand(node, ctx, i, "the scale", "export in eval mode, so that scales are frozen");
  checkFinite(scale, "the scale", node.loc);
  const bad = scale.data.find((x) => !(x > 0));
  if (bad !== undefined)
    fail("onnx-quantiser", node.loc, { reason: `its scale is ${bad}, and must be positive` });
  return scale;
}

/** A zero point must be 0 everywhere. */
export function checkZeroPoint(node: OnnxNode, ctx: Context, i: number): void {
  const zero = constantOperand(node, ctx, i, "the zero point");
  const index = zero.data.findIndex((x) => x !== 0);
  if (index >= 0) fail("onnx-zero-point", node.loc, { value: zero.data[index] as number, index });
}

/** The rounding mode that a QONNX name stands for, case ignored. */
export function roundingOf(node: OnnxNode): Rounding {
  const name = stringAttribute(node, "rounding_mode");
  const mode = name.toUpperCase();
  const loc = { ...node.loc, attribute: "rounding_mode" };
  const reason = Object.hasOwn(refusedRoundings, mode)
    ? refusedRoundings[mode]
    : "it is not a QONNX rounding mode";
  const found = Object.hasOwn(roundingNames, mode) ? roundingNames[mode] : undefined;
  return found ?? fail("onnx-rounding-mode", loc, { mode: name, reason: reason ?? "" });
}

/** QONNX Quant(x, scale, zero_point, bit_width): executed on constants, an expression on signals. */
export const quant: Handler = (node, ctx) => {
  const signed = intAttribute(node, "signed") !== 0;
  const narrow = intAttribute(node, "narrow") !== 0;
  const rounding = roundingOf(node);
  const scale = scaleOperand(node, ctx, 1);
  checkZeroPoint(node, ctx, 2);
  const width = constantOperand(node, ctx, 3, "the bit width");
  const bits = width.data[0] ?? Number.NaN;
  const least = signed ? 2 : 1;
  if (width.data.length !== 1 || !Number.isInteger(bits) || bits < least || bits > bitLimit) {
    const have = width.data.length === 1 ? `${bits}` : `[${width.dims.join(", ")}] numbers`;
    fail("onnx-quantiser", node.loc, {
      reason: `its bit width is ${have}, and must be one integer from ${least} to ${bitLimit}`,
    });
  }
  const x = operand(node, ctx, 0);
  if (x.kind === "constant") {
    checkFinite(x.tensor, `constant '${x.tensor.name}'`, node.loc);
    checkBroadcast(node, x.tensor.dims, scale);
    charge(ctx, elements(x.tensor.dims), "a constant", node.loc);
    const bounds = quantiserBounds(bits, signed, narrow);
    return {
      kind: "constant",
      tensor: quantiseTensor(x.tensor, node.outputs[0] ?? "", scale, rounding, bounds),
    };
  }
  const s = signalOperand(node, ctx, 0, "the operand");
  checkBroadcast(node, s.dims, scale);
  return define(ctx, node, {
    kind: "quantise",
    a: s.id,
    scale,
    bits,
    signed,
    narrow,
    rounding,
    dims: s.dims,
  });
};
