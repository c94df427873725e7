import { invariant } from "../diagnostics/diagnostic.js";
import { hull, type Range } from "../fixed/format.js";
import type { PerChannelInt } from "../ir/fixed.js";
import type { ChannelTable, Net, PipelineOp, Source } from "../ir/pipeline.js";
import { identifierPool } from "./identifiers.js";
import { isBit, widthOf } from "./widths.js";

/**
 * Where the values of a pipeline are, cycle by cycle: a net is delayed as often as its readers need, a constant is a
 * literal or, where it differs from channel to channel, a table that is read in the reader's cycle.
 */
export interface Sources {
  /** The net of an expression, there from cycle `ready` on. */
  place(id: string, net: Net, ready: number): void;
  /** A constant, there in every cycle. */
  placeConstant(id: string, values: PerChannelInt): void;
  /** An expression whose value is that of another. */
  placeAs(id: string, other: string): void;
  /** The first cycle in which an expression's value is there. */
  readyOf(id: string): number;
  /** The value of an expression as an operation that starts in `start` reads it. */
  at(id: string, start: number): Source;
  /** Constants of the expression `id`, as an operation that starts in `start` reads them. */
  constant(id: string, values: PerChannelInt, start: number): Source;
  /** The same value in the shape of another net: wires. */
  reshape(a: Source, shape: NetShape, start: number, name: string): Net;
  /** A source in the shape of `shape`: fx_select takes all its operands in one width. */
  shaped(a: Source, shape: NetShape, start: number, name: string): Source;
}

/** What of a net isn't its name. */
export type NetShape = Omit<Net, "name">;

/** Where an expression's value is, and from which cycle on. */
type Placed =
  | { readonly kind: "net"; readonly net: Net; readonly ready: number }
  | { readonly kind: "constant"; readonly ready: number; readonly source: (start: number) => Source };

/** Sources of a pipeline whose operations and tables are collected in `ops` and `tables`. */
export function sourcesOf(nets: NetNames, ops: PipelineOp[], tables: ChannelTable[]): Sources {
  const placed = new Map<string, Placed>();
  const delayed = delayLine(ops, nets.take);
  const constant = (id: string, values: PerChannelInt, start: number): Source => {
    const width = widthOf(rangeOfValues(values));
    if (values.length === 1) return { kind: "literal", value: values[0] as bigint, width };
    const name = nets.table(id, start);
    if (!tables.some((t) => t.name === name && t.start === start))
      tables.push({ name, width, values, start });
    return { kind: "table", table: tableNet({ name, start }), width };
  };
  const reshape = (a: Source, shape: NetShape, start: number, name: string): Net => {
    const out: Net = { ...shape, name: nets.take(name) };
    ops.push({ kind: "shift_left", id: out.name, origin: [], a, shift: 0, start, latency: 0, out });
    return out;
  };
  const placedAt = (id: string): Placed => {
    const value = placed.get(id);
    invariant(value !== undefined, `operand '${id}' before its definition`);
    return value;
  };
  return {
    place: (id, net, ready) => void placed.set(id, { kind: "net", net, ready }),
    placeConstant: (id, values) =>
      void placed.set(id, { kind: "constant", ready: 0, source: (start) => constant(id, values, start) }),
    placeAs: (id, other) => void placed.set(id, placedAt(other)),
    readyOf: (id) => placedAt(id).ready,
    at(id, start) {
      const value = placedAt(id);
      return value.kind === "net" ? { kind: "net", net: delayed(value, start) } : value.source(start);
    },
    constant,
    reshape,
    shaped(a, shape, start, name) {
      if (a.kind === "literal") return { ...a, width: shape.width };
      if (a.kind === "net" && a.net.width === shape.width && a.net.bit === shape.bit) return a;
      return { kind: "net", net: reshape(a, shape, start, name) };
    },
  };
}

/** Names of a pipeline's nets. An instance `u_<net>` stands beside each, so these are unique too. */
export function netNames(outputs: readonly string[], tablesTaken: readonly string[]) {
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

/** The names of one pipeline's nets. */
export type NetNames = ReturnType<typeof netNames>;

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

/** Net of a table's words: a table that is read at several cycles has one for each. */
export const tableNet = (table: { readonly name: string; readonly start: number }): string =>
  `${table.name}_t${table.start}`;

/** A net for values of a range: of one bit where it may be one and the values are 0 and 1. */
export const netOf = (name: string, range: Range, mayBeBit: boolean): Net => {
  const bit = mayBeBit && isBit(range);
  return { name, width: bit ? 1 : widthOf(range), bit };
};

const rangeOfValues = (values: PerChannelInt): Range =>
  values.reduce<Range>((r, v) => hull(r, { low: v, high: v }), {
    low: values[0] as bigint,
    high: values[0] as bigint,
  });
