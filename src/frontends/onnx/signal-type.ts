import { type Context, fail } from "./context.js";
import type { OnnxNode } from "./decode.js";
import { isInteger, nameOfType } from "./element-type.js";

/**
 * Element types of signals. A layer computes in real numbers: what a graph computes in integers or in half floats is the
 * same only where nothing is cut off, wraps or is rounded.
 */

const [FLOAT, INT32, INT64, BOOL, DOUBLE] = [1, 6, 7, 9, 11] as const;

/** Operators whose result is a boolean. */
const boolean = new Set(["Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal", "Not", "And", "Or"]);

/** Operators that are the same on integers of 32 bits and more, which no state that the compiler takes leaves. */
const wholeNumbers = new Set(["Add", "Sub", "Mul", "Neg", "ReduceSum"]);

/** Operators that compute new numbers. */
const computing = new Set([
  ...wholeNumbers,
  ...[
    "Div",
    "ReduceMean",
    "AveragePool",
    "GlobalAveragePool",
    "Conv",
    "Gemm",
    "MatMul",
    "BatchNormalization",
  ],
]);

/** Element type of a tensor; undefined where the file doesn't say it. */
function typeOf(ctx: Context, name: string | undefined): number | undefined {
  const value = ctx.values.get(name ?? "");
  const type = value?.kind === "constant" ? value.tensor.type : ctx.types.get(name ?? "");
  return type === 0 ? undefined : type;
}

/** Element type of a node's first result, its operands' known. */
export function typeOfResult(node: OnnxNode, ctx: Context): number | undefined {
  const { operator, inputs, attributes } = node;
  if (boolean.has(operator)) return BOOL;
  switch (operator) {
    case "Cast": {
      const to = attributes.get("to");
      return to?.kind === "int" ? to.value : undefined;
    }
    case "Where":
      return typeOf(ctx, inputs[1]);
    case "DequantizeLinear":
      return typeOf(ctx, inputs[1]);
    case "QuantizeLinear":
      return undefined;
    default:
      return typeOf(ctx, inputs[0]);
  }
}

/** Refuses arithmetic on a signal in an element type in which it is another than that of real numbers. */
export function checkArithmetic(node: OnnxNode, ctx: Context): void {
  if (!computing.has(node.operator) || node.domain !== "") return;
  const signal = node.inputs.find((name) => ctx.values.get(name)?.kind === "signal");
  const type = typeOf(ctx, signal);
  if (type === undefined || type === FLOAT || type === DOUBLE || type === BOOL) return;
  if ((type === INT32 || type === INT64) && wholeNumbers.has(node.operator)) return;
  const what = !isInteger(type)
    ? "rounds every result"
    : node.operator === "Div" || !wholeNumbers.has(node.operator)
      ? "drops fractions"
      : "wraps";
  const reason = `it computes '${signal}' in ${nameOfType(type)}, which ${what}`;
  fail(
    "onnx-operator",
    node.loc,
    { operator: node.operator, reason },
    "compute in float32 or float64: cast spikes to those alone (spk.float()), and quantise states with Quant",
  );
}
