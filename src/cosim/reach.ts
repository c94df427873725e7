import type { Stimulus } from "../data/stimulus.js";
import type { FixedLayer, FixedModel } from "../ir/fixed.js";
import { sizeOf, sumsOf } from "../ir/spiking.js";
import type { TickTrace } from "../simulators/trace.js";

/** How much of something a run reached. */
export interface Reached {
  readonly total: number;
  readonly reached: number;
}

/** What the input of a run reached in a layer: of the rest the run says nothing. */
export interface LayerReach {
  readonly layer: string;
  /** Weights whose tap met an event inside the map. */
  readonly weights: Reached;
  /** Thresholds, one an output channel, that were compared on both sides: a spike and none. */
  readonly thresholds: Reached;
  /** Neurons that fired, the others stayed silent. Of a layer that pools: its windows. */
  readonly neurons: Reached;
}

/** Kinds of what is reached, in the order in which they are said. */
export const reachKinds = ["weights", "thresholds", "neurons"] as const;

/** Watches a run, tick by tick, and says what of the network it reached. */
export function reachCollector(model: FixedModel, stimulus: Stimulus) {
  const input = new Uint32Array(sizeOf(model.input));
  const spiked = model.layers.map((layer) => new Uint32Array(sizeOf(layer.sent)));
  let ticks = 0;
  return {
    tick({ sample, tick, spikes }: Pick<TickTrace, "sample" | "tick" | "spikes">): void {
      ticks++;
      const events = stimulus.active(sample, tick);
      for (let k = 0; k < events.length; k++) (input[events[k] as number] as number)++;
      spikes.forEach((layer, l) => {
        const counts = spiked[l] as Uint32Array;
        for (let i = 0; i < layer.length; i++) (counts[i] as number) += layer[i] as number;
      });
    },
    collected: (): readonly LayerReach[] =>
      model.layers.map((layer, l) => {
        const [before, own] = [l === 0 ? input : (spiked[l - 1] as Uint32Array), spiked[l] as Uint32Array];
        return {
          layer: layer.name,
          weights: reachedWeights(layer, before),
          thresholds: comparedThresholds(layer, own, ticks),
          neurons: { total: own.length, reached: own.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0) },
        };
      }),
  };
}

/** Weights whose tap an event met: an event meets a tap if the sum that it would add to is one of the map's. */
function reachedWeights(layer: FixedLayer, events: Uint32Array): Reached {
  const { synapse, input } = layer;
  const output = sumsOf(layer);
  const { kernel, stride, padding, weights, outChannels } = synapse;
  const tapsOf = (axis: 0 | 1, size: number, outputs: number): readonly (readonly number[])[] =>
    Array.from({ length: size }, (_, place) =>
      Array.from({ length: kernel[axis] }, (_, tap) => tap).filter((tap) => {
        const at = place + padding[axis] - tap;
        return at >= 0 && at % stride[axis] === 0 && at / stride[axis] < outputs;
      }),
    );
  const rows = tapsOf(0, input.height, output.height);
  const columns = tapsOf(1, input.width, output.width);
  const met = new Uint8Array(input.channels * kernel[0] * kernel[1]);
  events.forEach((count, place) => {
    if (count === 0) return;
    const channel = Math.floor(place / (input.height * input.width));
    const y = Math.floor(place / input.width) % input.height;
    for (const row of rows[y] as readonly number[])
      for (const column of columns[place % input.width] as readonly number[])
        met[(channel * kernel[0] + row) * kernel[1] + column] = 1;
  });
  const taps = met.reduce((sum, n) => sum + n, 0);
  return { total: weights.length, reached: taps * outChannels };
}

/** Channels in which a place spiked in a tick, and a place (the same or another) did not. */
function comparedThresholds({ sent }: FixedLayer, spiked: Uint32Array, ticks: number): Reached {
  const plane = sent.height * sent.width;
  const both = Array.from({ length: sent.channels }, (_, channel) => {
    const counts = spiked.subarray(channel * plane, (channel + 1) * plane);
    return counts.some((n) => n > 0) && counts.some((n) => n < ticks);
  });
  return { total: sent.channels, reached: both.filter((compared) => compared).length };
}

/** The share that was reached, in percent; a layer without such a thing has all of it. */
export const shareOf = ({ total, reached }: Reached): number => (total === 0 ? 100 : (100 * reached) / total);
