import { boundGraph } from "../../analysis/bound-graph.js";
import { type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.js";
import { formatRange, type Range } from "../../fixed/format.js";
import type { FixedGraph, FixedState } from "../../ir/fixed.js";
import type { PerChannel, Recurrence } from "../../ir/spiking.js";
import { lowerExpr } from "./expression.js";
import { type Departure, emitter, integerOf, type Value } from "./value.js";

/** A lowered recurrence; each output is integer · scale + offset, and of constants only the offset may remain. */
export interface LoweredGraph<O extends string> {
  readonly graph: FixedGraph<O>;
  readonly outputs: { readonly [Name in O]: { readonly scale: PerChannel; readonly offset: PerChannel } };
  /** What each expression of the recurrence became. */
  readonly values: ReadonlyMap<string, Value>;
  /** Roundings, by the expression of the recurrence whose lowering they are. */
  readonly departures: readonly (Departure & { readonly expr: string })[];
  readonly diagnostics: readonly Diagnostic[];
}

/** What the lowering may choose. */
export interface LowerOptions {
  /** Width of an unsigned decay coefficient: a longer one is rounded to it (17: one DSP48E2 port). */
  readonly coefficientBits: number;
}

/** The recurrence to lower, and what its input is: an integer in `input` times `inputScale`. */
export interface LowerRequest<O extends string> {
  readonly graph: Recurrence<O>;
  readonly input: Range;
  readonly inputScale: PerChannel;
  /** Stands before expression ids in departures and diagnostics. */
  readonly where: string;
  readonly options: LowerOptions;
}

/**
 * Lowers one element-wise recurrence from real numbers to integers.
 *
 * Every real value is carried as  integer · scale + offset  (value.ts): constants stay in the offset until
 * something needs them, so a bias never has to lie on the grid: u > 0 becomes integer > ⌊−offset/scale⌋, exact for
 * any real bias. Two terms meet in the finer of their units; where the ratio of the units is no power of two, one of
 * them is multiplied by κ = round(2^k·ratio) and shifted back, k so large that κ's error stays below half a unit
 * (2-numerics.md, "Other scales"). Intervals of states decide κ's width, so the lowering runs until they are stable.
 */
export function lowerGraph<O extends string>(request: LowerRequest<O>): LoweredGraph<O> {
  let result = lowerOnce(request, new Map());
  if (result.diagnostics.length > 0) return result;
  for (let round = 0; round < 2; round++) {
    const { exprs } = boundGraph(result.graph, request.input);
    const states = exprs.flatMap((e) => (e.kind === "state" ? [[e.state, e.range] as const] : []));
    result = lowerOnce(request, new Map(states));
  }
  return { ...result, graph: boundGraph(result.graph, request.input) };
}

function lowerOnce<O extends string>(
  request: LowerRequest<O>,
  known: ReadonlyMap<string, Range>,
): LoweredGraph<O> {
  const { graph, input, where } = request;
  const diagnostics: Diagnostic[] = [];
  const states = graph.states.map((s) => stateFormat(graph, s.name, s.next, diagnostics));
  const ranges = new Map(states.map((s) => [s.name, known.get(s.name) ?? formatRange(s.format)]));
  const e = emitter(input, ranges, where, new Set(graph.exprs.map(({ id }) => id)));
  const values = new Map<string, Value>();
  const { coefficientBits } = request.options;
  const lowering = {
    emitter: e,
    values,
    states,
    inputScale: request.inputScale,
    coefficientBits,
    where,
    diagnostics,
  };
  const departures: (Departure & { readonly expr: string })[] = [];
  for (const expr of graph.exprs) {
    values.set(expr.id, lowerExpr(lowering, expr));
    for (const found of e.departures.slice(departures.length)) departures.push({ ...found, expr: expr.id });
  }

  const lowered = (id: string): Value => values.get(id) as Value;
  const names = Object.keys(graph.outputs) as O[];
  const byName = <T>(make: (v: Value, id: string) => T) =>
    Object.fromEntries(names.map((n) => [n, make(lowered(graph.outputs[n]), graph.outputs[n])])) as {
      [N in O]: T;
    };
  return {
    outputs: byName(({ scale, offset }) => ({ scale, offset })),
    graph: {
      outputs: byName((v, id) => integerOf(e, v, id, [])),
      states: states.map((s) => ({ ...s, next: integerOf(e, lowered(s.next), s.next, []) })),
      exprs: e.exprs,
    },
    values,
    departures,
    diagnostics,
  };
}

/** Format and scale of a state: those of the quantiser that its next value comes from. */
function stateFormat(
  graph: Recurrence<string>,
  name: string,
  next: string,
  diagnostics: Diagnostic[],
): FixedState {
  const expr = graph.exprs.find((e) => e.id === next);
  if (expr?.kind === "quantise") {
    const { signed, bits, scale } = expr.quantiser;
    return { name, next, format: { signed, width: bits }, scale };
  }
  diagnostics.push(diagnostic("state-without-format", expr?.origin[0] ?? {}, { state: name }));
  return { name, next, format: { signed: true, width: 1 }, scale: [1] };
}
