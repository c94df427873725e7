import { operandsOf, type Recurrence, type SpikingExpr, type SpikingModel } from "../ir/spiking.js";
import type { Pass } from "./pass.js";

/**
 * Writes what is left of a value after itself, or nothing, was taken from it as one choice. As a difference it has twice
 * the range, and bits of its own.
 *
 *     kept = spike ? v : 0                                    (snnTorch's reset "zero": base − reset·base)
 *     next = v − kept          →   next = spike ? 0 : v
 *
 * Preserves: every value, also in doubles: v − v is 0 and v − 0 is v.
 */
export const foldResets: Pass<SpikingModel, SpikingModel, undefined> = {
  name: "fold-resets",
  summary: "writes v - (spike ? v : 0) as spike ? 0 : v; changes no value",
  run(model) {
    const layers = model.layers.map((layer) => ({
      ...layer,
      pre: folded(layer.pre),
      post: folded(layer.post),
    }));
    return { output: { ...model, layers }, diagnostics: [] };
  },
};

function folded<O extends string>(graph: Recurrence<O>): Recurrence<O> {
  const byId = new Map(graph.exprs.map((e) => [e.id, e]));
  const exprs = graph.exprs.map((e) => chosen(e, byId));
  return exprs.every((e, i) => e === graph.exprs[i]) ? graph : { ...graph, exprs: used(graph, exprs) };
}

function chosen(e: SpikingExpr, byId: ReadonlyMap<string, SpikingExpr>): SpikingExpr {
  if (e.kind !== "sub") return e;
  const taken = byId.get(e.b);
  if (taken?.kind !== "select") return e;
  const isZero = (id: string): boolean => {
    const c = byId.get(id);
    return c?.kind === "constant" && c.value.every((value) => value === 0);
  };
  const { id, origin, a } = e;
  const { condition } = taken;
  if (taken.a === a && isZero(taken.b)) return { kind: "select", id, origin, condition, a: taken.b, b: a };
  if (taken.b === a && isZero(taken.a)) return { kind: "select", id, origin, condition, a, b: taken.a };
  return e;
}

/** Of the expressions those that an output or a state needs: what was taken away is often read by nothing else. */
function used<O extends string>(graph: Recurrence<O>, exprs: readonly SpikingExpr[]): readonly SpikingExpr[] {
  const needed = new Set<string>([
    ...Object.values<string>(graph.outputs),
    ...graph.states.map((s) => s.next),
  ]);
  for (const e of [...exprs].reverse()) if (needed.has(e.id)) for (const id of operandsOf(e)) needed.add(id);
  return exprs.filter((e) => needed.has(e.id) || e.kind === "input" || e.kind === "state");
}
