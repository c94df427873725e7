import { diagnostic } from "../../../diagnostics/diagnostic.js";
import { exactLog2 } from "../../../fixed/rational.js";
import {
  type Context,
  checkFinite,
  define,
  fail,
  type Handler,
  operand,
  report,
  signalOperand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import { isInteger } from "../element-type.js";
import type { ConstantValue, SignalValue, Value } from "../signal.js";
import { makeTensor, type Tensor } from "../tensor.js";
import { checkBroadcast, checkSameDims, constantSignal, foldBinary } from "./operands.js";
import { asCondition, isSpike } from "./spikes.js";

/**
 * Times a constant; a factor of 1 behind spikes that are sent on, as surrogate gradients and graded spikes leave it, is
 * nothing. Of spikes that are only subtracted (a reset by a threshold of 1) it stays.
 */
const scaled = (node: OnnxNode, ctx: Context, x: SignalValue, by: Tensor): Value => {
  checkFinite(by, `constant '${by.name}'`, node.loc);
  checkBroadcast(node, x.dims, by);
  if (isSpike(ctx, x.id) && by.data.every((factor) => factor === 1) && isSent(node, ctx)) return x;
  return define(ctx, node, { kind: "scale", a: x.id, by, dims: x.dims });
};

/** Whether something else than a sum reads what a node gives. */
const isSent = (node: OnnxNode, ctx: Context): boolean =>
  node.outputs.some(
    (output) =>
      ctx.outputs.has(output) ||
      ctx.consumers.get(output)?.some(({ operator }) => operator !== "Add" && operator !== "Sub"),
  );

/** Both operands of a binary node; the integers between QuantizeLinear and DequantizeLinear are refused. */
function pair(
  node: OnnxNode,
  ctx: Context,
): readonly [ConstantValue | SignalValue, ConstantValue | SignalValue] {
  const values = [operand(node, ctx, 0), operand(node, ctx, 1)] as const;
  for (const v of values) {
    if (v.kind === "codes") {
      const reason =
        "is the integer result of a QuantizeLinear, which only Clip and DequantizeLinear may read";
      fail("onnx-operand", node.loc, { operand: `an operand of ${node.operator}`, reason });
    }
  }
  return values as readonly [ConstantValue | SignalValue, ConstantValue | SignalValue];
}

/** Add and Sub: signals of one shape, or a signal and a constant in either place. */
const addOrSub =
  (kind: "add" | "sub"): Handler =>
  (node, ctx) => {
    const [a, b] = pair(node, ctx);
    if (a.kind === "constant" && b.kind === "constant") {
      return foldBinary(node, ctx, a.tensor, b.tensor, (x, y) => (kind === "add" ? x + y : x - y));
    }
    const dims = a.kind === "signal" ? a.dims : (b as SignalValue).dims;
    if (a.kind === "signal" && b.kind === "signal") checkSameDims(node, a.dims, b.dims);
    const x = a.kind === "signal" ? a : constantSignal(node, ctx, a.tensor, dims);
    const y = b.kind === "signal" ? b : constantSignal(node, ctx, b.tensor, dims);
    return define(ctx, node, { kind, a: x.id, b: y.id, dims });
  };

/** Mul by a constant is `scale`; by a spike (or 1 − spike) it is `select`; of two other signals it is refused. */
const mul: Handler = (node, ctx) => {
  const [a, b] = pair(node, ctx);
  if (a.kind === "constant" && b.kind === "constant")
    return foldBinary(node, ctx, a.tensor, b.tensor, (x, y) => x * y);
  if (a.kind === "constant") return scaled(node, ctx, b as SignalValue, a.tensor);
  if (b.kind === "constant") return scaled(node, ctx, a, b.tensor);
  checkSameDims(node, a.dims, b.dims);
  const onB = asCondition(ctx, b.id);
  const condition = onB ?? asCondition(ctx, a.id);
  if (condition === undefined) {
    const reason = "both factors change from tick to tick, and neither is a spike";
    return fail(
      "onnx-operator",
      node.loc,
      { operator: "Mul", reason },
      "multiply by a constant, or by a spike (reset)",
    );
  }
  const x = onB === undefined ? b : a;
  const zero = constantSignal(node, ctx, makeTensor("zero", [], Float64Array.of(0)), x.dims);
  const [yes, no] = condition.inverted ? [zero.id, x.id] : [x.id, zero.id];
  return define(ctx, node, { kind: "select", condition: condition.id, a: yes, b: no, dims: x.dims });
};

/** Integers divide towards zero. */
const truncatedQuotient = (x: number, y: number): number => Math.trunc(x / y);

/** Div by a constant is multiplication by its reciprocal; exact for powers of two, else a warning says so. */
const div: Handler = (node, ctx) => {
  const [a, b] = pair(node, ctx);
  if (a.kind === "constant" && b.kind === "constant") {
    const divide = isInteger(a.tensor.type) ? truncatedQuotient : (x: number, y: number): number => x / y;
    return foldBinary(node, ctx, a.tensor, b.tensor, divide);
  }
  if (b.kind !== "constant") {
    const reason = "the divisor changes from tick to tick";
    return fail("onnx-operator", node.loc, { operator: "Div", reason }, "divide by a constant");
  }
  const inexact = b.tensor.data.find((x) => exactLog2(Math.abs(x)) === undefined);
  if (inexact !== undefined && inexact !== 0)
    report(ctx, diagnostic("onnx-division", node.loc, { divisor: inexact }));
  const data = b.tensor.data.map((x) => 1 / x);
  return scaled(node, ctx, a as SignalValue, makeTensor(b.tensor.name, b.tensor.dims, data));
};

const neg: Handler = (node, ctx) => {
  const a = operand(node, ctx, 0);
  const minusOne = makeTensor("minus_one", [], Float64Array.of(-1));
  if (a.kind === "constant") return foldBinary(node, ctx, a.tensor, minusOne, (x, y) => x * y);
  return scaled(node, ctx, signalOperand(node, ctx, 0, "the operand"), minusOne);
};

/** Functions that appear in constant subgraphs only (decays computed from time constants). */
const constantOnly =
  (apply: (x: number, y: number) => number, hint: string): Handler =>
  (node, ctx) => {
    const a = operand(node, ctx, 0);
    const b = node.inputs.length > 1 ? operand(node, ctx, 1) : a;
    if (a.kind === "constant" && b.kind === "constant")
      return foldBinary(node, ctx, a.tensor, b.tensor, apply);
    return fail(
      "onnx-operator",
      node.loc,
      { operator: node.operator, reason: "its operands are no constants" },
      hint,
    );
  };

const decayHint =
  "compute it once from the parameters; on signals, use Add, Sub, Mul by a constant, Clip, Where, Quant";

/** Element-wise arithmetic. */
export const arithmetic: Readonly<Record<string, Handler>> = {
  Add: addOrSub("add"),
  Sub: addOrSub("sub"),
  Mul: mul,
  Div: div,
  Neg: neg,
  Exp: constantOnly((x) => Math.exp(x), decayHint),
  Sqrt: constantOnly((x) => Math.sqrt(x), decayHint),
  Reciprocal: constantOnly((x) => 1 / x, decayHint),
  Pow: constantOnly((x, y) => x ** y, decayHint),
  Abs: constantOnly((x) => Math.abs(x), decayHint),
};
