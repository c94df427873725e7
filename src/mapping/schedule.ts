import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import { asSigned, formatOfRange, hull, type Range, roundings } from "../fixed/format.js";
import {
  type FixedExpr,
  type FixedGraph,
  type FixedState,
  fixedOperandsOf,
  type PerChannelInt,
  rangeOfId,
} from "../ir/fixed.js";
import type { ChannelTable, Net, Pipeline, PipelineOp, Source } from "../ir/pipeline.js";
import { identifierPool } from "./identifiers.js";
import { latencyOf } from "./latencies.js";

/** What a graph's input is: a spike (one bit), or a number. */
export type InputKind = "spike" | "number";

/**
 * Schedules an element-wise graph as a pipeline: every operation as soon as its operands are there, shorter paths
 * balanced by delays, all results aligned at the end. Nets are exactly as wide as their proven range. Expressions
 * that no result needs, and shifts and saturations that can't act, cost nothing. No table is called like one of
 * `tablesTaken`: those of the same stage's other pipeline.
 */
export function schedulePipeline(
  graph: FixedGraph<string>,
  inputKind: InputKind,
  tablesTaken: readonly string[] = [],
): Pipeline {
  const ops: PipelineOp[] = [];
  const tables: ChannelTable[] = [];
  /** Where each expression's value is, and from which cycle on. */
  const placed = new Map<string, Placed>();
  const nets = netNames(Object.keys(graph.outputs), tablesTaken);
  const delayed = delayLine(ops, nets.take);
  const befores = new Map(graph.states.map((s) => [s.name, stateNet(graph, s, nets.state(s.name))] as const));
  const input = graph.exprs.find((e) => e.kind === "input");
  invariant(input !== undefined, "a graph without input");
  const inputNet = netOf(nets.take(input.id), input.range, inputKind === "spike");

  const at = (id: string, start: number): Source => {
    const value = placed.get(id);
    invariant(value !== undefined, `operand '${id}' before its definition`);
    return value.kind === "net" ? { kind: "net", net: delayed(value, start) } : value.source(start);
  };
  const constant = (id: string, values: PerChannelInt, start: number): Source => {
    const width = widthOf(rangeOfValues(values));
    if (values.length === 1) return { kind: "literal", value: values[0] as bigint, width };
    const name = nets.table(id, start);
    if (!tables.some((t) => t.name === name && t.start === start))
      tables.push({ name, width, values, start });
    return { kind: "table", table: tableNet({ name, start }), width };
  };
  const placeConstant = (id: string, values: PerChannelInt): void =>
    void placed.set(id, { kind: "constant", ready: 0, source: (start) => constant(id, values, start) });
  /** The same value in the shape of another net: wires. */
  const reshape = (a: Source, shape: Omit<Net, "name">, start: number, name: string): Net => {
    const out: Net = { ...shape, name: nets.take(name) };
    ops.push({ kind: "shift_left", id: out.name, origin: [], a, shift: 0, start, latency: 0, out });
    return out;
  };
  /** A source in the shape of `shape`: fx_select takes all its operands in one width. */
  const shaped = (a: Source, shape: Omit<Net, "name">, start: number, name: string): Source => {
    if (a.kind === "literal") return { ...a, width: shape.width };
    if (a.kind === "net" && a.net.width === shape.width && a.net.bit === shape.bit) return a;
    return { kind: "net", net: reshape(a, shape, start, name) };
  };

  for (const expr of neededExprs(graph)) {
    if (isPoint(expr.range)) {
      placeConstant(expr.id, [expr.range.low]);
      continue;
    }
    const start = Math.max(0, ...fixedOperandsOf(expr).map((id) => placed.get(id)?.ready ?? 0));
    const emit = (kind: Parameters<typeof latencyOf>[0], fields: object): void => {
      const latency = latencyOf(kind);
      const out = netOf(nets.take(expr.id), expr.range, expr.kind === "compare");
      ops.push({ kind, id: expr.id, origin: expr.origin, start, latency, out, ...fields } as PipelineOp);
      placed.set(expr.id, { kind: "net", net: out, ready: start + latency });
    };
    switch (expr.kind) {
      case "input":
        placed.set(expr.id, { kind: "net", net: inputNet, ready: 0 });
        break;
      case "state":
        placed.set(expr.id, { kind: "net", net: befores.get(expr.state) as Net, ready: 0 });
        break;
      case "constant":
        placeConstant(expr.id, expr.value);
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
        if (expr.bits === 0) placed.set(expr.id, placed.get(expr.a) as Placed);
        else emit("round_shift", { a: at(expr.a, start), shift: expr.bits, mode });
        break;
      }
      case "sat": {
        const { low, high } = rangeOfId(graph, expr.a);
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
        const shape = { width: widthOf(expr.range), bit: false };
        const condition = shaped(at(expr.condition, start), { width: 1, bit: true }, start, `${expr.id}_if`);
        const [a, b] = [at(expr.a, start), at(expr.b, start)];
        emit("select", {
          condition,
          a: shaped(a, shape, start, `${expr.id}_then`),
          b: shaped(b, shape, start, `${expr.id}_else`),
        });
        break;
      }
      default:
        assertNever(expr);
    }
  }

  const ends = resultsOf(graph);
  const latency = Math.max(0, ...ends.map((id) => placed.get(id)?.ready ?? 0));
  /** The result `id` at the pipeline's end, in the shape that its consumer expects; one net for all that want it so. */
  const results = new Map<string, Net>();
  const aligned = (id: string, name: string, shape: Omit<Net, "name">): Net => {
    const key = `${shape.width} ${shape.bit} ${id}`;
    const a = at(id, latency);
    const same = a.kind === "net" && a.net.width === shape.width && a.net.bit === shape.bit;
    const net = results.get(key) ?? (same ? a.net : reshape(a, shape, latency, `${name}_result`));
    results.set(key, net);
    return net;
  };
  const states = graph.states.map((s) => {
    const before = befores.get(s.name) as Net;
    return { name: s.name, width: before.width, before, after: aligned(s.next, s.name, before) };
  });
  const outputs = Object.entries<string>(graph.outputs).map(([name, id]) => {
    // Potentials are compared as numbers; spikes, and operands that can be one, are bits.
    const shape = netOf("", rangeOfId(graph, id), name !== "potential");
    return [name, aligned(id, name, shape)] as const;
  });
  return { input: inputNet, ops, tables, states, outputs: Object.fromEntries(outputs), latency };
}

/** Names of a pipeline's nets. An instance `u_<net>` stands beside each, so these are unique too. */
function netNames(outputs: readonly string[], tablesTaken: readonly string[]) {
  const ports = new Set(["clk", "group", "lane", "gen_lane", "unused_inputs", ...outputs]);
  const others = /^(group_d\d+|table_.*_t\d+)$/;
  const pool = identifierPool((name) => {
    const net = name.replace(/^u_/, "");
    return ports.has(name) || others.test(net);
  });
  const tables = identifierPool((name) => tablesTaken.includes(name));
  const known = new Map<string, string>();
  return {
    take: (id: string): string => pool.take(id, (net) => [`u_${net}`]),
    /** A state's port, and the one of its next value (src/emit/views/pipeline.ts). */
    state: (name: string): string => pool.take(`state_${name}`, (net) => [`u_${net}`, `${net}_next`]),
    /** Table of an expression, one for each cycle in which it is read; `tableNet` names its net, and no other. */
    table(id: string, start: number): string {
      const name = known.get(`${start} ${id}`) ?? tables.take(`table_${id}`);
      known.set(`${start} ${id}`, name);
      return name;
    },
  };
}

type Placed =
  | { readonly kind: "net"; readonly net: Net; readonly ready: number }
  | { readonly kind: "constant"; readonly ready: number; readonly source: (start: number) => Source };

/** What a graph computes: next states and outputs. */
const resultsOf = (graph: FixedGraph<string>): readonly string[] => [
  ...graph.states.map((s) => s.next),
  ...Object.values<string>(graph.outputs),
];

/** An expression that can have one value alone is a constant, whatever computes it. */
const isPoint = (range: Range): boolean => range.low === range.high;

/** Expressions that a state or an output depends on, in evaluation order. */
function neededExprs(graph: FixedGraph<string>): readonly FixedExpr[] {
  const needed = new Set<string>(resultsOf(graph));
  for (const expr of [...graph.exprs].reverse()) {
    if (needed.has(expr.id) && !isPoint(expr.range)) for (const id of fixedOperandsOf(expr)) needed.add(id);
  }
  return graph.exprs.filter((e) => needed.has(e.id));
}

/** Makes a net available at later cycles; each later cycle is derived from the latest one before it. */
function delayLine(
  ops: PipelineOp[],
  nameOf: (id: string) => string,
): (value: { net: Net; ready: number }, start: number) => Net {
  const lines = new Map<string, Map<number, Net>>();
  return ({ net, ready }, start) => {
    const taps = lines.get(net.name) ?? new Map([[ready, net]]);
    lines.set(net.name, taps);
    const known = taps.get(start);
    if (known !== undefined) return known;
    const from = Math.max(...[...taps.keys()].filter((t) => t < start));
    const out: Net = { ...net, name: nameOf(`${net.name}_d${start - ready}`) };
    const a: Source = { kind: "net", net: taps.get(from) as Net };
    ops.push({ kind: "delay", id: out.name, origin: [], a, start: from, latency: start - from, out });
    taps.set(start, out);
    return out;
  };
}

/** Signed bits that hold a range; two at least, since the sums of rtl/mac_array.v have a sign and a value. */
export function widthOf(range: Range): number {
  return Math.max(2, asSigned(formatOfRange(range)).width);
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

/** A state is stored in the bits of all values that it can take, 0 included. */
const stateNet = (graph: FixedGraph<string>, state: FixedState, name: string): Net =>
  netOf(name, hull(rangeOfId(graph, state.next), { low: 0n, high: 0n }), true);
