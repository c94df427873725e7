import type { Args, Code } from "../../diagnostics/catalogue.js";
import { type Diagnostic, DiagnosticError, diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import type { OnnxGraph, OnnxNode } from "./decode.js";
import type { Signal, Value } from "./signal.js";
import { type ExternalData, elementLimit, elements, type Tensor } from "./tensor.js";

/** Everything of a signal but what `define` adds. */
type NewSignal = Signal extends infer S
  ? S extends Signal
    ? Omit<S, "id" | "label" | "origin">
    : never
  : never;

/** State of one import: the signals so far, what each tensor name stands for, and the diagnostics. */
export interface Context {
  readonly graph: OnnxGraph;
  readonly external: ExternalData | undefined;
  readonly signals: Signal[];
  readonly values: Map<string, Value>;
  /** Element type of each signal, by tensor name. */
  readonly types: Map<string, number>;
  /** Where each tensor name is defined. */
  readonly definedAt: Map<string, Loc>;
  readonly diagnostics: Diagnostic[];
  /** Keys of `diagnostics`, so that each place says a thing once. */
  readonly said: Set<string>;
  /** Comparisons by what they compare. */
  readonly spikes: Map<string, number>;
  readonly outputs: ReadonlySet<string>;
  /** Tensor name → nodes that read it. */
  readonly consumers: ReadonlyMap<string, readonly OnnxNode[]>;
  /** Elements that constant folding and shape scans may still touch: a bound on time for hostile files. */
  budget: number;
}

/** A handler of one operator: the value of its first output. */
export type Handler = (node: OnnxNode, ctx: Context) => Value;

/** A fresh import of `graph`. */
export function createContext(graph: OnnxGraph, external: ExternalData | undefined): Context {
  const consumers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      const readers = consumers.get(input);
      if (readers === undefined) consumers.set(input, [node]);
      else readers.push(node);
    }
  }
  const empty = {
    signals: [],
    values: new Map<string, Value>(),
    types: new Map<string, number>(),
    definedAt: new Map<string, Loc>(),
    diagnostics: [],
    said: new Set<string>(),
    spikes: new Map<string, number>(),
  };
  const outputs = new Set(graph.outputs.map((o) => o.name));
  return { graph, external, consumers, outputs, ...empty, budget: 8 * elementLimit };
}

/** Stops the handler with a diagnostic; the walk records it and goes on with the next node. */
export function fail<C extends Code>(code: C, loc: Loc, args: Args<C>, hint?: string): never {
  throw new DiagnosticError(diagnostic(code, loc, args, hint === undefined ? {} : { hint }));
}

/** Records that a tensor is defined at `loc` though something else defines it. */
export function reportDuplicate(ctx: Context, tensor: string, loc: Loc): void {
  const notes = [{ text: "it is defined here first", loc: ctx.definedAt.get(tensor) ?? {} }];
  report(ctx, diagnostic("onnx-duplicate-tensor", loc, { tensor }, { notes }));
}

/** Records diagnostics, each only once a place. */
export function report(ctx: Context, ...diagnostics: readonly Diagnostic[]): void {
  for (const d of diagnostics) {
    const key = JSON.stringify([d.code, d.text, d.loc]);
    if (ctx.said.has(key)) continue;
    ctx.said.add(key);
    ctx.diagnostics.push(d);
  }
}

/** Runs `body`; a DiagnosticError inside is recorded and gives undefined. */
export function recording<T>(ctx: Context, body: () => T): T | undefined {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    report(ctx, ...error.diagnostics);
    return undefined;
  }
}

/** Takes `count` elements from the budget. */
export function charge(ctx: Context, count: number, what: string, loc: Loc): void {
  if (count > elementLimit) fail("onnx-too-large", loc, { what, count, limit: elementLimit });
  ctx.budget -= count;
  if (ctx.budget < 0) {
    const hint = "the graph's constants together are absurdly large";
    fail("onnx-too-large", loc, { what, count, limit: ctx.budget + count }, hint);
  }
}

/** A list in a diagnostic: short, however long the file made it. */
export const show = (list: readonly number[] | Float64Array): string =>
  `[${[...list.slice(0, 8)].join(", ")}${list.length > 8 ? ", ..." : ""}]`;

/** Most elements of one signal; every neuron is an element. */
export const signalLimit = 2 ** 22;

/** Adds a signal made by `node`; its label is the graph output's name where it is one, else the node's. */
export function define(
  ctx: Context,
  node: OnnxNode,
  signal: NewSignal,
  label?: string,
): Value & { kind: "signal" } {
  const count = elements(signal.dims);
  if (!(count >= 1 && count <= signalLimit)) {
    fail("onnx-too-large", node.loc, {
      what: `the result [${signal.dims.join(", ")}]`,
      count,
      limit: signalLimit,
    });
  }
  const id = ctx.signals.length;
  const full = { ...signal, id, label: label ?? labelOf(ctx, node), origin: node.loc } as Signal;
  ctx.signals.push(full);
  return { kind: "signal", id, dims: signal.dims };
}

function labelOf(ctx: Context, node: OnnxNode): string {
  const output = node.outputs[0] ?? "";
  const wish = ctx.outputs.has(output) ? output : node.name || node.operator;
  return shortName(wish);
}

/** Last part of a dotted or slashed name, as an identifier: `/layers.0/Mul_1` → `mul_1`. */
export function shortName(name: string): string {
  const last =
    name
      .split(/[./]/)
      .filter((part) => part !== "")
      .pop() ?? "";
  const clean = last
    .replace(/_output_\d+$/, "")
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .toLowerCase()
    .slice(0, 32);
  return /^[a-z]/.test(clean) ? clean : `v${clean}`;
}

/** Value of input `i`; stops silently behind a refused node, with a diagnostic if nothing defines it. */
export function operand(node: OnnxNode, ctx: Context, i: number): Exclude<Value, { kind: "unknown" }> {
  const name = node.inputs[i] ?? "";
  if (name === "") {
    fail("onnx-operand", node.loc, {
      operand: `input ${i}`,
      reason: `${node.operator} needs it, and it is absent`,
    });
  }
  const value = ctx.values.get(name) ?? fail("onnx-undefined-tensor", node.loc, { tensor: name });
  if (value.kind === "unknown") throw new DiagnosticError();
  return value;
}

/** True if optional input `i` is given. */
export const hasOperand = (node: OnnxNode, i: number): boolean => (node.inputs[i] ?? "") !== "";

/** Constant input `i`; `what` names it for the user. */
export function constantOperand(
  node: OnnxNode,
  ctx: Context,
  i: number,
  what: string,
  hint?: string,
): Tensor {
  const value = operand(node, ctx, i);
  if (value.kind === "constant") return value.tensor;
  const reason = `must be constant, but '${node.inputs[i]}' is computed from inputs or states`;
  return fail("onnx-operand", node.loc, { operand: what, reason }, hint);
}

/** Input `i`, which must be a signal: computed from inputs or states. */
export function signalOperand(
  node: OnnxNode,
  ctx: Context,
  i: number,
  what: string,
): Value & { kind: "signal" } {
  const value = operand(node, ctx, i);
  if (value.kind === "signal") return value;
  const reason =
    value.kind === "constant"
      ? `must depend on inputs or states, but '${node.inputs[i]}' is constant`
      : "is the integer result of a QuantizeLinear, which only Clip and DequantizeLinear may read";
  return fail("onnx-operand", node.loc, { operand: what, reason });
}

/** The signal that a value stands for. */
export const signalOf = (ctx: Context, id: number): Signal => ctx.signals[id] as Signal;

/** First element that is NaN or infinite is refused. */
export function checkFinite(tensor: Tensor, what: string, loc: Loc): void {
  const index = tensor.data.findIndex((x) => !Number.isFinite(x));
  if (index >= 0) {
    const hint = "the checkpoint is broken: check the training for overflow";
    fail("onnx-not-finite", loc, { what, value: String(tensor.data[index]), index }, hint);
  }
}
