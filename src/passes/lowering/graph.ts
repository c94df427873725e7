import { boundGraph } from "../../analysis/bound-graph.js";
import { assertNever, type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.js";
import { formatRange, type Range } from "../../fixed/format.js";
import { simplify, zip } from "../../fixed/per-channel.js";
import { floorQuotient } from "../../fixed/rational.js";
import type { Deviation, FixedGraph, FixedState } from "../../ir/fixed.js";
import type { PerChannel, Recurrence, SpikingExpr } from "../../ir/spiking.js";
import {
  align,
  type Emitter,
  emitter,
  integerOf,
  materialise,
  quantise,
  scaleBy,
  type Value,
} from "./value.js";

/** A lowered recurrence; each output is integer · scale + offset, and of constants only the offset may remain. */
export interface LoweredGraph<O extends string> {
  readonly graph: FixedGraph<O>;
  readonly outputs: { readonly [Name in O]: { readonly scale: PerChannel; readonly offset: PerChannel } };
  readonly deviations: readonly Deviation[];
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
  /** Stands before expression ids in deviations and diagnostics. */
  readonly where: string;
  readonly options: LowerOptions;
}

/**
 * Lowers one element-wise recurrence from real numbers to integers.
 *
 * Every real value is carried as  integer · scale + offset  (lower-value.ts): constants stay in the offset until
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
  const e = emitter(input, ranges, where);
  const values = new Map<string, Value>();
  for (const expr of graph.exprs)
    values.set(expr.id, lowerExpr(e, expr, request, values, states, diagnostics));

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
    deviations: e.deviations,
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

function lowerExpr(
  e: Emitter,
  expr: SpikingExpr,
  { inputScale, where, options }: LowerRequest<string>,
  values: ReadonlyMap<string, Value>,
  states: readonly FixedState[],
  diagnostics: Diagnostic[],
): Value {
  const { id, origin } = expr;
  const of = (operand: string): Value => values.get(operand) as Value;
  const refuse = (code: "lowering-constant-condition" | "lowering-clip-per-channel"): void => {
    diagnostics.push(diagnostic(code, origin[0] ?? {}, { where: `${where}.${id}` }));
  };
  switch (expr.kind) {
    case "input":
      return e.put({ kind: "input" }, id, origin, inputScale);
    case "constant":
      return { id: undefined, scale: [1], offset: expr.value };
    case "state": {
      const scale = states.find((s) => s.name === expr.state)?.scale ?? [1];
      return e.put({ kind: "state", state: expr.state }, id, origin, scale);
    }
    case "add":
    case "sub": {
      const sign = expr.kind === "add" ? 1 : -1;
      const [a, b] = align(e, of(expr.a), of(expr.b), origin);
      const offset = zip(a.offset, b.offset, (x, y) => x + sign * y);
      if (b.id === undefined) return { ...a, offset };
      if (a.id === undefined && sign === 1) return { ...b, offset };
      const left = integerOf(e, a, id, origin);
      return { ...e.put({ kind: expr.kind, a: left, b: b.id }, id, origin, wider(a.scale, b.scale)), offset };
    }
    case "scale":
      return scaleBy(e, of(expr.a), expr.by, id, origin, options.coefficientBits);
    case "compare": {
      const v = of(expr.a);
      if (v.id === undefined) {
        const value = v.offset.map((o) => (o > 0 || (expr.orEqual && o === 0) ? 1n : 0n));
        return e.put({ kind: "constant", value }, id, origin, [1]);
      }
      let a = v.id;
      if (v.offset.some((o) => o !== 0)) {
        const limit = (o: number, s: number): bigint =>
          expr.orEqual ? -floorQuotient(o, s) : floorQuotient(-o, s);
        const value = simplify(zip(v.offset, v.scale, limit));
        const constant = e.put({ kind: "constant", value }, e.fresh(id), origin, v.scale);
        a = e.put({ kind: "sub", a, b: constant.id }, e.fresh(id), origin, v.scale).id;
      }
      return e.put({ kind: "compare", a, orEqual: expr.orEqual }, id, origin, [1]);
    }
    case "select": {
      const [a, b] = align(
        e,
        materialise(e, of(expr.a), id, origin),
        materialise(e, of(expr.b), id, origin),
        origin,
      );
      const condition = of(expr.condition).id;
      if (condition === undefined) {
        refuse("lowering-constant-condition");
        return a;
      }
      const branches = { a: integerOf(e, a, id, origin), b: integerOf(e, b, id, origin) };
      return e.put({ kind: "select", condition, ...branches }, id, origin, wider(a.scale, b.scale));
    }
    case "clip": {
      const clamp = (x: number): number => Math.min(expr.high, Math.max(expr.low, x));
      const v = materialise(e, of(expr.a), id, origin);
      if (v.id === undefined) return { ...v, offset: v.offset.map(clamp) };
      const unit = v.scale[0] as number;
      if (v.scale.some((s) => s !== unit)) refuse("lowering-clip-per-channel");
      const bounds = { low: -floorQuotient(-expr.low, unit), high: floorQuotient(expr.high, unit) };
      return e.put({ kind: "sat", a: v.id, ...bounds }, id, origin, v.scale);
    }
    case "quantise":
      return quantise(e, of(expr.a), expr.quantiser, id, origin, options.coefficientBits);
    default:
      return assertNever(expr);
  }
}

const wider = (a: PerChannel, b: PerChannel): PerChannel => (a.length >= b.length ? a : b);
