import { type Context, define, fail, type Handler, operand, signalOf, signalOperand } from "../context.js";
import type { OnnxNode } from "../decode.js";
import type { Signal, SignalValue } from "../signal.js";
import { makeTensor } from "../tensor.js";
import { checkSameDims, constantSignal } from "./operands.js";
import { isSpike, sidesOf, spikes } from "./spikes.js";

/**
 * Step functions as exporters write them, back to one comparison.
 *
 *     Where(x < 0, 0, 1)                          →   x >= 0
 *     Where(x == 0, 0, Where(x < 0, 0, 1))        →   x > 0       (torch.heaviside(x, 0))
 *     Relu(Sign(x)), Clip(Sign(x), 0, 1)          →   x > 0
 */

/** The one number that a branch of Where is, if it is one. */
function numberOf(node: OnnxNode, ctx: Context, i: number): number | undefined {
  const v = operand(node, ctx, i);
  const first = v.kind === "constant" ? v.tensor.data[0] : undefined;
  return v.kind === "constant" && v.tensor.data.every((x) => x === first) ? first : undefined;
}

/** Where(condition, 1, 0) is the condition, and Where(condition, 0, 1) what it isn't; undefined for other branches. */
export function stepOf(
  node: OnnxNode,
  ctx: Context,
  { id, inverted }: { readonly id: number; readonly inverted: boolean },
  dims: readonly number[],
): SignalValue | undefined {
  const branches = [numberOf(node, ctx, 1), numberOf(node, ctx, 2)].join();
  if (branches !== "1,0" && branches !== "0,1") return undefined;
  const condition = signalOf(ctx, id);
  if (condition.kind !== "compare") return undefined;
  const value: SignalValue = { kind: "signal", id, dims };
  return (branches === "1,0") !== inverted ? value : { ...negated(node, ctx, condition), dims };
}

/** What a comparison is not: −a ≥ 0 where it is a > 0, of the same potential. */
export function negated(node: OnnxNode, ctx: Context, s: Signal & { readonly kind: "compare" }): SignalValue {
  const { dims } = s;
  const excess = signalOf(ctx, s.a);
  if (excess.kind === "sub") {
    const zero = signalOf(ctx, excess.a);
    // 0 − x isn't above 0: x is at least 0.
    if (zero.kind === "constant" && zero.tensor.data.every((value) => value === 0))
      return spikes(node, ctx, { kind: "signal", id: excess.b, dims }, excess.b, !s.orEqual);
    const turned = define(ctx, node, { kind: "sub", a: excess.b, b: excess.a, dims }, "excess");
    // What stands alone against a constant is the potential: c - x isn't above 0 where x is at least c.
    const potential = zero.kind === "constant" ? excess.b : s.potential;
    return spikes(node, ctx, turned, potential, !s.orEqual);
  }
  const zero = constantSignal(node, ctx, makeTensor("zero", [], Float64Array.of(0)), dims);
  const turned = define(ctx, node, { kind: "sub", a: zero.id, b: s.a, dims }, "excess");
  return spikes(node, ctx, turned, s.potential, !s.orEqual);
}

const equalHint = "use Greater or GreaterOrEqual; Equal is read as torch.heaviside writes it";

/** Equal, as the condition of a step at which two values are equal; everything else of it is refused. */
export const equal: Handler = (node, ctx) => {
  const readers = node.outputs.flatMap((o) => ctx.consumers.get(o) ?? []);
  if (readers.length === 0 || readers.some(({ operator }) => operator !== "Where")) {
    const reason = "two values that change from tick to tick are compared for equality";
    return fail("onnx-operator", node.loc, { operator: "Equal", reason }, equalHint);
  }
  const [left, right] = [operand(node, ctx, 0), operand(node, ctx, 1)];
  const x = left.kind === "signal" ? left : signalOperand(node, ctx, 1, "an operand of the comparison");
  const other = left.kind === "signal" ? right : left;
  if (other.kind === "constant" && other.tensor.data.every((value) => value === 0))
    return define(ctx, node, { kind: "equal", a: x.id, b: undefined, dims: x.dims });
  const y =
    other.kind === "constant"
      ? constantSignal(node, ctx, other.tensor, x.dims)
      : signalOperand(node, ctx, 1, "an operand of the comparison");
  checkSameDims(node, x.dims, y.dims);
  return define(ctx, node, { kind: "equal", a: x.id, b: y.id, dims: x.dims });
};

/** Where(x == y, 0 or 1, x > y or x < y): the comparison, with its value where they are equal. */
export function stepAtEqual(
  node: OnnxNode,
  ctx: Context,
  condition: Signal & { readonly kind: "equal" },
  dims: readonly number[],
): SignalValue {
  const here = numberOf(node, ctx, 1);
  const elsewhere = operand(node, ctx, 2);
  if (elsewhere.kind === "signal") checkSameDims(node, dims, elsewhere.dims);
  const step = elsewhere.kind === "signal" ? signalOf(ctx, elsewhere.id) : undefined;
  if (step?.kind === "compare" && (here === 0 || here === 1)) {
    const sides = sidesOf(ctx, step.a);
    const [left, right] = condition.b === undefined ? sidesOf(ctx, condition.a) : [condition.a, condition.b];
    const same = [sides, [...sides].reverse()].some(
      ([a, b]) => sameAs(ctx, a, left) && sameAs(ctx, b, right),
    );
    const value: SignalValue = { kind: "signal", id: step.a, dims };
    if (same) return spikes(node, ctx, value, step.potential, here === 1);
  }
  const reason = "it chooses what no comparison of the same values gives elsewhere";
  return fail("onnx-operator", condition.origin, { operator: "Equal", reason }, equalHint);
}

/** Whether two operands are one signal, or constants of the same numbers. */
function sameAs(ctx: Context, a: number | undefined, b: number | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  const [x, y] = [signalOf(ctx, a), signalOf(ctx, b)];
  return (
    x.kind === "constant" &&
    y.kind === "constant" &&
    x.tensor.data.length === y.tensor.data.length &&
    x.tensor.data.every((value, i) => value === y.tensor.data[i])
  );
}

/** Sign of a value where nothing is left of its −1: a Relu or a Clip from 0 behind it, or a value of at least 0. */
export const sign: Handler = (node, ctx) => {
  const x = signalOperand(node, ctx, 0, "the operand");
  const readers = node.outputs.flatMap((o) => ctx.consumers.get(o) ?? []);
  const exported = node.outputs.some((o) => ctx.outputs.has(o));
  const isCut =
    !exported &&
    readers.length > 0 &&
    readers.every(({ operator }) => operator === "Relu" || operator === "Clip");
  const source = signalOf(ctx, x.id);
  const isPositive = source.kind === "clip" && source.low >= 0;
  if (!isCut && !isPositive) {
    const reason = "it gives -1, 0 and 1, and spikes are 0 or 1";
    const hint = "send a spike above the threshold alone: Greater(potential, threshold), or Relu behind Sign";
    return fail("onnx-operator", node.loc, { operator: "Sign", reason }, hint);
  }
  // What a Relu has cut is above 0 where it was before; a Clip to 0 and 0 leaves nothing.
  const of = isPositive && source.low === 0 && source.high > 0 ? source.a : x.id;
  const positive = spikes(node, ctx, { ...x, id: of }, of, false);
  return isPositive ? positive : define(ctx, node, { kind: "sign", a: positive.id, dims: x.dims });
};

/** A Sign or a spike between the bounds of a Clip or a Relu: spikes; undefined for every other signal. */
export function cutSpikes(
  node: OnnxNode,
  ctx: Context,
  x: SignalValue,
  bounds: { readonly low: number; readonly high: number },
): SignalValue | undefined {
  const s = signalOf(ctx, x.id);
  if (s.kind === "sign" && bounds.low === 0 && bounds.high >= 1) return { ...x, id: s.a };
  if (s.kind === "sign") {
    const reason = `of its -1, 0 and 1 ${node.operator} leaves more than 0 and 1`;
    return fail(
      "onnx-operator",
      s.origin,
      { operator: "Sign", reason },
      "clip it to 0 and 1, or use Greater",
    );
  }
  return isSpike(ctx, x.id) && bounds.low <= 0 && bounds.high >= 1 ? x : undefined;
}
