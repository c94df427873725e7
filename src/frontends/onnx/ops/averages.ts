import { diagnostic } from "../../../diagnostics/diagnostic.js";
import { exactLog2 } from "../../../fixed/rational.js";
import { intAttribute, intsAttribute, refuseAttribute } from "../attributes.js";
import {
  type Context,
  charge,
  constantOperand,
  define,
  fail,
  type Handler,
  hasOperand,
  report,
  show,
  signalOf,
  signalOperand,
} from "../context.js";
import type { OnnxNode } from "../decode.js";
import { isSameMap } from "../map-shape.js";
import type { Average, LinearMap, SignalValue } from "../signal.js";
import { elements } from "../tensor.js";
import { affineOf, defineAffine } from "./affine.js";
import { reshapeRows, windowKernel } from "./kernels.js";
import { poolForm, windowOf } from "./window.js";

/**
 * Averages and sums over windows. They are linear, and so part of the linear map beside them:
 *
 *     Conv(Average(x))   →   Conv'(x)     a wider kernel and stride; a Linear map likewise
 *     Average(Conv(x))   →   Conv'(x)
 */

const hint = "use nn.AvgPool2d(k) between spikes and the next Conv or Linear, or behind a Conv";

/** AveragePool: the same window everywhere, zeros around the map counted. */
const averagePool: Handler = (node, ctx) => {
  const form = poolForm(node, hint);
  const x = signalOperand(node, ctx, 0, "the data");
  const { size, stride, padding, pooled, isFlat } = windowOf(node, form, x.dims);
  if (padding.some((p) => p !== 0) && intAttribute(node, "count_include_pad", 0) === 0) {
    const reason = "windows at the edge would be averages of fewer values";
    refuseAttribute(node, "count_include_pad", 0, reason, "use count_include_pad=True, or no padding");
  }
  const dims = [1, x.dims[1] as number, ...(isFlat ? pooled.slice(1) : pooled)];
  return averaged(node, ctx, x, { size, stride, padding, factor: 1 / (size[0] * size[1]) }, dims);
};

/** Average or sum over the whole map of each channel. */
function overMap(node: OnnxNode, ctx: Context, isMean: boolean): SignalValue {
  const x = signalOperand(node, ctx, 0, "the data");
  const [, channels = 1, ...map] = x.dims;
  const size = map.length === 1 ? ([1, map[0] as number] as const) : (map as [number, number]);
  if (map.length < 1 || map.length > 2) {
    const reason = "it has no map to go over";
    fail("onnx-shape", node.loc, { what: "the data", have: x.dims.join(", "), reason });
  }
  const factor = isMean ? 1 / elements(map) : 1;
  const window = { size, stride: [1, 1], padding: [0, 0, 0, 0], factor } as const;
  return averaged(node, ctx, x, window, [1, channels, ...map.map(() => 1)]);
}

/** ReduceMean and ReduceSum of signals, over all axes of the map. */
const reduce =
  (isMean: boolean): Handler =>
  (node, ctx) => {
    const x = signalOperand(node, ctx, 0, "the data");
    const rank = x.dims.length;
    const given = hasOperand(node, 1)
      ? [...constantOperand(node, ctx, 1, "the axes").data]
      : intsAttribute(node, "axes", undefined);
    const axes = given.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
    if (
      axes.join() !==
      x.dims
        .map((_, i) => i)
        .slice(2)
        .join()
    ) {
      const reason = `it goes over the axes ${show(given)}, and only whole maps of a channel are compiled`;
      return fail("onnx-operator", node.loc, { operator: node.operator, reason }, hint);
    }
    const whole = overMap(node, ctx, isMean);
    return intAttribute(node, "keepdims", 1) === 0 ? { ...whole, dims: x.dims.slice(0, 2) } : whole;
  };

/** The average of a signal: within the linear map that it is of, else for the one that reads it. */
function averaged(
  node: OnnxNode,
  ctx: Context,
  x: SignalValue,
  window: Average,
  dims: readonly number[],
): SignalValue {
  const count = window.size[0] * window.size[1];
  if (exactLog2(count) === undefined && exactLog2(window.factor) === undefined)
    report(ctx, diagnostic("onnx-division", node.loc, { divisor: count }));
  const affine = affineOf(ctx, x.id);
  if (affine?.synapse.map.kind === "conv2d") {
    if (window.padding.some((p) => p !== 0)) {
      const reason = "zeros around a current are no part of a linear map of spikes";
      fail(
        "onnx-operator",
        node.loc,
        { operator: node.operator, reason },
        "average currents without padding",
      );
    }
    const { a, map, dims: own } = affine.synapse;
    const { stride } = map;
    if (!isSameMap(x.dims, own)) refuseView(node, x.dims, own);
    const weights = windowKernel(node, ctx, map.weights, {
      window: window.size,
      tapStep: [1, 1],
      windowStep: stride,
      factor: window.factor,
    });
    const kernel = weights.dims.slice(2) as [number, number];
    const wider = { ...map, weights, kernel, stride: times(stride, window.stride) };
    const offset = affine.offset.map((b) => b * window.factor * count);
    return defineAffine(node, ctx, a, wider, dims, offset);
  }
  charge(ctx, elements(dims), "an average", node.loc);
  return define(ctx, node, { kind: "average", a: x.id, window, of: x.dims, dims });
}

const times = (a: readonly [number, number], b: readonly [number, number]): readonly [number, number] => [
  a[0] * b[0],
  a[1] * b[1],
];

/** A linear map of an average as one of what that is an average of; any other map as it is. */
export function throughAverages(
  node: OnnxNode,
  ctx: Context,
  a: number,
  map: LinearMap,
): { readonly a: number; readonly map: LinearMap } {
  const s = signalOf(ctx, a);
  if (s.kind !== "average") return { a, map };
  const { of } = s;
  const through =
    map.kind === "linear"
      ? linearThrough(node, ctx, map, s.dims, of, s.window)
      : convThrough(node, ctx, map, s.dims, of, s.window);
  return throughAverages(node, ctx, s.a, through);
}

/** (H, W) of [1, C, H, W], [1, C, L] or [1, N]. */
function mapOf(dims: readonly number[]): readonly [number, number] {
  const [height = 1, width] = dims.slice(2);
  return width === undefined ? [1, height] : [height, width];
}

/** A Conv of an average: each of its taps is a window of taps. */
function convThrough(
  node: OnnxNode,
  ctx: Context,
  map: LinearMap,
  pooled: readonly number[],
  of: readonly number[],
  { size, stride, padding, factor }: Average,
): LinearMap {
  const [inside, whole] = [mapOf(pooled), mapOf(of)];
  if (mapOf(map.dataDims).join() !== inside.join() || map.dataDims[1] !== pooled[1])
    refuseView(node, map.dataDims, pooled);
  const along = (axis: 0 | 1) =>
    paddingThrough({
      pads: [map.padding[axis], map.padding[axis + 2] as number],
      inside: inside[axis],
      whole: whole[axis],
      window: [size[axis], stride[axis], padding[axis]],
    });
  const [vertical, horizontal] = [along(0), along(1)];
  if (vertical === undefined || horizontal === undefined) {
    const reason = "its padding lies where windows of the average before it still overlap the map";
    return fail("onnx-operator", node.loc, { operator: node.operator, reason }, hint);
  }
  const form = { window: size, tapStep: stride, windowStep: [1, 1], factor } as const;
  const weights = windowKernel(node, ctx, map.weights, form);
  return {
    ...map,
    weights,
    kernel: weights.dims.slice(2) as [number, number],
    stride: times(map.stride, stride),
    padding: [vertical[0], horizontal[0], vertical[1], horizontal[1]],
    dataDims: [1, of[1] as number, ...whole],
  };
}

/** One axis of an average and of the kernel behind it: that one's zeros, the pooled map, the whole one, the window. */
interface AxisThrough {
  readonly pads: readonly [before: number, behind: number];
  readonly inside: number;
  readonly whole: number;
  readonly window: readonly [size: number, stride: number, padding: number];
}

/**
 * The zeros around the whole map that those around the pooled map are; undefined where a window of one of these would
 * still hold a place of the map.
 */
function paddingThrough({ pads, inside, whole, window }: AxisThrough): readonly [number, number] | undefined {
  const [before, behind] = pads;
  const [size, stride, padding] = window;
  if (before > 0 && size > stride + padding) return undefined;
  if (behind > 0 && inside * stride - padding < whole) return undefined;
  const end = (inside + behind - 1) * stride - padding + size;
  return [before * stride + padding, Math.max(0, end - whole)];
}

/** A matrix over a pooled map is a kernel as large as it: one over the whole map, with zeros where nothing is averaged. */
function linearThrough(
  node: OnnxNode,
  ctx: Context,
  map: LinearMap,
  pooled: readonly number[],
  of: readonly number[],
  window: Average,
): LinearMap {
  const channels = pooled[1] as number;
  const [inside, whole] = [mapOf(pooled), mapOf(of)];
  const { outChannels } = map;
  const kernel = reshapeRows(node, map.weights, [outChannels, channels, ...inside]);
  const wide = windowKernel(node, ctx, kernel, {
    window: window.size,
    tapStep: window.stride,
    windowStep: [1, 1],
    factor: window.factor,
    cover: { size: whole, from: [-window.padding[0], -window.padding[1]] },
  });
  const inputs = channels * whole[0] * whole[1];
  return { ...map, weights: reshapeRows(node, wide, [outChannels, inputs]), dataDims: [1, inputs] };
}

/** An average that is seen as a map of another shape than it has. */
function refuseView(node: OnnxNode, have: readonly number[], is: readonly number[]): never {
  const reason = `it is a view of a map that is [${is.join(", ")}]`;
  return fail("onnx-shape", node.loc, { what: "the data", have: have.join(", "), reason }, hint);
}

/** Averages and sums of signals. */
export const averages: Readonly<Record<string, Handler>> = {
  AveragePool: averagePool,
  GlobalAveragePool: (node, ctx) => overMap(node, ctx, true),
  ReduceMean: reduce(true),
  ReduceSum: reduce(false),
};
