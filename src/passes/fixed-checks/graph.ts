import { exprRange } from "../../analysis/intervals.js";
import { invariant } from "../../diagnostics/diagnostic.js";
import { formatRange, hull, type Range } from "../../fixed/format.js";
import { type FixedExpr, type FixedGraph, fixedOperandsOf } from "../../ir/fixed.js";
import { bit, equal, holds, perChannel } from "./facts.js";

/**
 * Checks one recurrence: operands before their users, lists as long as the channels, every interval that of its
 * operands, states within their formats. Gives the intervals of its expressions.
 */
export function checkGraph(
  where: string,
  graph: FixedGraph<string>,
  input: Range,
  channels: number,
): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>();
  const kept = new Map(graph.states.map((s) => [s.name, storedRange(where, graph, s.next)]));
  for (const expr of graph.exprs) {
    const at = `${where}.${expr.id}`;
    invariant(!ranges.has(expr.id), `${at} is defined twice`);
    for (const id of fixedOperandsOf(expr))
      invariant(ranges.has(id), `${at} reads '${id}', which is not before it`);
    if (expr.kind === "state") invariant(kept.has(expr.state), `${at} reads unknown state '${expr.state}'`);
    checkParameters(at, expr, channels, ranges);
    holds(
      at,
      expr.range,
      exprRange(expr, (id) => ranges.get(id) as Range, input, kept),
    );
    ranges.set(expr.id, expr.range);
  }
  equal(`${where}: inputs`, graph.exprs.filter((e) => e.kind === "input").length, 1);
  for (const [name, id] of Object.entries(graph.outputs))
    invariant(ranges.has(id), `${where}: output '${name}' is unknown '${id}'`);
  for (const s of graph.states) {
    holds(`state '${s.name}'`, formatRange(s.format), kept.get(s.name) as Range);
    perChannel(`state '${s.name}': scale`, s.scale.length, channels);
  }
  return ranges;
}

/** What a state holds between ticks: 0 before the first, its next value after each. */
function storedRange(where: string, graph: FixedGraph<string>, next: string): Range {
  const expr = graph.exprs.find((e) => e.id === next);
  invariant(expr !== undefined, `${where}: a state's next value is unknown '${next}'`);
  return hull(expr.range, { low: 0n, high: 0n });
}

function checkParameters(
  at: string,
  expr: FixedExpr,
  channels: number,
  ranges: ReadonlyMap<string, Range>,
): void {
  perChannel(`${at}: scale`, expr.scale.length, channels);
  if (expr.kind === "constant") perChannel(at, expr.value.length, channels);
  if (expr.kind === "mulc") perChannel(at, expr.by.length, channels);
  if (expr.kind === "shl") {
    perChannel(at, expr.bits.length, channels);
    invariant(
      expr.bits.every((n) => Number.isInteger(n) && n >= 0),
      `${at} shifts left by ${expr.bits}`,
    );
  }
  if (expr.kind === "shr")
    invariant(Number.isInteger(expr.bits) && expr.bits >= 0, `${at} shifts right by ${expr.bits}`);
  if (expr.kind === "sat") invariant(expr.low <= expr.high, `${at} clamps to ${expr.low}..${expr.high}`);
  if (expr.kind === "select") holds(`${at}: condition`, bit, ranges.get(expr.condition) as Range);
}
