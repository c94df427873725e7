import type { Errors } from "../../analysis/bound-errors.js";
import { boundReals, type RealRange, rangesOf, sumRanges } from "../../analysis/bound-reals.js";
import type { StateBound } from "../../ir/fixed.js";
import { operandsOf, type Recurrence, type SpikingLayer } from "../../ir/spiking.js";

/** No interval is known. */
export const anything: RealRange = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** Per source the largest error of the potential, and of what is compared to give the spike. */
export function atPotential(
  graph: SpikingLayer["post"],
  errors: Errors,
  channels: number,
  sources: number,
): readonly number[] {
  const ids = [graph.outputs.potential, ...decidersOf(graph)];
  return Array.from({ length: sources }, (_, i) =>
    Math.max(...ids.flatMap((id) => Array.from({ length: channels }, (_, c) => errors(id, c)[i] as number))),
  );
}

/** Per source the largest error of what is written to each state, where it has one: `slack` is of each. */
export function atStates(
  graph: Recurrence<string>,
  errors: Errors,
  channels: number,
  sources: number,
  slack = 0,
): readonly (readonly StateBound[])[] {
  return Array.from({ length: sources }, (_, i) =>
    graph.states.flatMap(({ name, next }) => {
      const bound = Math.max(...Array.from({ length: channels }, (_, c) => errors(next, c)[i] as number));
      return bound === 0 ? [] : [{ state: name, bound: bound + slack }];
    }),
  );
}

/** What is compared so that a spike comes out. */
function decidersOf(graph: SpikingLayer["post"]): readonly string[] {
  const found = new Set<string>();
  const open: string[] = [graph.outputs.spike];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const e = graph.exprs.find((x) => x.id === id);
    if (e?.kind === "compare") found.add(e.a);
    else if (e !== undefined) open.push(...operandsOf(e));
  }
  return [...found];
}

/** Intervals of a real layer's values, for any input; anything where a state is unbounded. */
export function realRanges({ pre, synapse, post }: SpikingLayer) {
  const of = (graph: Recurrence<string>, inputs: readonly RealRange[] | undefined) => {
    const bounds = inputs === undefined ? undefined : boundReals(graph, inputs);
    return bounds?.bounded ? bounds : undefined;
  };
  const before = of(pre, [{ low: 0, high: 1 }]);
  const sums = before && sumRanges(synapse, rangesOf(before, pre.outputs.operand));
  const behind = of(post, sums);
  const look = (bounds: typeof before) => (id: string, c: number) => {
    const channels = bounds?.channels;
    return channels?.[channels.length === 1 ? 0 : c]?.get(id) ?? anything;
  };
  return { pre: look(before), post: look(behind) };
}
