import { intAttribute, intsAttribute, refuseAttribute } from "../attributes.js";
import {
  constantOperand,
  define,
  fail,
  type Handler,
  hasOperand,
  operand,
  show,
  signalOperand,
} from "../context.js";
import { checkAutoPad } from "./synapse.js";

const hint = "use nn.MaxPool1d(k) or nn.MaxPool2d(k) with stride = k, padding 0, ceil_mode=False";

/** MaxPool with stride = kernel, floor, no padding. */
const maxPool: Handler = (node, ctx) => {
  checkAutoPad(node);
  const kernel = intsAttribute(node, "kernel_shape");
  const isFlat = kernel.length === 1;
  const [height = 0, width = 0] = isFlat ? [1, kernel[0]] : kernel;
  if (kernel.length < 1 || kernel.length > 2 || height < 1 || width < 1) {
    refuseAttribute(
      node,
      "kernel_shape",
      show(kernel),
      "pooling of one and two dimensions is compiled",
      hint,
    );
  }
  const ones = kernel.map(() => 1);
  const strides = intsAttribute(node, "strides", ones);
  if (strides.some((stride, axis) => stride !== kernel[axis])) {
    const reason = `windows of ${show(kernel)} must tile the map: overlapping or gapped pooling is not compiled`;
    refuseAttribute(node, "strides", show(strides), reason, hint);
  }
  const pads = intsAttribute(
    node,
    "pads",
    [...ones, ...ones].map(() => 0),
  );
  if (pads.some((p) => p !== 0)) refuseAttribute(node, "pads", show(pads), "pooling has no padding", hint);
  const dilations = intsAttribute(node, "dilations", ones);
  if (dilations.some((d) => d !== 1))
    refuseAttribute(node, "dilations", show(dilations), "windows are contiguous", hint);
  for (const name of ["ceil_mode", "storage_order"]) {
    const value = intAttribute(node, name, 0);
    if (value !== 0)
      refuseAttribute(node, name, value, "partial windows at the edge are dropped, in row-major order", hint);
  }
  const x = signalOperand(node, ctx, 0, "the data");
  const [batch, channels, ...map] = x.dims;
  const [h, w] = isFlat ? [1, map[0]] : map;
  const fits = map.length === kernel.length && batch === 1;
  if (!fits || channels === undefined || h === undefined || w === undefined || h < height || w < width) {
    return fail("onnx-shape", node.loc, {
      what: "the data",
      have: x.dims.join(", "),
      reason: `the ${height}x${width} window does not fit`,
    });
  }
  if (height === 1 && width === 1) return x;
  const size = [Math.floor(h / height), Math.floor(w / width)];
  const dims = [1, channels, ...(isFlat ? size.slice(1) : size)];
  return define(ctx, node, { kind: "pool", a: x.id, pool: { height, width }, dims });
};

/** Pad by nothing, which exporters write before pooling. */
const pad: Handler = (node, ctx) => {
  const pads = hasOperand(node, 1)
    ? [...constantOperand(node, ctx, 1, "the padding").data]
    : intsAttribute(node, "pads");
  if (pads.every((p) => p === 0)) return operand(node, ctx, 0);
  const reason = `it pads by ${show(pads)}`;
  return fail(
    "onnx-operator",
    node.loc,
    { operator: "Pad", reason },
    "give the Conv its own padding (nn.Conv2d(padding=...))",
  );
};

/** Pooling and padding. */
export const pooling: Readonly<Record<string, Handler>> = { MaxPool: maxPool, Pad: pad };
