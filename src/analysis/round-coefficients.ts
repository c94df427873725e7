import { coefficients } from "../fixed/per-channel.js";
import type { Recurrence } from "../ir/spiking.js";

/**
 * The graph with the factors that the lowering will multiply by, of `bits` bits. Spikes (comparisons, and the input
 * where that is one) are multiplied by nothing: there a factor stays what it is.
 */
export function roundCoefficients(
  graph: Recurrence<string>,
  bits: number,
  inputIsSpike: boolean,
): Recurrence<string> {
  const kinds = new Map(graph.exprs.map((e) => [e.id, e.kind]));
  const isSpike = (id: string): boolean =>
    kinds.get(id) === "compare" || (inputIsSpike && kinds.get(id) === "input");
  const exprs = graph.exprs.map((e) => {
    if (e.kind !== "scale" || isSpike(e.a) || e.by.every((k) => k === 0)) return e;
    const { integers, exponent } = coefficients(e.by, bits);
    return { ...e, by: integers.map((c) => Number(c) * 2 ** exponent) };
  });
  return { ...graph, exprs };
}
