import type { FixedLayer } from "../ir/fixed.js";
import { type PerChannel, type SpikingLayer, sizeOf } from "../ir/spiking.js";
import { thresholdOf } from "../passes/deviations/layer-bounds.js";
import type { Compiled } from "../pipeline.js";
import { type LayerState, stepLayer } from "../simulators/golden.js";
import { type RealLayerState, realWeights, stepRealLayer } from "../simulators/reference.js";
import { randomStimulus } from "./random-model.js";

const at = (values: PerChannel, i: number, elements: number): number =>
  values[values.length === 1 ? 0 : Math.floor((i * values.length) / elements)] as number;

/** What the integers of a layer did that got the real network's own spikes and states before every tick. */
export interface DrivenLayer {
  readonly layer: string;
  readonly bound: number;
  /** The largest |u_fixed − u_real|. */
  readonly error: number;
  /** The largest |u_real − threshold| of a spike that differs; none where nothing differs, or spikes are pooled. */
  readonly flipped: number | undefined;
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
    return { layer: layer.name, bound, error: driven.error, flipped: driven.flipped };
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
  let error = 0;
  let flipped: number | undefined;
  const sent = inputs.map((spikes) => {
    const integers = stepLayer(made, integersOf(made, state), Uint8Array.from(spikes));
    const real = stepRealLayer(layer, weights, state, spikes);
    real.potential.forEach((u, i) => {
      const computed = Number(integers.potentials[i]) * at(scale, i, neurons) + at(offset, i, neurons);
      error = Math.max(error, Math.abs(computed - u));
      if (layer.pool !== undefined || thresholds === undefined || integers.spikes[i] === real.sent[i]) return;
      flipped = Math.max(flipped ?? 0, Math.abs(u - at(thresholds, i, neurons)));
    });
    return real.sent;
  });
  return { sent, error, flipped };
}

/** The greatest part of its bound that a layer needed: above 1 the bound is wrong. Doubles may be off by 1e-9. */
export const shareOf = ({ bound, error, flipped }: DrivenLayer): number => {
  if (bound > 0) return Math.max(error, flipped ?? 0) / bound;
  return error < 1e-9 && flipped === undefined ? 0 : Number.POSITIVE_INFINITY;
};
