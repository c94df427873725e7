import { broadcastIndex } from "../broadcast.js";
import { type Context, charge, fail } from "../context.js";
import type { OnnxNode } from "../decode.js";
import { elements, type Tensor } from "../tensor.js";

/** How a Conv walks its input, by axis of the kernel. */
export interface KernelForm {
  readonly group: number;
  readonly dilation: readonly [height: number, width: number];
}

/**
 * A kernel (C_out, C_in / group, K_h, K_w) as one over all input channels without gaps: what stands between its groups
 * and its dilated taps are zeros, which add nothing.
 *
 *     group 2, (4, 1, 3, 3)      →   (4, 2, 3, 3), half of it zeros
 *     dilation 2, (4, 2, 3, 3)   →   (4, 2, 5, 5)
 */
export function spreadKernel(node: OnnxNode, ctx: Context, weights: Tensor, form: KernelForm): Tensor {
  const { group, dilation } = form;
  if (group === 1 && dilation[0] === 1 && dilation[1] === 1) return weights;
  const [outs, ins, kh, kw] = weights.dims as readonly [number, number, number, number];
  const dims = [outs, ins * group, (kh - 1) * dilation[0] + 1, (kw - 1) * dilation[1] + 1] as const;
  charge(ctx, elements(dims), "the weight without groups and dilation", node.loc);
  const perGroup = outs / group;
  /** Place of each weight in the whole kernel. */
  const places = Uint32Array.from(weights.data, (_, i) => {
    const [x, y, c, o] = [
      i % kw,
      Math.floor(i / kw) % kh,
      Math.floor(i / (kw * kh)) % ins,
      Math.floor(i / (kw * kh * ins)),
    ];
    const channel = Math.floor(o / perGroup) * ins + c;
    return ((o * dims[1] + channel) * dims[2] + y * dilation[0]) * dims[3] + x * dilation[1];
  });
  const data = new Float64Array(elements(dims));
  places.forEach((place, i) => {
    data[place] = weights.data[i] as number;
  });
  const { codes } = weights;
  if (codes === undefined) return { ...weights, dims, data };
  const scaleAt = broadcastIndex(codes.scaleDims, weights.dims);
  const row = weights.data.length / outs;
  const scale = Float64Array.from({ length: outs }, (_, o) => codes.scale[scaleAt(o * row)] as number);
  if (weights.data.some((_, i) => codes.scale[scaleAt(i)] !== scale[Math.floor(i / row)])) {
    const hint = "use one scale for all weights, or one per output channel";
    fail("onnx-quantiser", node.loc, { reason: "the weights' scale differs within an output channel" }, hint);
  }
  const raw = new Int32Array(data.length);
  places.forEach((place, i) => {
    raw[place] = codes.raw[i] as number;
  });
  return { ...weights, dims, data, codes: { ...codes, raw, scale, scaleDims: [outs, 1, 1, 1] } };
}
