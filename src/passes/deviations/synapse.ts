import type { ErrorSource } from "../../analysis/bound-errors.js";
import { type RealRange, sumRanges } from "../../analysis/bound-reals.js";
import type { SpikingLayer, Synapse } from "../../ir/spiking.js";
import type { Cause } from "./sources.js";

/** What an error of the operand, per input channel, is of the sums, per output channel. */
export function throughSynapse(
  synapse: Synapse,
  inputs: number,
  error: (channel: number) => number,
): ErrorSource {
  const ranges = Array.from({ length: inputs }, (_, c) => ({ low: -error(c), high: error(c) }));
  const input = sumRanges(synapse, ranges).map(({ low, high }) => Math.max(-low, high));
  return { input, operand: new Map(), value: new Map() };
}

/** Weights that were real, as integers. */
export function weightCauses(
  prepared: SpikingLayer,
  spiking: SpikingLayer,
  operands: readonly RealRange[],
): readonly Cause[] {
  const { weights, outChannels } = prepared.synapse;
  const made = spiking.synapse.weights;
  if (weights.kind !== "real" || made.kind !== "quantised") return [];
  const columns = weights.values.length / outChannels;
  const scale = (i: number): number =>
    (made.scale.length === 1 ? made.scale[0] : made.scale[Math.floor(i / columns)]) as number;
  const off = weights.values.map((w, i) => (made.raw[i] as number) * scale(i) - w);
  const squares = (values: Float64Array): number => values.reduce((s, x) => s + x * x, 0);
  const total = squares(weights.values);
  const sums = sumRanges({ ...prepared.synapse, weights: { kind: "real", values: off } }, operands);
  return [
    {
      kind: "weight",
      where: spiking.name,
      text: `real weights are rounded to ${made.bits} bits, and clipped`,
      relativeError: total === 0 ? 0 : Math.sqrt(squares(off) / total),
      input: sums.map(({ low, high }) => Math.max(-low, high)),
      operand: new Map(),
      value: new Map(),
    },
  ];
}
