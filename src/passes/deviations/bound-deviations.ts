import { boundErrors } from "../../analysis/bound-errors.js";
import type { RealRange } from "../../analysis/bound-reals.js";
import type { Deviation, StateBound } from "../../ir/fixed.js";
import type { PerChannel, Recurrence, SpikingLayer } from "../../ir/spiking.js";
import type { LoweredGraph } from "../lowering/graph.js";
import { movedTraces } from "./moved-traces.js";
import { anything, atPotential, atStates, realRanges } from "./potential.js";
import { type Cause, chosenStates, roundingCauses, stateCauses } from "./sources.js";
import { throughSynapse, weightCauses } from "./synapse.js";

/** A layer on its way to integers: as it was trained, as formats were chosen for it, and with them. */
export interface LayerForms {
  readonly trained: SpikingLayer;
  readonly prepared: SpikingLayer;
  readonly spiking: SpikingLayer;
  readonly pre: LoweredGraph<"operand">;
  readonly post: LoweredGraph<"spike" | "potential">;
}

/** Part of a layer's largest value that the rounding of doubles is taken to be at most, in the network they compute. */
const DOUBLES = 2 ** -40;

/**
 * All that a layer's integers change, each with its share of a proved bound on the membrane potential after one tick
 * (Deviation.bound) and on what it writes to states: roundings of the lowering, formats that were chosen, and traces that lost their quantisers.
 */
export function boundDeviations(forms: LayerForms): readonly Deviation[] {
  return [...movedTraces(forms.trained, forms.prepared), ...chosenAndRounded(forms)];
}

/** Against the prepared layer: weights, states' formats, and every rounding of the lowering. */
function chosenAndRounded({ prepared, spiking, pre, post }: LayerForms): readonly Deviation[] {
  const [inputs, outputs] = [spiking.input.channels, spiking.output.channels];
  const before = chosenStates(spiking.pre, prepared.pre);
  const behind = chosenStates(spiking.post, prepared.post);
  const real = before.states.length + behind.states.length > 0 ? realRanges(prepared) : undefined;
  const preCauses = [
    ...roundingCauses(spiking.pre, pre),
    ...stateCauses(spiking.pre, before.states, (id, c) => real?.pre(id, c) ?? anything, inputs),
  ];
  const postCauses = [
    ...roundingCauses(spiking.post, post),
    ...stateCauses(spiking.post, behind.states, (id, c) => real?.post(id, c) ?? anything, outputs),
  ];
  const operand = spiking.pre.outputs.operand;
  const preRange = computedRange(pre);
  const preErrors = boundErrors({
    graph: spiking.pre,
    channels: inputs,
    sources: preCauses,
    dropped: before.quantisers,
    range: preRange,
  });
  const preDoubles = DOUBLES * largest(spiking.pre, preRange, inputs);
  const preStates = atStates(spiking.pre, preErrors, inputs, preCauses.length, preDoubles);
  const operands = Array.from({ length: inputs }, (_, c) => preRange(operand, c));
  const causes: readonly Cause[] = [
    ...preCauses.map((cause, i) => ({
      ...throughSynapse(prepared.synapse, inputs, (c) => preErrors(operand, c)[i] as number),
      ...saidOf(cause),
    })),
    ...weightCauses(prepared, spiking, operands),
    ...postCauses,
  ];
  if (causes.length === 0) return [];
  const range = computedRange(post);
  const request = {
    graph: spiking.post,
    channels: outputs,
    sources: causes,
    dropped: behind.quantisers,
    range,
  };
  const doubles = DOUBLES * largest(spiking.post, range, outputs);
  const bounds = atPotential(spiking.post, boundErrors(request), outputs, causes.length);
  const ofAlike = boundErrors({ ...request, alike: spiking.post.outputs.spike });
  const states = atStates(spiking.post, ofAlike, outputs, causes.length, doubles);
  return causes.map((cause, i) => ({
    ...saidOf(cause),
    layer: spiking.name,
    bound: bounds[i] === 0 ? 0 : (bounds[i] as number) + doubles,
    stateBounds: [...(preStates[i] ?? []), ...(states[i] as readonly StateBound[])],
  }));
}

const saidOf = ({ kind, where, text, relativeError }: Cause) => ({ kind, where, text, relativeError });

/** Intervals of what the integers compute, in real units. */
function computedRange({ graph, values }: LoweredGraph<string>): (id: string, channel: number) => RealRange {
  const ranges = new Map(graph.exprs.map((e) => [e.id, e.range]));
  const of = (list: PerChannel, c: number): number => (list.length === 1 ? list[0] : list[c]) as number;
  return (id, c) => {
    const v = values.get(id);
    if (v === undefined) return anything;
    const { low, high } = (v.id === undefined ? undefined : ranges.get(v.id)) ?? { low: 0n, high: 0n };
    const [scale, offset] = [of(v.scale, c), of(v.offset, c)];
    return { low: Number(low) * scale + offset, high: Number(high) * scale + offset };
  };
}

function largest(
  graph: Recurrence<string>,
  range: (id: string, channel: number) => RealRange,
  channels: number,
): number {
  const of = (id: string, c: number): number => {
    const { low, high } = range(id, c);
    return Math.max(-low, high);
  };
  return Math.max(...graph.exprs.flatMap((e) => Array.from({ length: channels }, (_, c) => of(e.id, c))), 0);
}
