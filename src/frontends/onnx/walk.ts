import { diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import {
  type Context,
  charge,
  fail,
  recording,
  report,
  reportDuplicate,
  shortName,
  signalLimit,
} from "./context.js";
import type { OnnxNode, OnnxPort } from "./decode.js";
import { handlerOf } from "./ops/index.js";
import { refusals, unknownOperator } from "./ops/refused.js";
import type { Ports } from "./ports.js";
import type { Signal } from "./signal.js";
import { checkArithmetic, typeOfResult } from "./signal-type.js";
import { elements, readTensor } from "./tensor.js";

/** Dims of a graph input; a batch that the file leaves open is 1. */
function inputDims(port: OnnxPort, loc: Loc): readonly number[] {
  const dims = port.dims?.map((d, axis) => d ?? (axis === 0 ? 1 : 0)) ?? [];
  const have = port.dims?.map((d) => d ?? "?").join(", ") ?? "unknown";
  const what = `input '${port.name}'`;
  const hint = "export with fixed shapes and a batch of 1: [1, C, H, W], [1, C, L] or [1, N]";
  if (dims.length < 2 || dims.length > 4)
    fail("onnx-shape", loc, { what, have, reason: "it must have 2 to 4 dimensions" }, hint);
  if (dims.some((d) => !Number.isSafeInteger(d) || d < 1))
    fail("onnx-shape", loc, { what, have, reason: "every dimension must be known" }, hint);
  if (dims[0] !== 1) fail("onnx-shape", loc, { what, have, reason: "the batch must be 1" }, hint);
  const count = elements(dims);
  if (count > signalLimit) fail("onnx-too-large", loc, { what, count, limit: signalLimit });
  return dims;
}

/** Gives every graph input and initializer its value. */
function defineSources(ctx: Context, ports: Ports | undefined): void {
  const { graph } = ctx;
  for (const [name, stored] of graph.initializers) {
    const loc = { file: graph.file, name };
    const tensor = recording(ctx, () => {
      const read = readTensor(stored, name, loc, ctx.external);
      charge(ctx, read.data.length, `tensor '${name}'`, loc);
      return read;
    });
    ctx.definedAt.set(name, loc);
    ctx.values.set(name, tensor === undefined ? { kind: "unknown" } : { kind: "constant", tensor });
  }
  for (const port of graph.inputs) {
    if (graph.initializers.has(port.name)) continue;
    const loc = { file: graph.file, name: port.name };
    const isState = ports?.states.has(port.name) ?? false;
    if (ctx.values.has(port.name)) reportDuplicate(ctx, port.name, loc);
    if (isState) ctx.types.set(port.name, port.elementType);
    ctx.definedAt.set(port.name, loc);
    const dims = recording(ctx, () => inputDims(port, loc));
    if (dims === undefined) {
      ctx.values.set(port.name, { kind: "unknown" });
      continue;
    }
    const base = { id: ctx.signals.length, dims, label: shortName(port.name), origin: loc };
    const signal: Signal = isState
      ? { ...base, kind: "state", state: port.name }
      : { ...base, kind: "input", input: port.name };
    ctx.signals.push(signal);
    ctx.values.set(port.name, { kind: "signal", id: signal.id, dims });
  }
}

function visit(node: OnnxNode, ctx: Context, isReal: boolean): void {
  for (const output of node.outputs) {
    if (output !== "" && ctx.values.has(output)) {
      reportDuplicate(ctx, output, node.loc);
      return;
    }
  }
  for (const input of node.inputs) {
    if (input !== "" && !ctx.values.has(input))
      report(ctx, diagnostic("onnx-undefined-tensor", node.loc, { tensor: input }));
  }
  const handler = handlerOf(node.domain, node.operator);
  const value = recording(ctx, () => {
    if (handler !== undefined) {
      if (isReal) checkArithmetic(node, ctx);
      return handler(node, ctx);
    }
    const standing = Object.hasOwn(refusals, node.operator) ? refusals[node.operator] : undefined;
    const { reason, hint } = standing ?? unknownOperator;
    const operator = node.domain === "" ? node.operator : `${node.domain}.${node.operator}`;
    return fail("onnx-operator", node.loc, { operator, reason }, hint);
  });
  if (handler !== undefined) recording(ctx, () => checkOneResult(node, ctx));
  const type = typeOfResult(node, ctx);
  node.outputs.forEach((output, i) => {
    if (i === 0 && type !== undefined) ctx.types.set(output, type);
    if (output === "") return;
    ctx.definedAt.set(output, node.loc);
    ctx.values.set(output, i === 0 && value !== undefined ? value : { kind: "unknown" });
  });
}

/** Only a node's first result is compiled. */
function checkOneResult(node: OnnxNode, ctx: Context): void {
  const read = node.outputs.findIndex(
    (o, i) => i > 0 && (ctx.consumers.has(o) || ctx.outputs.has(o)) && o !== "",
  );
  if (read < 0) return;
  const reason = `its output ${read}, '${node.outputs[read]}', is read, and only the first is compiled`;
  fail("onnx-operator", node.loc, { operator: node.operator, reason }, "export without it");
}

/** Turns every node into signals and constants, in file order; every refusal is recorded, and the walk goes on. */
export function walk(ctx: Context, ports: Ports | undefined): void {
  defineSources(ctx, ports);
  // A network whose spikes themselves are of another type is refused as a whole.
  const isReal = [0, 1, 11].includes(ports?.spikes.elementType ?? 0);
  for (const node of ctx.graph.nodes) visit(node, ctx, isReal);
}
