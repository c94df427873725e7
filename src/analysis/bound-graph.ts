import { invariant } from "../diagnostics/diagnostic.js";
import { formatRange, hull, type Range } from "../fixed/format.js";
import type { FixedGraph } from "../ir/fixed.js";
import { exprRange } from "./intervals.js";

/** Iterations after which a state's interval that still grows is widened to all of its format. */
const MAX_ITERATIONS = 4096;

/**
 * The graph with every expression's interval, for inputs in `input`, over ticks without end: states start at {0} and
 * grow to a fixpoint of the recurrence.
 */
export function boundGraph<O extends string>(graph: FixedGraph<O>, input: Range): FixedGraph<O> {
  const states = new Map<string, Range>(graph.states.map((s) => [s.name, { low: 0n, high: 0n }]));
  for (let iteration = 0; ; iteration++) {
    const ranges = evaluate(graph, input, states);
    let stable = true;
    for (const state of graph.states) {
      const before = states.get(state.name) as Range;
      const after = hull(before, ranges.get(state.next) as Range);
      if (after.low === before.low && after.high === before.high) continue;
      stable = false;
      const whole = formatRange(state.format);
      const held = after.low >= whole.low && after.high <= whole.high;
      invariant(held || iteration < 2 * MAX_ITERATIONS, `state '${state.name}' outgrows its format`);
      states.set(state.name, iteration < MAX_ITERATIONS ? after : hull(after, whole));
    }
    if (stable) {
      return { ...graph, exprs: graph.exprs.map((e) => ({ ...e, range: ranges.get(e.id) as Range })) };
    }
  }
}

function evaluate(
  graph: FixedGraph<string>,
  input: Range,
  states: ReadonlyMap<string, Range>,
): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>();
  const of = (id: string): Range => ranges.get(id) as Range;
  for (const expr of graph.exprs) ranges.set(expr.id, exprRange(expr, of, input, states));
  return ranges;
}
