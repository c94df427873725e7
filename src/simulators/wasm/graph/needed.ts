import { type FixedExpr, type FixedGraph, fixedOperandsOf } from "../../../ir/fixed.js";
import { type Lane, laneOf } from "../memory.js";

/** Expressions that a result or a state needs, in order. */
export function needed(graph: FixedGraph<string>, outputs: readonly string[]): readonly FixedExpr[] {
  const used = new Set([...outputs, ...graph.states.map((s) => s.next)]);
  for (const e of [...graph.exprs].reverse())
    if (used.has(e.id)) for (const id of fixedOperandsOf(e)) used.add(id);
  return graph.exprs.filter((e) => used.has(e.id));
}

/** The lanes of a state: those that hold the value read and the value written. */
export function stateLane(graph: FixedGraph<string>, name: string, next: string): Lane {
  const read = graph.exprs.filter((e) => (e.kind === "state" && e.state === name) || e.id === next);
  return read.some((e) => laneOf(e.range) === "i64") ? "i64" : "i32";
}
