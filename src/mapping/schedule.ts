import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import { asSigned, formatOfRange, hull, type Range, roundings } from "../fixed/format.js";
import type { ChannelTable, Net, Pipeline, PipelineOp, Source } from "../ir/design.js";
import { type FixedExpr, type FixedGraph, fixedOperandsOf, type PerChannelInt } from "../ir/fixed.js";
import { latencyOf } from "./engines.js";

/**
 * Schedules an element-wise graph as a pipeline: every operation as soon as its operands are there, shorter paths
 * balanced by delays, all results aligned at the end. Nets are exactly as wide as their proven range. Expressions
 * that no result needs, and saturations that can't act, cost nothing.
 */
export function schedulePipeline(graph: FixedGraph<string>): Pipeline {
  const ops: PipelineOp[] = [];
  const tables: ChannelTable[] = [];
  /** Where each expression's value is, and from which cycle on. */
  const placed = new Map<string, Placed>();
  const delayed = delayLine(ops);

  const at = (id: string, start: number): Source => {
    const value = placed.get(id);
    invariant(value !== undefined, `operand '${id}' before its definition`);
    return value.kind === "net" ? { kind: "net", net: delayed(value, start) } : value.source(start);
  };
  const constant = (id: string, values: PerChannelInt, start: number): Source => {
    const width = widthOf(rangeOfValues(values));
    if (values.length === 1) return { kind: "literal", value: values[0] as bigint, width };
    const name = `table_${netName(id)}`;
    if (!tables.some((t) => t.name === name && t.start === start))
      tables.push({ name, width, values, start });
    return { kind: "table", table: tableNet({ name, start }), width };
  };
  const asBit = (source: Source, start: number): Source => {
    if (source.kind !== "net" || source.net.bit) return source;
    const out: Net = { name: `${source.net.name}_bit`, width: 1, bit: true };
    ops.push({ kind: "shift_left", id: out.name, origin: [], a: source, shift: 0, start, latency: 0, out });
    return { kind: "net", net: out };
  };

  for (const expr of neededExprs(graph)) {
    const out = netOf(netName(expr.id), expr.range, expr.kind === "input" || expr.kind === "compare");
    const start = Math.max(0, ...fixedOperandsOf(expr).map((id) => placed.get(id)?.ready ?? 0));
    const place = (net: Net, ready: number): void => {
      placed.set(expr.id, { kind: "net", net, ready });
    };
    const emit = (kind: Parameters<typeof latencyOf>[0], fields: object): void => {
      const latency = latencyOf(kind);
      ops.push({ kind, id: expr.id, origin: expr.origin, start, latency, out, ...fields } as PipelineOp);
      place(out, start + latency);
    };
    switch (expr.kind) {
      case "input":
        place(out, 0);
        break;
      case "state":
        place(stateNet(graph, expr.state), 0);
        break;
      case "constant":
        placed.set(expr.id, { kind: "constant", ready: 0, source: (t) => constant(expr.id, expr.value, t) });
        break;
      case "add":
      case "sub":
        emit("add", { subtract: expr.kind === "sub", a: at(expr.a, start), b: at(expr.b, start) });
        break;
      case "mulc":
        emit("mul", { a: at(expr.a, start), b: constant(expr.id, expr.by, start) });
        break;
      case "shl":
        if (expr.bits.length === 1) emit("shift_left", { a: at(expr.a, start), shift: expr.bits[0] });
        else {
          const shift = constant(expr.id, expr.bits.map(BigInt), start);
          emit("shift_left_var", { a: at(expr.a, start), shift });
        }
        break;
      case "shr": {
        const mode = roundings.indexOf(expr.rounding);
        emit("round_shift", { a: at(expr.a, start), shift: expr.bits, mode });
        break;
      }
      case "sat": {
        const { low, high } = rangeOf(graph, expr.a);
        if (low >= expr.low && high <= expr.high) placed.set(expr.id, placed.get(expr.a) as Placed);
        else {
          const clamp = { low: expr.low > low ? expr.low : low, high: expr.high < high ? expr.high : high };
          emit("saturate", { a: at(expr.a, start), ...clamp });
        }
        break;
      }
      case "compare":
        emit("compare", { a: at(expr.a, start), orEqual: expr.orEqual });
        break;
      case "select": {
        const condition = asBit(at(expr.condition, start), start);
        emit("select", { condition, a: at(expr.a, start), b: at(expr.b, start) });
        break;
      }
      default:
        assertNever(expr);
    }
  }

  const results = [...graph.states.map((s) => s.next), ...Object.values<string>(graph.outputs)];
  const latency = Math.max(0, ...results.map((id) => placed.get(id)?.ready ?? 0));
  /** The result `id` at the pipeline's end, in the shape that its consumer expects. */
  const aligned = (id: string, name: string, shape: Net): Net => {
    const a = at(id, latency);
    if (a.kind === "net" && a.net.width === shape.width && a.net.bit === shape.bit) return a.net;
    const out: Net = { ...shape, name: `${netName(name)}_result` };
    ops.push({ kind: "shift_left", id: out.name, origin: [], a, shift: 0, start: latency, latency: 0, out });
    return out;
  };
  const states = graph.states.map((s) => {
    const before = stateNet(graph, s.name);
    return { name: s.name, width: before.width, before, after: aligned(s.next, s.name, before) };
  });
  const outputs = Object.entries<string>(graph.outputs).map(
    ([name, id]) =>
      [name, aligned(id, name, netOf("", rangeOf(graph, id), isBit(rangeOf(graph, id))))] as const,
  );
  const input = graph.exprs.find((e) => e.kind === "input");
  invariant(input !== undefined, "a graph without input");
  return {
    input: netOf(netName(input.id), input.range, true),
    ops,
    tables,
    states,
    outputs: Object.fromEntries(outputs),
    latency,
  };
}

type Placed =
  | { readonly kind: "net"; readonly net: Net; readonly ready: number }
  | { readonly kind: "constant"; readonly ready: number; readonly source: (start: number) => Source };

/** Expressions that a state or an output depends on, in evaluation order. */
function neededExprs(graph: FixedGraph<string>): readonly FixedExpr[] {
  const needed = new Set<string>([
    ...graph.states.map((s) => s.next),
    ...Object.values<string>(graph.outputs),
  ]);
  for (const expr of [...graph.exprs].reverse()) {
    if (needed.has(expr.id)) for (const id of fixedOperandsOf(expr)) needed.add(id);
  }
  return graph.exprs.filter((e) => needed.has(e.id));
}

/** Makes a net available at later cycles; each later cycle is derived from the latest one before it. */
function delayLine(ops: PipelineOp[]): (value: { net: Net; ready: number }, start: number) => Net {
  const lines = new Map<string, Map<number, Net>>();
  return ({ net, ready }, start) => {
    const taps = lines.get(net.name) ?? new Map([[ready, net]]);
    lines.set(net.name, taps);
    const known = taps.get(start);
    if (known !== undefined) return known;
    const from = Math.max(...[...taps.keys()].filter((t) => t < start));
    const out: Net = { ...net, name: `${net.name}_d${start - ready}` };
    const a: Source = { kind: "net", net: taps.get(from) as Net };
    ops.push({ kind: "delay", id: out.name, origin: [], a, start: from, latency: start - from, out });
    taps.set(start, out);
    return out;
  };
}

/** Signed bits that hold a range. */
export function widthOf(range: Range): number {
  return asSigned(formatOfRange(range)).width;
}

/** Whether a range is that of a spike. */
export const isBit = (range: Range): boolean => range.low >= 0n && range.high <= 1n;

const netOf = (name: string, range: Range, mayBeBit: boolean): Net => {
  const bit = mayBeBit && isBit(range);
  return { name, width: bit ? 1 : widthOf(range), bit };
};

/** Net of a table's words: a table that is read at several cycles has one for each. */
export const tableNet = (table: { readonly name: string; readonly start: number }): string =>
  `${table.name}_t${table.start}`;

const rangeOfValues = (values: PerChannelInt): Range =>
  values.reduce<Range>((r, v) => hull(r, { low: v, high: v }), {
    low: values[0] as bigint,
    high: values[0] as bigint,
  });

function rangeOf(graph: FixedGraph<string>, id: string): Range {
  const expr = graph.exprs.find((e) => e.id === id);
  invariant(expr !== undefined, `no expression '${id}'`);
  return expr.range;
}

/** A state is stored in the bits of all values that it can take, 0 included. */
function stateNet(graph: FixedGraph<string>, name: string): Net {
  const state = graph.states.find((s) => s.name === name);
  invariant(state !== undefined, `no state '${name}'`);
  return netOf(`state_${netName(name)}`, hull(rangeOf(graph, state.next), { low: 0n, high: 0n }), true);
}

/** An expression id as a Verilog identifier; ids are unique, and stay so. */
export function netName(id: string): string {
  return `n_${id.replace(/[^A-Za-z0-9_]/g, (c) => `_${c.charCodeAt(0).toString(16)}_`)}`;
}
