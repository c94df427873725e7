import type { FixedLayer } from "../ir/fixed.js";
import { type PerChannel, type SpikingLayer, sizeOf } from "../ir/spiking.js";
import { stateBoundsOf, thresholdOf } from "../passes/deviations/layer-bounds.js";
import type { Compiled } from "../pipeline.js";
import { type LayerState, stepLayer } from "../simulators/golden.js";
import { type RealLayerState, realWeights, stepRealLayer } from "../simulators/reference.js";
import { randomStimulus } from "./random-model.js";

const at = (values: PerChannel, i: number, elements: number): number =>
  values[values.length === 1 ? 0 : Math.floor((i * values.length) / elements)] as number;

/** Part of its bound that an error is; doubles may be off by 1e-9. */
const partOf = (error: number, bound: number): number =>
  bound > 0 ? error / bound : error < 1e-9 ? 0 : Number.POSITIVE_INFINITY;

/** What the integers of a layer did that got the real network's own spikes and states before every tick. */
export interface DrivenLayer {
  readonly layer: string;
  readonly bound: number;
  /** The largest |u_fixed − u_real|. */
  readonly error: number;
  /** The largest |u_real − threshold| of a spike that differs; none where nothing differs. */
  readonly flipped: number | undefined;
  /** By state: its bound, and the largest |x_fixed − x_real| that is written where the spike is the real one's. */
  readonly states: readonly { readonly state: string; readonly bound: number; readonly error: number }[];
}

/** The states of the integers that stand for those of the real network. */
function integersOf(fixed: FixedLayer, state: RealLayerState): LayerState {
  const words = (part: "pre" | "post") =>
    new Map(
      fixed[part].states.map(({ name, format, scale }) => {
        const real = state[part].get(name) as Float64Array;
        const high = 2 ** (format.width - (format.signed ? 1 : 0)) - 1;
        const low = format.signed ? -high - 1 : 0;
        const word = (x: number, i: number): number => Math.round(x / at(scale, i, real.length));
        return [name, Array.from(real, (x, i) => BigInt(Math.min(high, Math.max(low, word(x, i)))))] as const;
      }),
    );
  return { pre: words("pre"), post: words("post") };
}

/** Runs every layer alone for some ticks of random spikes, driven by the real network tick by tick. */
export function drivenRun(
  { prepared, fixed }: Pick<Compiled, "prepared" | "fixed">,
  seed: number,
  ticks: number,
): readonly DrivenLayer[] {
  const stimulus = randomStimulus(seed, prepared.input, 1, ticks);
  let inputs: readonly Float64Array[] = Array.from({ length: ticks }, (_, t) => {
    const spikes = new Float64Array(sizeOf(prepared.input));
    for (const i of Array.from(stimulus.active(0, t))) spikes[i] = 1;
    return spikes;
  });
  return prepared.layers.map((layer, l) => {
    const made = fixed.layers[l] as FixedLayer;
    const own = fixed.deviations.filter((d) => d.layer === layer.name);
    const bound = own.reduce((sum, d) => sum + d.bound, 0);
    const driven = drivenLayer(layer, made, inputs);
    inputs = driven.sent;
    const bounds = new Map(stateBoundsOf(own).map((b) => [b.state, b.bound]));
    const states = [...driven.off].map(([state, error]) => ({
      state,
      bound: bounds.get(state) ?? 0,
      error,
    }));
    return { layer: layer.name, bound, error: driven.error, flipped: driven.flipped, states };
  });
}

function drivenLayer(layer: SpikingLayer, made: FixedLayer, inputs: readonly Float64Array[]) {
  const zeros = (part: "pre" | "post", elements: number) =>
    new Map(layer[part].states.map((s) => [s.name, new Float64Array(elements)]));
  const neurons = sizeOf(layer.output);
  const state = { pre: zeros("pre", sizeOf(layer.input)), post: zeros("post", neurons) };
  const weights = realWeights(layer.synapse.weights, layer.synapse.outChannels);
  const thresholds = thresholdOf(layer.post);
  const { scale, offset } = made.potential;
  const bare = { fixed: { ...made, pool: undefined }, real: { ...layer, pool: undefined } };
  let error = 0;
  let flipped: number | undefined;
  const off = new Map<string, number>();
  const sent = inputs.map((spikes) => {
    const stored = integersOf(made, state);
    const before = { pre: new Map(state.pre), post: new Map(state.post) };
    const integers = stepLayer(bare.fixed, stored, Uint8Array.from(spikes));
    const { sent: fired } = stepRealLayer(bare.real, weights, before, spikes);
    const real = stepRealLayer(layer, weights, state, spikes);
    real.potential.forEach((u, i) => {
      const computed = Number(integers.potentials[i]) * at(scale, i, neurons) + at(offset, i, neurons);
      error = Math.max(error, Math.abs(computed - u));
      if (thresholds === undefined || integers.spikes[i] === fired[i]) return;
      flipped = Math.max(flipped ?? 0, Math.abs(u - at(thresholds, i, neurons)));
    });
    for (const part of ["pre", "post"] as const)
      for (const { name, scale: unit } of made[part].states) {
        const need = state[part].get(name);
        const words = stored[part].get(name) as readonly bigint[];
        // A state that was moved here from another place is none of the real network's.
        need?.forEach((x, i) => {
          if (part === "post" && integers.spikes[i] !== fired[i]) return;
          const have = Number(words[i]) * at(unit, i, need.length);
          off.set(name, Math.max(off.get(name) ?? 0, Math.abs(have - x)));
        });
      }
    return real.sent;
  });
  return { sent, error, flipped, off };
}

/** The greatest part of a bound that a layer needed, of its potential or a state: above 1 the bound is wrong. */
export function shareOf({ bound, error, flipped, states }: DrivenLayer): number {
  const ofStates = states.map((s) => partOf(s.error, s.bound));
  const spikes = flipped === undefined ? 0 : bound > 0 ? flipped / bound : Number.POSITIVE_INFINITY;
  return Math.max(partOf(error, bound), spikes, ...ofStates);
}
