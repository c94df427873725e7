import { broadcastDims, broadcastIndex, broadcastsTo } from "../broadcast.js";
import { type Context, charge, checkFinite, define, fail, shortName } from "../context.js";
import type { OnnxNode } from "../decode.js";
import { isStored, storedAs } from "../element-type.js";
import type { SignalValue, Value } from "../signal.js";
import { elements, makeTensor, type Tensor } from "../tensor.js";

/** Applies a binary function to two constants, element by element with broadcasting, in the arithmetic of their type. */
export function foldBinary(
  node: OnnxNode,
  ctx: Context,
  a: Tensor,
  b: Tensor,
  apply: (x: number, y: number) => number,
): Value {
  const dims =
    broadcastDims(a.dims, b.dims) ??
    fail("onnx-shape", node.loc, {
      what: `'${a.name}'`,
      have: a.dims.join(", "),
      reason: `[${b.dims}] does not fit`,
    });
  const count = elements(dims);
  // Outer products of constants have no use here, and let a small file ask for much memory.
  const limit = Math.max(a.data.length, b.data.length, 2 ** 16);
  if (count > limit) fail("onnx-too-large", node.loc, { what: "a constant", count, limit });
  charge(ctx, count, "a constant", node.loc);
  const ia = broadcastIndex(a.dims, dims);
  const ib = broadcastIndex(b.dims, dims);
  const { type } = a;
  const store = isStored(type) ? (x: number): number => storedAs(type, x) : (x: number): number => x;
  const data = new Float64Array(count).map((_, i) =>
    store(apply(a.data[ia(i)] as number, b.data[ib(i)] as number)),
  );
  return { kind: "constant", tensor: makeTensor(node.outputs[0] ?? "", dims, data, type) };
}

/** Refuses a constant that would enlarge the signal, as a result must have one element for each of the layer's. */
export function checkBroadcast(node: OnnxNode, dims: readonly number[], constant: Tensor): void {
  if (broadcastsTo(constant.dims, dims)) return;
  const what = `constant '${constant.name}'`;
  const reason = `it does not broadcast to the other operand's [${dims.join(", ")}]`;
  fail(
    "onnx-shape",
    node.loc,
    { what, have: constant.dims.join(", "), reason },
    "use a scalar or [1, C, 1, 1]",
  );
}

/** Refuses two signals of different shape: broadcasting between signals is no element-wise operation. */
export function checkSameDims(node: OnnxNode, a: readonly number[], b: readonly number[]): void {
  if (a.length === b.length && a.every((d, i) => d === b[i])) return;
  const reason = `the other operand has [${b.join(", ")}]; both must have the same shape`;
  fail("onnx-shape", node.loc, { what: `'${node.inputs[0]}'`, have: a.join(", "), reason });
}

/** A constant as a signal of the other operand's shape. */
export function constantSignal(
  node: OnnxNode,
  ctx: Context,
  tensor: Tensor,
  dims: readonly number[],
): SignalValue {
  checkFinite(tensor, `constant '${tensor.name}'`, node.loc);
  checkBroadcast(node, dims, tensor);
  return define(ctx, node, { kind: "constant", tensor, dims }, shortName(tensor.name));
}
