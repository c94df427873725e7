import { intAttribute } from "../attributes.js";
import { charge, constantOperand, fail, type Handler, show } from "../context.js";
import { elements, makeTensor, readTensor } from "../tensor.js";
import { dimsOf } from "./shape.js";

const constant: Handler = (node, ctx) => {
  const name = node.outputs[0] ?? "";
  const value = node.attributes.get("value");
  if (value?.kind === "tensor") {
    const tensor = readTensor(value.value, name, { ...node.loc, attribute: "value" }, ctx.external);
    charge(ctx, tensor.data.length, "a constant", node.loc);
    return { kind: "constant", tensor };
  }
  for (const [attribute, type] of [
    ["value_float", 1],
    ["value_floats", 1],
    ["value_int", 7],
    ["value_ints", 7],
  ] as const) {
    const a = node.attributes.get(attribute);
    if (a?.kind === "float" || a?.kind === "int")
      return { kind: "constant", tensor: makeTensor(name, [], Float64Array.of(a.value), type) };
    if (a?.kind === "floats" || a?.kind === "ints") {
      return {
        kind: "constant",
        tensor: makeTensor(name, [a.value.length], Float64Array.from(a.value), type),
      };
    }
  }
  return fail("onnx-operand", node.loc, { operand: "the constant", reason: "it has no numeric value" });
};

/** Shape, Gather and Concat as exporters use them to compute a Reshape's target. */
const shape: Handler = (node, ctx) => {
  const dims = dimsOf(node, ctx);
  return {
    kind: "constant",
    tensor: makeTensor(node.outputs[0] ?? "", [dims.length], Float64Array.from(dims), 7),
  };
};

const gather: Handler = (node, ctx) => {
  const list = constantOperand(
    node,
    ctx,
    0,
    "the data",
    "signals are not indexed: a layer reads its whole input",
  );
  const index = constantOperand(node, ctx, 1, "the index");
  charge(ctx, index.data.length, "a constant", node.loc);
  if (list.dims.length !== 1 || index.dims.length > 1 || intAttribute(node, "axis", 0) !== 0) {
    return fail("onnx-shape", node.loc, {
      what: "the data",
      have: list.dims.join(", "),
      reason: "only lists are indexed",
    });
  }
  const data = index.data.map((i) => list.data[i < 0 ? i + list.data.length : i] ?? Number.NaN);
  return { kind: "constant", tensor: makeTensor(node.outputs[0] ?? "", index.dims, data, list.type) };
};

const concat: Handler = (node, ctx) => {
  const parts = node.inputs.map((_, i) =>
    constantOperand(node, ctx, i, `input ${i}`, "signals are not concatenated: layers form a chain"),
  );
  const bad = parts.find((p) => p.dims.length !== 1);
  if (bad)
    fail("onnx-shape", node.loc, {
      what: `'${bad.name}'`,
      have: bad.dims.join(", "),
      reason: "only lists are concatenated",
    });
  const count = parts.reduce((n, p) => n + p.data.length, 0);
  if (count > 8) fail("onnx-too-large", node.loc, { what: "a list of dimensions", count, limit: 8 });
  const data = parts.flatMap((p) => [...p.data]);
  return {
    kind: "constant",
    tensor: makeTensor(node.outputs[0] ?? "", [data.length], Float64Array.from(data), parts[0]?.type ?? 7),
  };
};

/** A constant of one value everywhere, as zeros_like and full are written. */
const constantOfShape: Handler = (node, ctx) => {
  const dims = [...constantOperand(node, ctx, 0, "the shape").data];
  const given = node.attributes.get("value");
  const name = node.outputs[0] ?? "";
  const value =
    given?.kind === "tensor"
      ? readTensor(given.value, name, { ...node.loc, attribute: "value" }, ctx.external)
      : makeTensor(name, [1], Float64Array.of(0), 1);
  const isShape = dims.length <= 8 && dims.every((d) => Number.isSafeInteger(d) && d >= 0);
  if (!isShape)
    fail("onnx-shape", node.loc, { what: "the constant", have: show(dims), reason: "it is no shape" });
  const count = elements(dims);
  charge(ctx, count, "a constant", node.loc);
  const data = new Float64Array(count).fill(value.data[0] ?? 0);
  return { kind: "constant", tensor: makeTensor(name, dims, data, value.type) };
};

/** Constants, and the lists from which exporters compute a Reshape's target. */
export const lists: Readonly<Record<string, Handler>> = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Gather: gather,
  Concat: concat,
};
