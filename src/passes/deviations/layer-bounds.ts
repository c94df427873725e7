import { type Deviation, type FixedModel, isExact, type StateBound } from "../../ir/fixed.js";
import { exprOf, type SpikingLayer, type SpikingModel } from "../../ir/spiking.js";

/** How far a layer's membrane potential is at most from the real one after one tick: the sum over its deviations. */
export interface LayerBound {
  readonly layer: string;
  readonly bound: number;
  /** Likewise of the states that such a tick writes (StateBound); those that aren't named are exact. */
  readonly states: readonly StateBound[];
  /** The least magnitude of a channel's threshold; 0 where the potential is compared with 0, null with no constant. */
  readonly threshold: number | null;
}

/** The bounds of the layers that have a deviation which isn't exact. */
export function layerBounds(trained: SpikingModel, { deviations }: FixedModel): readonly LayerBound[] {
  return trained.layers.flatMap((layer) => {
    const own = deviations.filter((d) => d.layer === layer.name && !isExact(d));
    if (own.length === 0) return [];
    const bound = own.reduce((sum, d) => sum + d.bound, 0);
    const thresholds = thresholdOf(layer.post);
    const threshold = thresholds === undefined ? null : Math.min(...thresholds.map(Math.abs));
    return [{ layer: layer.name, bound, states: stateBoundsOf(own), threshold }];
  });
}

/** By state: the sum over the deviations of a layer. */
export function stateBoundsOf(deviations: readonly Deviation[]): readonly StateBound[] {
  const sums = new Map<string, number>();
  for (const { state, bound } of deviations.flatMap((d) => d.stateBounds))
    sums.set(state, (sums.get(state) ?? 0) + bound);
  return [...sums].map(([state, bound]) => ({ state, bound }));
}

/** What a layer's potential is compared with, per channel or for all; undefined where that is no constant. */
export function thresholdOf(graph: SpikingLayer["post"]): readonly number[] | undefined {
  const spike = exprOf(graph, graph.outputs.spike);
  if (spike.kind !== "compare") return undefined;
  if (spike.a === graph.outputs.potential) return [0];
  const excess = exprOf(graph, spike.a);
  if (excess.kind !== "sub" || excess.a !== graph.outputs.potential) return undefined;
  const level = exprOf(graph, excess.b);
  return level.kind === "constant" ? level.value : undefined;
}
