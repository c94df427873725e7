import { broadcastIndex } from "../broadcast.js";
import { type Context, charge, fail } from "../context.js";
import type { OnnxNode } from "../decode.js";
import { elements, type Tensor } from "../tensor.js";

/**
 * What makes one kernel of another: groups, dilation, averages, factors a row. Weights of a quantiser stay its integers;
 * only their scale, and how many of them are added, changes.
 */

/** A kernel (C_out, C_in, K_h, K_w), row-major. */
export type KernelDims = readonly [outs: number, ins: number, height: number, width: number];

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
  const [outs, ins, kh, kw] = weights.dims as KernelDims;
  const dims = [outs, ins * group, (kh - 1) * dilation[0] + 1, (kw - 1) * dilation[1] + 1] as const;
  charge(ctx, elements(dims), "the weight without groups and dilation", node.loc);
  const perGroup = outs / group;
  return added(node, weights, dims, 1, (i) => {
    const [o, c, y, x] = indexOf(i, weights.dims as KernelDims);
    const channel = Math.floor(o / perGroup) * ins + c;
    return [((o * dims[1] + channel) * dims[2] + y * dilation[0]) * dims[3] + x * dilation[1]];
  });
}

/** Sums over a window, beside the taps of a kernel: how far each steps on the map, by axis. */
export interface WindowForm {
  readonly window: readonly [height: number, width: number];
  readonly tapStep: readonly [height: number, width: number];
  readonly windowStep: readonly [height: number, width: number];
  readonly factor: number;
  /** The map that the kernel is to cover, and where in it its first tap lies; what lies outside is left out. */
  readonly cover?: {
    readonly size: readonly [height: number, width: number];
    readonly from: readonly [height: number, width: number];
  };
}

/** The kernel that a kernel is together with sums over windows before or behind it, times a factor. */
export function windowKernel(node: OnnxNode, ctx: Context, weights: Tensor, form: WindowForm): Tensor {
  const { window, tapStep, windowStep, factor, cover } = form;
  const [outs, ins, kh, kw] = weights.dims as KernelDims;
  const size = (axis: 0 | 1, taps: number): number =>
    (taps - 1) * tapStep[axis] + (window[axis] - 1) * windowStep[axis] + 1;
  const [height, width] = cover?.size ?? [size(0, kh), size(1, kw)];
  const [top, left] = cover?.from ?? [0, 0];
  const dims = [outs, ins, height, width] as const;
  charge(ctx, weights.data.length * window[0] * window[1], "the weight with its averages", node.loc);
  charge(ctx, elements(dims), "the weight with its averages", node.loc);
  return added(node, weights, dims, factor, (i) => {
    const [o, c, y, x] = indexOf(i, weights.dims as KernelDims);
    return Array.from({ length: window[0] * window[1] }, (_, w) => {
      const row = top + y * tapStep[0] + Math.floor(w / window[1]) * windowStep[0];
      const column = left + x * tapStep[1] + (w % window[1]) * windowStep[1];
      const isInside = row >= 0 && row < height && column >= 0 && column < width;
      return isInside ? ((o * ins + c) * height + row) * width + column : -1;
    }).filter((place) => place >= 0);
  });
}

/** A kernel with its rows (output channels) times a factor each: a quantiser's integers at most change their signs. */
export function scaleRows(node: OnnxNode, weights: Tensor, factors: Float64Array): Tensor {
  const row = weights.data.length / factors.length;
  const factorAt = (i: number): number => factors[Math.floor(i / row)] as number;
  const data = weights.data.map((w, i) => w * factorAt(i));
  const { codes } = weights;
  if (codes === undefined) return { ...weights, data };
  // A factor of 0 leaves no scale: its row's integers are 0, in any.
  const scale = rowScales(node, weights, factors.length).map(
    (s, o) => s * (Math.abs(factors[o] as number) || 1),
  );
  const raw = codes.raw.map((q, i) => q * Math.sign(factorAt(i)) + 0);
  const turned = factors.some((f) => f < 0);
  const [low, high] = turned
    ? [Math.min(codes.low, -codes.high), Math.max(codes.high, -codes.low)]
    : [codes.low, codes.high];
  const scaleDims = [factors.length, ...weights.dims.slice(1).map(() => 1)];
  return { ...weights, data, codes: { raw, scale, scaleDims, low, high } };
}

/** A matrix (N, C · H · W) as kernel (N, C, H, W), or back. */
export function reshapeRows(node: OnnxNode, weights: Tensor, dims: readonly number[]): Tensor {
  const { codes } = weights;
  const outs = dims[0] as number;
  if (codes === undefined) return { ...weights, dims };
  const scaleDims = [outs, ...dims.slice(1).map(() => 1)];
  return { ...weights, dims, codes: { ...codes, scale: rowScales(node, weights, outs), scaleDims } };
}

/** A flat index by axes. */
function indexOf(i: number, [, ins, kh, kw]: KernelDims): KernelDims {
  return [Math.floor(i / (kw * kh * ins)), Math.floor(i / (kw * kh)) % ins, Math.floor(i / kw) % kh, i % kw];
}

/** The scale of each row's integers, which is one for all of the row. */
function rowScales(node: OnnxNode, { codes, dims, data }: Tensor, outs: number): Float64Array {
  if (codes === undefined) return new Float64Array(outs);
  const scaleAt = broadcastIndex(codes.scaleDims, dims);
  const row = data.length / outs;
  const scale = Float64Array.from({ length: outs }, (_, o) => codes.scale[scaleAt(o * row)] as number);
  if (data.some((_, i) => codes.scale[scaleAt(i)] !== scale[Math.floor(i / row)])) {
    const hint = "use one scale for all weights, or one per output channel";
    fail("onnx-quantiser", node.loc, { reason: "the weights' scale differs within an output channel" }, hint);
  }
  return scale;
}

/** A tensor of `dims` in which every weight is added at its places, times a factor. */
function added(
  node: OnnxNode,
  weights: Tensor,
  dims: KernelDims,
  factor: number,
  placesOf: (index: number) => readonly number[],
): Tensor {
  const { codes } = weights;
  const data = new Float64Array(elements(dims));
  const raw = new Int32Array(codes === undefined ? 0 : data.length);
  const times = new Uint32Array(data.length);
  weights.data.forEach((w, i) => {
    for (const place of placesOf(i)) {
      data[place] = (data[place] as number) + w * factor;
      times[place] = (times[place] as number) + 1;
      if (codes !== undefined) raw[place] = (raw[place] as number) + (codes.raw[i] as number);
    }
  });
  if (codes === undefined) return { ...weights, dims, data };
  const most = times.reduce((a, b) => Math.max(a, b), 1);
  const scale = rowScales(node, weights, dims[0]).map((s) => s * factor);
  const bounds = { low: codes.low * most, high: codes.high * most };
  if (Math.max(-bounds.low, bounds.high) >= 2 ** 31) {
    const reason = `${most} of them make a sum of more than 32 bits`;
    fail("onnx-quantiser", node.loc, { reason }, "average over smaller windows");
  }
  return { ...weights, dims, data, codes: { raw, scale, scaleDims: [dims[0], 1, 1, 1], ...bounds } };
}
