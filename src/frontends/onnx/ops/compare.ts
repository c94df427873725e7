import { floatAttribute, refuseAttribute } from "../attributes.js";
import {
  type Context,
  constantOperand,
  define,
  fail,
  type Handler,
  hasOperand,
  operand,
  signalOf,
  signalOperand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import { isFloat, isInteger, isStored, nameOfType, storedAs } from "../element-type.js";
import type { SignalValue, Value } from "../signal.js";
import { elements, makeTensor, type Tensor } from "../tensor.js";
import { checkBroadcast, checkSameDims, constantSignal } from "./operands.js";
import { asCondition, isSpike, spikes } from "./spikes.js";
import { equal, negated, sign, stepAtEqual, stepOf } from "./steps.js";

/**
 * a > b (or ≥) as (a − b) > 0, which is the same for all doubles; b = 0 needs no subtraction. The potential is the
 * signal that stands alone against a constant, else the difference.
 *
 *     MaxPool(u) > c   →   MaxPool(u > c)
 */
function compare(node: OnnxNode, ctx: Context, left: number, right: number, orEqual: boolean): Value {
  const a = operand(node, ctx, left);
  const b = operand(node, ctx, right);
  if (a.kind === "signal" && b.kind === "constant") {
    const pooled = signalOf(ctx, a.id);
    if (pooled.kind === "pool" && !isSpike(ctx, a.id) && elements(b.tensor.dims) === 1) {
      const unpooled: SignalValue = { kind: "signal", id: pooled.a, dims: signalOf(ctx, pooled.a).dims };
      const spike = compareTo(node, ctx, unpooled, b.tensor, orEqual);
      return define(ctx, node, { kind: "pool", a: spike.id, pool: pooled.pool, of: pooled.of, dims: a.dims });
    }
    return compareTo(node, ctx, a, b.tensor, orEqual);
  }
  const known = a.kind === "signal" ? a : signalOperand(node, ctx, right, "an operand of the comparison");
  const dims = known.dims;
  const side = (v: typeof a, i: number): SignalValue =>
    v.kind === "constant"
      ? constantSignal(node, ctx, v.tensor, dims)
      : signalOperand(node, ctx, i, "an operand");
  const x = side(a, left);
  const y = side(b, right);
  checkSameDims(node, x.dims, y.dims);
  const difference = define(ctx, node, { kind: "sub", a: x.id, b: y.id, dims }, "excess");
  return spikes(node, ctx, difference, difference.id, orEqual);
}

/** A signal above a constant. */
function compareTo(
  node: OnnxNode,
  ctx: Context,
  x: SignalValue,
  threshold: Tensor,
  orEqual: boolean,
): SignalValue {
  const { dims } = x;
  if (threshold.data.every((value) => value === 0)) {
    checkBroadcast(node, dims, threshold);
    return spikes(node, ctx, x, x.id, orEqual);
  }
  const level = constantSignal(node, ctx, threshold, dims);
  checkSameDims(node, dims, level.dims);
  const difference = define(ctx, node, { kind: "sub", a: x.id, b: level.id, dims }, "excess");
  return spikes(node, ctx, difference, x.id, orEqual);
}

/** Where(spike, a, b); a and b may be constants. */
const where: Handler = (node, ctx) => {
  const chosen = signalOperand(node, ctx, 0, "the condition");
  const equal = signalOf(ctx, chosen.id);
  if (equal.kind === "equal") return stepAtEqual(node, ctx, equal, chosen.dims);
  const condition = asCondition(ctx, chosen.id);
  if (condition === undefined) {
    const reason = "must be a comparison (Greater, GreaterOrEqual, Less, LessOrEqual)";
    return fail("onnx-operand", node.loc, { operand: "the condition", reason });
  }
  const step = stepOf(node, ctx, condition, chosen.dims);
  if (step !== undefined) return step;
  const branch = (i: number): SignalValue => {
    const v = operand(node, ctx, i);
    if (v.kind === "constant") return constantSignal(node, ctx, v.tensor, chosen.dims);
    const s = signalOperand(node, ctx, i, "a branch");
    checkSameDims(node, chosen.dims, s.dims);
    return s;
  };
  const [yes, no] = condition.inverted ? [branch(2), branch(1)] : [branch(1), branch(2)];
  return define(ctx, node, {
    kind: "select",
    condition: condition.id,
    a: yes.id,
    b: no.id,
    dims: chosen.dims,
  });
};

/** Not(spike) = 1 − spike, and of that the spike. */
const not: Handler = (node, ctx) => {
  const x = signalOperand(node, ctx, 0, "the operand");
  const condition = asCondition(ctx, x.id);
  if (condition?.inverted === true) return { ...x, id: condition.id };
  const comparison = signalOf(ctx, x.id);
  if (comparison.kind === "compare" && node.outputs.some((o) => ctx.outputs.has(o)))
    return { ...negated(node, ctx, comparison), dims: x.dims };
  const one = constantSignal(node, ctx, makeTensor("one", [], Float64Array.of(1)), x.dims);
  return define(ctx, node, { kind: "sub", a: one.id, b: x.id, dims: x.dims });
};

/** A constant in another element type; floats that an integer type doesn't have give nothing that ONNX defines. */
function castTensor(node: OnnxNode, tensor: Tensor, type: number): Tensor {
  const { name, dims, data, type: from } = tensor;
  if (!isStored(type))
    refuseAttribute(node, "to", type, "floats of 16 to 64 bits, integers of 8 to 64 and bool are computed");
  const made = data.map((v) => storedAs(type, v));
  if (tensor.codes !== undefined && isFloat(type) && made.every((v, i) => v === data[i]))
    return { ...tensor, type };
  const index =
    isFloat(from) && isInteger(type) ? made.findIndex((v, i) => v !== Math.trunc(data[i] as number)) : -1;
  if (index >= 0) {
    const reason = `its element ${index}, ${data[index]}, is no ${nameOfType(type)}`;
    fail("onnx-operand", node.loc, { operand: `constant '${name}'`, reason }, "clip it before the Cast");
  }
  return makeTensor(node.outputs[0] ?? "", dims, made, type);
}

const floats = [1, 11];

/**
 * Whether a node's result goes elsewhere than into products with signals that are known by then, as masks of resets do. A
 * factor of 1 may be written behind it.
 */
function isSent(node: OnnxNode, ctx: Context): boolean {
  const isMasked = ({ operator, inputs }: OnnxNode): boolean =>
    operator === "Mul" && inputs.some((name) => ctx.values.get(name)?.kind === "signal");
  return node.outputs.some(
    (o) => ctx.outputs.has(o) || ctx.consumers.get(o)?.some((reader) => !isMasked(reader)),
  );
}

/**
 * Not of a comparison that is sent as spikes is the opposite one, as x >= c is written before opset 12:
 *
 *     Cast(Not(Less(x, c)))   →   x >= c
 *
 * Cast between floats, and of spikes to any type, changes nothing that the compiler keeps; others would round.
 */
const cast: Handler = (node, ctx) => {
  const to = node.attributes.get("to");
  const type = to?.kind === "int" ? to.value : 0;
  const x = operand(node, ctx, 0);
  if (x.kind === "constant") return { kind: "constant", tensor: castTensor(node, x.tensor, type) };
  const s = signalOperand(node, ctx, 0, "the operand");
  const condition = asCondition(ctx, s.id);
  if (condition?.inverted === true && isSent(node, ctx)) {
    const comparison = signalOf(ctx, condition.id);
    if (comparison.kind === "compare") return { ...negated(node, ctx, comparison), dims: s.dims };
  }
  if (isSpike(ctx, s.id) || condition !== undefined || floats.includes(type)) return s;
  const loc = { ...node.loc, attribute: "to" };
  const reason = "only spikes may be cast to anything but float and double";
  return fail("onnx-attribute", loc, { attribute: "to", value: type, reason }, "round with a Quant node");
};

/** Clip by constant bounds; an absent bound is the largest finite double, which never acts. */
export const clip = (node: OnnxNode, ctx: Context): { readonly low: number; readonly high: number } => {
  const bound = (i: number, attribute: string, fallback: number): number => {
    if (hasOperand(node, i)) {
      const t = constantOperand(node, ctx, i, `the bound '${attribute}'`);
      const value = t.data.length === 1 ? (t.data[0] as number) : Number.NaN;
      if (!Number.isFinite(value))
        fail("onnx-operand", node.loc, {
          operand: `the bound '${attribute}'`,
          reason: "must be one finite number",
        });
      return value;
    }
    const value = floatAttribute(node, attribute, fallback);
    if (Number.isNaN(value)) refuseAttribute(node, attribute, value, "a bound is a number");
    return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE);
  };
  return { low: bound(1, "min", -Number.MAX_VALUE), high: bound(2, "max", Number.MAX_VALUE) };
};

/** Comparisons and what is made of them. */
export const comparisons: Readonly<Record<string, Handler>> = {
  Greater: (node, ctx) => compare(node, ctx, 0, 1, false),
  GreaterOrEqual: (node, ctx) => compare(node, ctx, 0, 1, true),
  Less: (node, ctx) => compare(node, ctx, 1, 0, false),
  LessOrEqual: (node, ctx) => compare(node, ctx, 1, 0, true),
  Equal: equal,
  Sign: sign,
  Where: where,
  Not: not,
  Cast: cast,
};
