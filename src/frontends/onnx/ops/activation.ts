import { type Context, define, fail, type Handler, signalOperand } from "../context.js";
import type { OnnxNode } from "../decode.js";
import type { Value } from "../signal.js";
import { refusals } from "./refused.js";
import { cutSpikes } from "./steps.js";

/** Operators that may stand between an activation and the readout's linear map. */
const passing = new Set([
  ...["Quant", "IntQuant", "QuantizeLinear", "Clip", "DequantizeLinear", "MaxPool"],
  ...["Flatten", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Cast", "Pad"],
]);
/** Where the way to a linear map ends well; Shape reads no values. */
const ends = new Set(["Gemm", "MatMul", "Conv", "Shape"]);

/** First reader of the activation that is no way to a linear map; a reader that ends in a graph output is none. */
function strayReader(node: OnnxNode, ctx: Context): OnnxNode | undefined {
  const seen = new Set<OnnxNode>();
  const stack = [node];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const reader of at.outputs.flatMap((o) => ctx.consumers.get(o) ?? [])) {
      if (seen.has(reader) || ends.has(reader.operator)) continue;
      if (!passing.has(reader.operator)) return reader;
      seen.add(reader);
      stack.push(reader);
    }
  }
  return undefined;
}

/** A Relu of spikes, or one that Signs read alone: no activation of a readout; undefined for all others. */
function rectified(node: OnnxNode, ctx: Context): Value | undefined {
  const x = signalOperand(node, ctx, 0, "the operand");
  const bounds = { low: 0, high: Number.MAX_VALUE };
  const readers = node.outputs.flatMap((o) => ctx.consumers.get(o) ?? []);
  const ofSigns = readers.length > 0 && readers.every(({ operator }) => operator === "Sign");
  const clipped = ofSigns ? define(ctx, node, { kind: "clip", a: x.id, ...bounds, dims: x.dims }) : undefined;
  return cutSpikes(node, ctx, x, bounds) ?? clipped;
}

/** Sigmoid and Relu stand between a layer's potential and a linear readout, nowhere else. */
const activation =
  (kind: "sigmoid" | "relu"): Handler =>
  (node, ctx) => {
    const cut = kind === "relu" ? rectified(node, ctx) : undefined;
    if (cut !== undefined) return cut;
    const stray = strayReader(node, ctx);
    if (stray !== undefined) {
      const by = `${stray.operator}${stray.name === "" ? "" : ` '${stray.name}'`}`;
      const { hint } = refusals.Relu as { readonly hint: string };
      const reason = `its result goes to ${by}; it is compiled only between a potential and a linear readout`;
      fail("onnx-operator", node.loc, { operator: node.operator, reason }, hint);
    }
    const x = signalOperand(node, ctx, 0, "the operand");
    return define(ctx, node, { kind: "activation", a: x.id, activation: kind, dims: x.dims });
  };

/** Activations of readouts. */
export const activations: Readonly<Record<string, Handler>> = {
  Sigmoid: activation("sigmoid"),
  Relu: activation("relu"),
};
