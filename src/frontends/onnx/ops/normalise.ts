import { floatAttribute, intAttribute, refuseAttribute } from "../attributes.js";
import {
  type Context,
  checkFinite,
  constantOperand,
  define,
  fail,
  type Handler,
  signalOperand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import { makeTensor } from "../tensor.js";
import { affineOf, defineAffine } from "./affine.js";
import { scaleRows } from "./kernels.js";
import { constantSignal } from "./operands.js";

/** What a BatchNormalization does to each channel once trained: x · gain + offset. */
function gainAndOffset(
  node: OnnxNode,
  ctx: Context,
  channels: number,
): { readonly gain: Float64Array; readonly offset: Float64Array } {
  const parameter = (i: number, what: string): Float64Array => {
    const tensor = constantOperand(node, ctx, i, what, "export in eval mode (model.eval())");
    checkFinite(tensor, what, node.loc);
    if (tensor.dims.length !== 1 || tensor.dims[0] !== channels) {
      const reason = `needs [${channels}]`;
      fail("onnx-shape", node.loc, { what, have: tensor.dims.join(", "), reason });
    }
    return tensor.data;
  };
  const [scale, bias] = [parameter(1, "the scale"), parameter(2, "the bias")];
  const [mean, variance] = [parameter(3, "the mean"), parameter(4, "the variance")];
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const gain = scale.map((g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  const offset = bias.map((b, c) => b - (mean[c] as number) * (gain[c] as number));
  checkFinite(makeTensor("gain", [channels], gain), "the scale by its variance", node.loc);
  return { gain, offset };
}

/**
 * BatchNormalization as trained. Behind a linear map it becomes part of it: gains of the rows, whose quantised integers
 * stay what they are, and an offset. Elsewhere it is a scale and an offset of the recurrence.
 *
 *     BatchNorm(Conv(x))   →   Conv'(x) + offset,   weights' = weights · gain
 */
const batchNormalization: Handler = (node, ctx) => {
  const training = intAttribute(node, "training_mode", 0);
  if (training !== 0)
    refuseAttribute(node, "training_mode", training, "its statistics change", "export in eval mode");
  if (node.outputs.slice(1).some((o) => o !== "")) {
    const reason = "it also gives statistics, as in training: they change from tick to tick";
    fail(
      "onnx-operator",
      node.loc,
      { operator: node.operator, reason },
      "export in eval mode (model.eval())",
    );
  }
  const x = signalOperand(node, ctx, 0, "the data");
  const { dims } = x;
  const channels = dims[1] as number;
  const { gain, offset } = gainAndOffset(node, ctx, channels);
  const affine = affineOf(ctx, x.id);
  if (affine !== undefined && affine.synapse.map.outChannels === channels) {
    const { a, map } = affine.synapse;
    const weights = scaleRows(node, map.weights, gain);
    const behind = affine.offset.map((b, c) => b * (gain[c] as number) + (offset[c] as number));
    // What reads it may see the map reshaped; the linear map itself stays one of its own dims.
    const own = affine.synapse.dims;
    return { ...defineAffine(node, ctx, a, { ...map, weights }, own, behind), dims };
  }
  const column = [1, channels, ...dims.slice(2).map(() => 1)];
  const scaled = define(ctx, node, { kind: "scale", a: x.id, by: makeTensor("gain", column, gain), dims });
  const term = constantSignal(node, ctx, makeTensor("offset", column, offset), dims);
  return define(ctx, node, { kind: "add", a: scaled.id, b: term.id, dims });
};

/** Normalisation with trained statistics. */
export const normalisation: Readonly<Record<string, Handler>> = { BatchNormalization: batchNormalization };
