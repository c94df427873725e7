import type { FixedLayer, FixedModel } from "../../src/ir/fixed.js";
import { type Shape, sizeOf } from "../../src/ir/spiking.js";
import { stateBoundsOf } from "../../src/passes/deviations/layer-bounds.js";
import { type LayerOutput, type LayerState, stepLayer } from "../../src/simulators/golden.js";
import type { Case, ExactArray, ExpectedLayer } from "./case.js";
import { inUnits, realOf } from "./exact.js";

/** Whether every deviation of a network has a finite bound. */
export const isBounded = ({ deviations }: FixedModel): boolean =>
  deviations.every((d) => [d, ...d.stateBounds].every(({ bound }) => Number.isFinite(bound)));

/** The sum of a layer's bounds, in the potential's real unit. */
const boundOf = ({ deviations }: FixedModel, { name }: FixedLayer): number =>
  deviations.reduce((sum, d) => (d.layer === name ? sum + d.bound : sum), 0);

/**
 * Every layer and tick of a network that lists deviations, driven by the oracle's own spikes and states: what differs by
 * more than the layer's bound.
 */
export function judge(from: Case, model: FixedModel): readonly string[] {
  const perSample = (from.events[0] as readonly unknown[]).length;
  const ticks = from.events.length * perSample;
  return model.layers.flatMap((layer, l) => {
    const bound = boundOf(model, layer);
    const own = model.deviations.filter((d) => d.layer === layer.name);
    const stateBounds = new Map(stateBoundsOf(own).map((s) => [s.state, s.bound]));
    const bare = { ...layer, pool: undefined };
    for (let t = 0; t < ticks; t++) {
      const states = statesBefore(from, layer, t, t % perSample === 0);
      const spikes = inputOf(from, model.input, l, t);
      const made = stepLayer(bare, states, spikes);
      const potentials = potentialsOf(from, l, t, sizeOf(layer.output));
      const alike = (i: number): boolean => {
        const { u, threshold } = potentials[i] as Potentials[number];
        return made.spikes[i] === spikeOf(layer, u, threshold);
      };
      const said =
        judgeNeurons(layer, bound, potentials, made) ??
        judgeStates(from, layer, stateBounds, t, states, alike);
      if (said !== undefined) return [`sample ${Math.floor(t / perSample)}, tick ${t % perSample}: ${said}`];
    }
    return [];
  });
}

/** The oracle's states before tick `t`, each rounded to its unit. */
function statesBefore(from: Case, layer: FixedLayer, t: number, fresh: boolean): LayerState {
  const side = (graph: FixedLayer["pre"] | FixedLayer["post"], shape: Shape): Map<string, bigint[]> =>
    new Map(
      graph.states.map(({ name, scale }) => {
        const size = sizeOf(shape);
        const expected = from.expected.states[name] as ExactArray;
        const at = (t - 1) * size;
        const of = (i: number): bigint =>
          fresh ? 0n : inUnits(expected, at + i, ofElement(scale, i, shape)).nearest;
        return [name, Array.from({ length: size }, (_, i) => of(i))];
      }),
    );
  return { pre: side(layer.pre, layer.input), post: side(layer.post, layer.output) };
}

/** What the layer reads in tick `t`: the network's input, or what the oracle says that the layer before sends. */
function inputOf(from: Case, input: Shape, l: number, t: number): Uint8Array {
  if (l > 0) {
    const { num } = (from.expected.layers[l - 1] as ExpectedLayer).spikes;
    const size = num.length / (from.events.length * (from.events[0] as readonly unknown[]).length);
    return Uint8Array.from(num.slice(t * size, (t + 1) * size), Number);
  }
  const perSample = (from.events[0] as readonly unknown[]).length;
  const spikes = new Uint8Array(sizeOf(input));
  for (const i of from.events[Math.floor(t / perSample)]?.[t % perSample] ?? []) spikes[i] = 1;
  return spikes;
}

/**
 * What is compared, and its threshold: 0 where both sides move, as the potential is then their difference; and what the
 * layer shows as its potential, undefined where that is its spikes.
 */
function potentialsOf(from: Case, l: number, t: number, neurons: number) {
  const { left, right, shown } = from.expected.layers[l] as ExpectedLayer;
  const moves = from.layers[l]?.moves;
  return Array.from({ length: neurons }, (_, i) => {
    const [a, b] = [realOf(left, t * neurons + i), realOf(right, t * neurons + i)];
    if (moves) return { u: a - b, threshold: 0, shown: shown && a - b };
    return { u: a, threshold: b, shown: shown && realOf(shown, t * neurons + i) };
  });
}

type Potentials = ReturnType<typeof potentialsOf>;

function judgeNeurons(
  layer: FixedLayer,
  bound: number,
  potentials: Potentials,
  { spikes, potentials: have }: LayerOutput,
): string | undefined {
  const { scale, offset } = layer.potential;
  for (const [i, { u, threshold, shown }] of potentials.entries()) {
    const of = (values: readonly number[]): number => ofElement(values, i, layer.output);
    const fixed = Number(have[i]) * of(scale) + of(offset);
    // Doubles round.
    const slack = bound * (1 + 1e-9) + 1e-12 * Math.max(1, Math.abs(u), Math.abs(threshold));
    const what = `neuron ${i} of '${layer.name}'`;
    if (shown !== undefined && Math.abs(fixed - shown) > slack)
      return `${what}: its potential is ${fixed}, not ${shown}, bound ${bound}`;
    if (spikes[i] !== spikeOf(layer, u, threshold) && Math.abs(u - threshold) > slack)
      return `${what}: its spike is ${spikes[i]} at ${u}, threshold ${threshold}, bound ${bound}`;
  }
  return undefined;
}

function spikeOf({ post }: FixedLayer, u: number, threshold: number): number {
  const spike = post.exprs.find(({ id }) => id === post.outputs.spike);
  if (spike?.kind !== "compare") throw new Error("compiler bug: a layer's spike is no comparison");
  return u > threshold || (spike.orEqual && u === threshold) ? 1 : 0;
}

/** States of neurons that spike alike, each within the bound of its own. */
function judgeStates(
  from: Case,
  layer: FixedLayer,
  bounds: ReadonlyMap<string, number>,
  t: number,
  { pre, post }: LayerState,
  alike: (neuron: number) => boolean,
): string | undefined {
  for (const { name, scale } of [...layer.pre.states, ...layer.post.states]) {
    const [values, shape] = pre.has(name) ? [pre.get(name), layer.input] : [post.get(name), layer.output];
    const bound = bounds.get(name) ?? 0;
    for (const [i, value] of (values as readonly bigint[]).entries()) {
      if (!pre.has(name) && !alike(i)) continue;
      const unit = ofElement(scale, i, shape);
      const have = Number(value) * unit;
      const need = realOf(from.expected.states[name] as ExactArray, t * sizeOf(shape) + i);
      // Doubles round.
      if (Math.abs(have - need) > bound * (1 + 1e-9) + 1e-12 * Math.max(1, Math.abs(need)))
        return `element ${i} of state '${name}' of '${layer.name}' is ${have}, not ${need}, unit ${unit}, bound ${bound}`;
    }
  }
  return undefined;
}

const ofElement = (values: readonly number[], i: number, { height, width }: Shape): number =>
  (values.length === 1 ? values[0] : values[Math.floor(i / (height * width))]) as number;
