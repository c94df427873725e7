import { floatAttribute, intAttribute, intsAttribute, refuseAttribute } from "../attributes.js";
import {
  type Context,
  charge,
  checkFinite,
  constantOperand,
  define,
  fail,
  type Handler,
  hasOperand,
  show,
  signalOperand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import type { LinearMap, SignalValue, Value } from "../signal.js";
import { elements, type Tensor } from "../tensor.js";
import { transpose } from "../transpose.js";
import { throughAverages } from "./averages.js";
import { reshapeRows, spreadKernel } from "./kernels.js";
import { constantSignal } from "./operands.js";
import { type Padding, paddingOf } from "./window.js";

/** The weights, of one of the ranks that the operator takes. */
function weightOperand(node: OnnxNode, ctx: Context, ranks: readonly number[]): Tensor {
  const weights = constantOperand(
    node,
    ctx,
    1,
    "the weights",
    "export in eval mode, with trained parameters inside",
  );
  if (!ranks.includes(weights.dims.length) || elements(weights.dims) === 0) {
    const reason = ranks.includes(4)
      ? "convolutions of one and two dimensions are compiled"
      : "it must be a matrix";
    fail(
      "onnx-shape",
      node.loc,
      { what: "the weight", have: weights.dims.join(", "), reason },
      "use Conv1d, Conv2d or Linear",
    );
  }
  charge(ctx, weights.data.length, "the weight", node.loc);
  checkFinite(weights, "the weight", node.loc);
  return weights;
}

/** The linear map, and its bias added behind it: u = (W·x + b) + rest, the order of the graph. */
function withBias(
  node: OnnxNode,
  ctx: Context,
  a: number,
  map: LinearMap,
  dims: readonly number[],
  bias: Tensor | undefined,
): Value {
  const sum = define(ctx, node, { kind: "synapse", ...throughAverages(node, ctx, a, map), dims });
  if (bias === undefined) return sum;
  const term = constantSignal(node, ctx, bias, dims);
  return define(ctx, node, { kind: "add", a: sum.id, b: term.id, dims }, "biased");
}

/** What a Conv says of itself, as of two dimensions: a Conv1d has height 1. */
interface ConvForm {
  readonly weights: Tensor;
  readonly stride: readonly [number, number];
  readonly padding: Padding;
  readonly data: SignalValue;
  /** (1, C, H, W) of the data. */
  readonly dataDims: readonly [1, number, number, number];
  readonly isFlat: boolean;
}

/** Reads and checks everything of a Conv but its bias; groups and dilation are spread over its kernel. */
function convForm(node: OnnxNode, ctx: Context): ConvForm {
  const stored = weightOperand(node, ctx, [3, 4]);
  const isFlat = stored.dims.length === 3;
  const flat = <T>(values: readonly T[], one: T): readonly [T, T] =>
    (isFlat ? [one, values[0]] : values) as readonly [T, T];
  const ones = isFlat ? [1] : [1, 1];
  const [outChannels, perGroup, ...taps] = stored.dims as readonly [number, number, ...number[]];
  const shape = intsAttribute(node, "kernel_shape", taps);
  if (shape.some((size, axis) => size !== taps[axis]))
    refuseAttribute(node, "kernel_shape", show(shape), `the weight is ${show(stored.dims)}`);
  const group = intAttribute(node, "group", 1);
  if (group < 1 || outChannels % group !== 0)
    refuseAttribute(node, "group", group, `${outChannels} output channels make no ${group} groups`);
  const dilation = intsAttribute(node, "dilations", ones);
  if (dilation.some((d) => d < 1))
    refuseAttribute(node, "dilations", show(dilation), "dilations are positive");
  const stride = intsAttribute(node, "strides", ones);
  if (stride.some((s) => s < 1)) refuseAttribute(node, "strides", show(stride), "strides are positive");
  const data = signalOperand(node, ctx, 0, "the data");
  const [batch, channels, ...map] = data.dims;
  if (data.dims.length !== stored.dims.length || batch !== 1 || channels !== perGroup * group) {
    const need = `needs [1, ${perGroup * group}, ${isFlat ? "L" : "H, W"}]`;
    return fail("onnx-shape", node.loc, { what: "the data", have: data.dims.join(", "), reason: need });
  }
  const kernel = isFlat ? reshapeRows(node, stored, [outChannels, perGroup, 1, taps[0] as number]) : stored;
  const reach = taps.map((size, axis) => (size - 1) * (dilation[axis] as number) + 1);
  return {
    weights: spreadKernel(node, ctx, kernel, { group, dilation: flat(dilation, 1) }),
    stride: flat(stride, 1),
    padding: paddingOf(node, map, reach, stride),
    data,
    dataDims: [1, channels, ...flat(map, 1)],
    isFlat,
  };
}

/** Conv of two dimensions, or of one: any groups and dilation. */
const conv: Handler = (node, ctx) => {
  const { weights, stride, padding, data, dataDims, isFlat } = convForm(node, ctx);
  const [outChannels, , kh, kw] = weights.dims as readonly [number, number, number, number];
  const [, , height, width] = dataDims;
  const outHeight = Math.floor((height + padding[0] + padding[2] - kh) / stride[0]) + 1;
  const outWidth = Math.floor((width + padding[1] + padding[3] - kw) / stride[1]) + 1;
  if (outHeight < 1 || outWidth < 1) {
    fail("onnx-shape", node.loc, {
      what: "the data",
      have: data.dims.join(", "),
      reason: `the ${kh}x${kw} kernel does not fit`,
    });
  }
  const bias = hasOperand(node, 2) ? constantOperand(node, ctx, 2, "the bias") : undefined;
  if (bias !== undefined && (bias.dims.length !== 1 || bias.dims[0] !== outChannels)) {
    fail("onnx-shape", node.loc, {
      what: "the bias",
      have: bias.dims.join(", "),
      reason: `needs [${outChannels}]`,
    });
  }
  const column = bias && { ...bias, dims: isFlat ? [1, outChannels, 1] : [1, outChannels, 1, 1] };
  const map: LinearMap = {
    kind: "conv2d",
    weights,
    outChannels,
    kernel: [kh, kw],
    stride,
    padding,
    dataDims,
  };
  const dims = isFlat ? [1, outChannels, outWidth] : [1, outChannels, outHeight, outWidth];
  return withBias(node, ctx, data.id, map, dims, column);
};

/** A matrix (N, K) applied to a [1, K] signal. */
function linear(node: OnnxNode, ctx: Context, weights: Tensor, bias: Tensor | undefined): Value {
  const data = signalOperand(node, ctx, 0, "the data");
  const [outChannels, inputs] = weights.dims as readonly [number, number];
  if (data.dims.length !== 2 || data.dims[0] !== 1 || data.dims[1] !== inputs) {
    const hint = "flatten the data first (Flatten with axis=1)";
    fail(
      "onnx-shape",
      node.loc,
      { what: "the data", have: data.dims.join(", "), reason: `needs [1, ${inputs}]` },
      hint,
    );
  }
  const map: LinearMap = {
    kind: "linear",
    weights,
    outChannels,
    kernel: [1, 1],
    stride: [1, 1],
    padding: [0, 0, 0, 0],
    dataDims: data.dims,
  };
  return withBias(node, ctx, data.id, map, [1, outChannels], bias);
}

const gemm: Handler = (node, ctx) => {
  for (const name of ["alpha", "beta"]) {
    const factor = floatAttribute(node, name, 1);
    if (factor !== 1 && (name === "alpha" || hasOperand(node, 2))) {
      refuseAttribute(
        node,
        name,
        factor,
        "the factor must be part of the parameters",
        "fold it into the weight or the bias",
      );
    }
  }
  const transA = intAttribute(node, "transA", 0);
  if (transA !== 0) refuseAttribute(node, "transA", transA, "the data is one row", "use transA=0");
  const weights = weightOperand(node, ctx, [2]);
  const matrix = intAttribute(node, "transB", 0) !== 0 ? weights : transpose(weights, [1, 0]);
  return linear(
    node,
    ctx,
    matrix,
    hasOperand(node, 2) ? constantOperand(node, ctx, 2, "the bias") : undefined,
  );
};

const matMul: Handler = (node, ctx) =>
  linear(node, ctx, transpose(weightOperand(node, ctx, [2]), [1, 0]), undefined);

/** The operators that start a layer or a readout. */
export const synapses: Readonly<Record<string, Handler>> = { Conv: conv, Gemm: gemm, MatMul: matMul };
