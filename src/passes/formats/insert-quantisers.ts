import { renameOperands } from "../../ir/builders.js";
import type { Quantiser, Recurrence, SpikingExpr, State } from "../../ir/spiking.js";

/** States whose next value isn't a quantise expression. */
export const openStates = (graph: Recurrence<string>): readonly State[] =>
  graph.states.filter((s) => graph.exprs.find((e) => e.id === s.next)?.kind !== "quantise");

/** Values that are exact as they are: their other readers don't read the stored form. */
const exactKinds: readonly SpikingExpr["kind"][] = ["input", "constant", "state", "compare"];

/** Puts quantisers behind the next values of the states that `formats` names. */
export function insertQuantisers<O extends string>(
  graph: Recurrence<O>,
  formats: ReadonlyMap<string, Quantiser>,
): Recurrence<O> {
  const stored = new Map<string, string>();
  const nexts = new Map<string, string>();
  const current = (id: string): string => stored.get(id) ?? id;
  const ids = new Set(graph.exprs.map((e) => e.id));
  const exprs: SpikingExpr[] = [];
  for (const e of graph.exprs) {
    exprs.push(renameOperands(e, current));
    for (const s of graph.states.filter((s) => s.next === e.id)) {
      const q = formats.get(s.name);
      if (q === undefined) continue;
      let id = `${e.id}_q`;
      while (ids.has(id)) id = `${id}q`;
      ids.add(id);
      exprs.push({ kind: "quantise", id, origin: e.origin, a: e.id, quantiser: q });
      nexts.set(s.name, id);
      if (!exactKinds.includes(e.kind) && !stored.has(e.id)) stored.set(e.id, id);
    }
  }
  if (nexts.size === 0) return graph;
  const outputs = Object.entries<string>(graph.outputs).map(([name, id]) => [name, current(id)]);
  return {
    exprs,
    states: graph.states.map((s) => ({ ...s, next: nexts.get(s.name) ?? current(s.next) })),
    outputs: Object.fromEntries(outputs) as Recurrence<O>["outputs"],
  };
}

/** The format of a value that lies on a quantiser's grid already, whatever the select it comes through. */
export function gridOf(graph: Recurrence<string>, id: string): Quantiser | undefined {
  const e = graph.exprs.find((x) => x.id === id);
  if (e?.kind === "quantise") return e.quantiser;
  if (e?.kind === "compare")
    return { scale: [1], bits: 1, signed: false, narrow: false, rounding: "half_to_pos_inf" };
  if (e?.kind !== "select") return undefined;
  const isZero = (x: string): boolean =>
    graph.exprs.some((c) => c.id === x && c.kind === "constant" && c.value.every((v) => v === 0));
  const [a, b] = [gridOf(graph, e.a), gridOf(graph, e.b)];
  if (isZero(e.a)) return b;
  return isZero(e.b) || JSON.stringify(a) === JSON.stringify(b) ? a : undefined;
}
