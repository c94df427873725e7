import { coefficients } from "../fixed/per-channel.js";
import type { PerChannel, Recurrence, SpikingExpr } from "../ir/spiking.js";

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

/** A decay whose leak, 1 − |factor|, is rounded worst: the factor, what it rounds to, and the leak's relative error. */
export interface RoundedDecay {
  readonly expr: SpikingExpr;
  readonly factor: number;
  readonly rounded: number;
  readonly error: number;
}

/** The decays of a graph in `bits` bits, each with that of its channels whose leak has the largest relative error. */
export function roundedDecays(
  graph: Recurrence<string>,
  bits: number,
  inputIsSpike: boolean,
): readonly RoundedDecay[] {
  const rounded = roundCoefficients(graph, bits, inputIsSpike);
  return graph.exprs.flatMap((expr, i) => {
    const to = rounded.exprs[i];
    if (expr.kind !== "scale" || to?.kind !== "scale") return [];
    const [worst] = expr.by
      .map((factor, c) => {
        const near = to.by[c] as number;
        return { expr, factor, rounded: near, error: Math.abs(near - factor) / (1 - Math.abs(factor)) };
      })
      .filter(({ factor }) => Math.abs(factor) < 1)
      .sort((a, b) => b.error - a.error);
    return worst === undefined ? [] : [worst];
  });
}

/** A decay that rounds to none: its expression, and what of its factors is below 1 and rounds to 1. */
export interface LostDecay {
  readonly expr: SpikingExpr;
  readonly factors: PerChannel;
}

/** The decays of a graph that `bits` bits leave none of: their states would keep all that they ever got. */
export function lostDecays(
  graph: Recurrence<string>,
  bits: number,
  inputIsSpike: boolean,
): readonly LostDecay[] {
  const rounded = roundCoefficients(graph, bits, inputIsSpike);
  return graph.exprs.flatMap((expr, i) => {
    const to = rounded.exprs[i];
    if (expr.kind !== "scale" || to?.kind !== "scale") return [];
    const factors = expr.by.filter((k, c) => Math.abs(k) < 1 && Math.abs(to.by[c] as number) >= 1);
    return factors.length === 0 ? [] : [{ expr, factors }];
  });
}
