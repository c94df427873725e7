import { intAttribute, intsAttribute, refuseAttribute, stringAttribute } from "../attributes.js";
import { fail, show } from "../context.js";
import type { OnnxNode } from "../decode.js";

/** Height and width of something that walks a map; of one dimension, height is 1. */
export type Pair = readonly [height: number, width: number];

/** Zeros around a map. */
export type Padding = readonly [top: number, left: number, bottom: number, right: number];

/** Padding of a Conv or a pool: as written out, or what auto_pad means for these sizes. */
export function paddingOf(
  node: OnnxNode,
  map: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
): Padding {
  const axes = kernel.length;
  const mode = stringAttribute(node, "auto_pad", "NOTSET");
  const written = intsAttribute(
    node,
    "pads",
    Array.from({ length: 2 * axes }, () => 0),
  );
  if (written.some((p) => p < 0)) refuseAttribute(node, "pads", show(written), "padding is not negative");
  const pads = mode === "NOTSET" ? written : automatic(node, mode, map, kernel, stride);
  const [before, behind] = [pads.slice(0, axes), pads.slice(axes)];
  return (axes === 1 ? [0, ...before, 0, ...behind] : [...before, ...behind]) as unknown as Padding;
}

/** auto_pad: as many outputs as strides fit the map (SAME), the odd zero behind or before; or none (VALID). */
function automatic(
  node: OnnxNode,
  mode: string,
  map: readonly number[],
  kernel: readonly number[],
  stride: readonly number[],
): readonly number[] {
  if (mode === "VALID") return kernel.flatMap(() => [0, 0]);
  if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") {
    const reason = "it is none of NOTSET, VALID, SAME_UPPER and SAME_LOWER";
    return refuseAttribute(node, "auto_pad", mode, reason, "export with explicit pads");
  }
  const all = kernel.map((size, axis) => {
    const [length = 0, step = 1] = [map[axis], stride[axis]];
    return Math.max(0, (Math.ceil(length / step) - 1) * step + size - length);
  });
  const less = all.map((total) => Math.floor(total / 2));
  const more = all.map((total) => Math.ceil(total / 2));
  return mode === "SAME_UPPER" ? [...less, ...more] : [...more, ...less];
}

/** The window of a pool: its size and stride, and zeros around the map. */
export interface PoolWindow {
  readonly isFlat: boolean;
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  /** Size of the pooled map. */
  readonly pooled: Pair;
}

/** What a pool says of itself, whatever it is applied to. */
export interface PoolForm {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
}

/** Reads the attributes of a pool; partial windows and gaps within a window are refused. */
export function poolForm(node: OnnxNode, hint: string): PoolForm {
  const kernel = intsAttribute(node, "kernel_shape");
  if (kernel.length < 1 || kernel.length > 2 || kernel.some((size) => size < 1)) {
    const reason = "pooling of one and two dimensions is compiled";
    refuseAttribute(node, "kernel_shape", show(kernel), reason, hint);
  }
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, "strides", ones);
  if (strides.some((s) => s < 1)) refuseAttribute(node, "strides", show(strides), "strides are positive");
  const dilations = intsAttribute(node, "dilations", ones);
  if (dilations.some((d) => d !== 1))
    refuseAttribute(node, "dilations", show(dilations), "windows are contiguous", hint);
  const ceil = intAttribute(node, "ceil_mode", 0);
  if (ceil !== 0) refuseAttribute(node, "ceil_mode", ceil, "partial windows at the edge are dropped", hint);
  return { kernel, strides };
}

/** The window of a pool over [1, C, H, W] or [1, C, L]. */
export function windowOf(node: OnnxNode, { kernel, strides }: PoolForm, dims: readonly number[]): PoolWindow {
  const isFlat = kernel.length === 1;
  const [batch, channels, ...map] = dims;
  const padding = paddingOf(node, map, kernel, strides);
  const flat = (values: readonly number[], one: number): Pair =>
    (isFlat ? [one, values[0]] : values) as unknown as Pair;
  const [size, stride, [h, w]] = [flat(kernel, 1), flat(strides, 1), flat(map, 1)];
  const along = (length: number, pads: number, axis: 0 | 1): number =>
    Math.floor((length + pads - size[axis]) / stride[axis]) + 1;
  const pooled = [along(h, padding[0] + padding[2], 0), along(w, padding[1] + padding[3], 1)] as const;
  const fits = map.length === kernel.length && batch === 1 && channels !== undefined;
  if (!fits || !(pooled[0] >= 1 && pooled[1] >= 1)) {
    const reason = `the ${size[0]}x${size[1]} window does not fit`;
    return fail("onnx-shape", node.loc, { what: "the data", have: dims.join(", "), reason });
  }
  return { isFlat, size, stride, padding, pooled };
}
