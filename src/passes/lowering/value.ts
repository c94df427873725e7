import { exprRange } from "../../analysis/intervals.js";
import type { Loc } from "../../diagnostics/diagnostic.js";
import type { Range } from "../../fixed/format.js";
import { zip } from "../../fixed/per-channel.js";
import type { DeviationKind, FixedExpr } from "../../ir/fixed.js";
import type { PerChannel } from "../../ir/spiking.js";

/**
 * A real value during lowering: integer · scale + offset, per channel. `id` names the integer expression; without it
 * the integer is 0 and only the offset remains.
 */
export interface Value {
  readonly id: string | undefined;
  readonly scale: PerChannel;
  readonly offset: PerChannel;
}

/**
 * How far off a value is where a rounding of the lowering enters, real, per channel: `base` + `slope.by` · |integer of
 * `slope.of`|. Of the operand, or of the expression itself.
 */
export interface LocalError {
  readonly at: "operand" | "value";
  readonly base: PerChannel;
  readonly slope?: { readonly by: PerChannel; readonly of: string };
}

/** A rounding of the lowering. */
export interface Departure {
  readonly kind: DeviationKind;
  readonly where: string;
  readonly text: string;
  /** Largest relative error that it brings to the value concerned. */
  readonly relativeError: number;
  readonly error: LocalError;
}

/** What an integer expression is, without what every expression has. */
type Kind<E> = E extends FixedExpr ? Omit<E, "id" | "origin" | "range" | "scale"> : never;

/** Where integer expressions are collected as a graph is lowered. */
export interface Emitter {
  readonly exprs: readonly FixedExpr[];
  readonly departures: readonly Departure[];
  /** Appends an expression; its range is evaluated at once. The value is the integer times `scale`. */
  put(
    kind: Kind<FixedExpr>,
    id: string,
    origin: readonly Loc[],
    scale: PerChannel,
  ): Value & { readonly id: string };
  /** An id of its own, after that of the expression that it serves. */
  fresh(of: string): string;
  rangeOf(id: string): Range;
  depart(departure: Departure): void;
}

/** An empty graph over inputs in `input`; `where` stands before ids in departures, `taken` are ids that come later. */
export function emitter(
  input: Range,
  states: ReadonlyMap<string, Range>,
  where: string,
  taken: ReadonlySet<string> = new Set(),
): Emitter {
  const exprs: FixedExpr[] = [];
  const departures: Departure[] = [];
  const ranges = new Map<string, Range>();
  const rangeOf = (id: string): Range => ranges.get(id) as Range;
  let serial = 0;
  return {
    exprs,
    departures,
    rangeOf,
    put(kind, id, origin, scale) {
      const expr = { ...kind, id, origin, scale, range: { low: 0n, high: 0n } } as FixedExpr;
      const range = exprRange(expr, rangeOf, input, states);
      ranges.set(id, range);
      exprs.push({ ...expr, range });
      return { id, scale, offset: [0] };
    },
    fresh(of) {
      const stem = of.replace(/__\d+$/, "");
      let id = `${stem}__${++serial}`;
      while (taken.has(id)) id = `${stem}__${++serial}`;
      return id;
    },
    depart: (departure) => {
      departures.push({ ...departure, where: `${where}.${departure.where}` });
    },
  };
}

/** The value's integer as an expression: a zero where there is none. */
export function integerOf(e: Emitter, v: Value, id: string, origin: readonly Loc[]): string {
  return v.id ?? e.put({ kind: "constant", value: [0n] }, e.fresh(id), origin, v.scale).id;
}

/** Whether a value is a spike by what it is, not by its range: a state that stays 0 or 1 keeps its quantiser's unit. */
export function isSpike(e: Emitter, v: Value): boolean {
  const expr = e.exprs.find((x) => x.id === v.id);
  return (
    (expr?.kind === "input" || expr?.kind === "compare") && expr.range.low >= 0n && expr.range.high <= 1n
  );
}

/** Largest relative error of integers that stand for real factors. */
export function relativeError(factors: readonly number[], integers: readonly bigint[]): number {
  return Math.max(...zip(factors, integers, (f, c) => Math.abs(Number(c) / f - 1)));
}
