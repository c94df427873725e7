import { intAttribute, intsAttribute, refuseAttribute } from "../attributes.js";
import { broadcastIndex } from "../broadcast.js";
import {
  type Context,
  charge,
  constantOperand,
  fail,
  type Handler,
  hasOperand,
  operand,
  show,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import type { Value } from "../signal.js";
import { elements } from "../tensor.js";
import { transpose } from "../transpose.js";

/** The same elements under other dims; integers keep their scale, spread over every element if it is no scalar. */
function reshaped(node: OnnxNode, x: Value, dims: readonly number[]): Value {
  const have = x.kind === "constant" ? x.tensor.dims : x.kind === "unknown" ? [] : x.dims;
  const sound = dims.every((d) => Number.isSafeInteger(d) && d >= 0) && elements(dims) === elements(have);
  if (!sound || dims.length > 8) {
    fail("onnx-shape", node.loc, {
      what: `'${node.inputs[0]}'`,
      have: have.join(", "),
      reason: `it cannot become ${show(dims)}`,
    });
  }
  if (x.kind === "signal") {
    if (dims[0] === 1) return { ...x, dims };
    const reason = `as ${show(dims)} its first dimension is no batch of 1`;
    return fail("onnx-shape", node.loc, { what: `'${node.inputs[0]}'`, have: have.join(", "), reason });
  }
  if (x.kind !== "constant")
    return fail("onnx-operand", node.loc, { operand: "the operand", reason: "cannot be reshaped" });
  const t = x.tensor;
  if (t.codes === undefined || elements(t.codes.scaleDims) === 1) {
    const codes = t.codes && { ...t.codes, scaleDims: [] };
    return { kind: "constant", tensor: { ...t, dims, codes } };
  }
  const at = broadcastIndex(t.codes.scaleDims, t.dims);
  const scale = new Float64Array(t.data.length).map((_, i) => t.codes?.scale[at(i)] as number);
  return { kind: "constant", tensor: { ...t, dims, codes: { ...t.codes, scale, scaleDims: dims } } };
}

/** Dims of input 0, whatever it is. */
export const dimsOf = (node: OnnxNode, ctx: Context): readonly number[] => {
  const x = operand(node, ctx, 0);
  return x.kind === "constant" ? x.tensor.dims : x.dims;
};

const flatten: Handler = (node, ctx) => {
  const dims = dimsOf(node, ctx);
  const given = intAttribute(node, "axis", 1);
  const axis = given < 0 ? given + dims.length : given;
  return reshaped(node, operand(node, ctx, 0), [elements(dims.slice(0, axis)), elements(dims.slice(axis))]);
};

const reshape: Handler = (node, ctx) => {
  const dims = dimsOf(node, ctx);
  const zeros = intAttribute(node, "allowzero", 0) === 0;
  const target = constantOperand(node, ctx, 1, "the new shape").data;
  if (target.length > 8)
    fail("onnx-too-large", node.loc, { what: "the new shape", count: target.length, limit: 8 });
  const wish = [...target];
  const kept = wish.map((d, i) => (d === 0 && zeros ? (dims[i] ?? 0) : d));
  const rest = elements(dims) / elements(kept.filter((d) => d !== -1));
  return reshaped(
    node,
    operand(node, ctx, 0),
    kept.map((d) => (d === -1 ? rest : d)),
  );
};

/** Axes of Squeeze and Unsqueeze: an input since opset 13, an attribute before. */
const axesOf = (node: OnnxNode, ctx: Context, rank: number): readonly number[] | undefined => {
  const given = hasOperand(node, 1)
    ? [...constantOperand(node, ctx, 1, "the axes").data]
    : node.attributes.has("axes")
      ? intsAttribute(node, "axes")
      : undefined;
  return given?.map((axis) => (axis < 0 ? axis + rank : axis));
};

const squeeze: Handler = (node, ctx) => {
  const dims = dimsOf(node, ctx);
  const axes = axesOf(node, ctx, dims.length);
  const left = dims.filter((d, i) => (axes === undefined ? d !== 1 : !axes.includes(i)));
  return reshaped(node, operand(node, ctx, 0), left);
};

const unsqueeze: Handler = (node, ctx) => {
  const dims = dimsOf(node, ctx);
  const count = axesOf(node, ctx, 0)?.length ?? 0;
  const axes = axesOf(node, ctx, dims.length + count) ?? [];
  const rest = [...dims];
  const spread = Array.from({ length: Math.min(dims.length + count, 9) }, (_, i) =>
    axes.includes(i) ? 1 : (rest.shift() ?? 1),
  );
  return reshaped(node, operand(node, ctx, 0), spread);
};

const transposeHandler: Handler = (node, ctx) => {
  const x = operand(node, ctx, 0);
  if (x.kind !== "constant") {
    return fail(
      "onnx-operator",
      node.loc,
      { operator: "Transpose", reason: "it reorders a signal" },
      "transpose weights only",
    );
  }
  const identity = x.tensor.dims.map((_, i) => i);
  const perm = intsAttribute(node, "perm", [...identity].reverse());
  const sorted = [...perm].sort((a, b) => a - b);
  if (sorted.some((axis, i) => axis !== i)) refuseAttribute(node, "perm", show(perm), "it is no permutation");
  charge(ctx, elements(x.tensor.dims), "a constant", node.loc);
  return { kind: "constant", tensor: { ...transpose(x.tensor, perm), name: node.outputs[0] ?? "" } };
};

/** Dropout in eval mode is nothing: before opset 12 always, since then unless an input says training. */
const dropout: Handler = (node, ctx) => {
  const isTraining =
    hasOperand(node, 2) && constantOperand(node, ctx, 2, "training_mode").data.some((x) => x !== 0);
  const reason = "it acts in training only";
  if (isTraining)
    fail(
      "onnx-operator",
      node.loc,
      { operator: node.operator, reason },
      "export in eval mode (model.eval())",
    );
  return operand(node, ctx, 0);
};

/** Operators that move or rename elements without computing. */
export const shapes: Readonly<Record<string, Handler>> = {
  Identity: operand0,
  Dropout: dropout,
  Flatten: flatten,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transposeHandler,
};

function operand0(node: OnnxNode, ctx: Context): Value {
  return operand(node, ctx, 0);
}
