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
import { poolForm, windowOf } from "./window.js";

const hint = "use nn.MaxPool1d(k) or nn.MaxPool2d(k) with stride = k, padding 0, ceil_mode=False";

/** MaxPool with stride = kernel, floor, no padding. */
const maxPool: Handler = (node, ctx) => {
  const form = poolForm(node, hint);
  if (form.strides.join() !== form.kernel.join()) {
    const reason = `windows of ${show(form.kernel)} must tile the map: overlapping or gapped pooling is not compiled`;
    refuseAttribute(node, "strides", show(form.strides), reason, hint);
  }
  const order = intAttribute(node, "storage_order", 0);
  if (order !== 0) refuseAttribute(node, "storage_order", order, "indices are in row-major order", hint);
  const pads = intsAttribute(
    node,
    "pads",
    [...form.kernel, ...form.kernel].map(() => 0),
  );
  const unpadded = "pooling has no padding";
  if (pads.some((p) => p !== 0)) refuseAttribute(node, "pads", show(pads), unpadded, hint);
  const x = signalOperand(node, ctx, 0, "the data");
  const { size, padding, pooled, isFlat } = windowOf(node, form, x.dims);
  const [height, width] = size;
  if (padding.some((p) => p !== 0)) refuseAttribute(node, "auto_pad", show(padding), unpadded, hint);
  if (height === 1 && width === 1) return x;
  const dims = [1, x.dims[1] as number, ...(isFlat ? pooled.slice(1) : pooled)];
  return define(ctx, node, { kind: "pool", a: x.id, pool: { height, width }, of: x.dims, dims });
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
