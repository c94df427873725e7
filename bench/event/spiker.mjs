// The network that Spiker+ is published with, 784-128-10 of LIF neurons, with random weights.
import { lifLayer, linear, network, quantisedWeights, quantiser, shape } from "../../dist/ir/builders.js";
import { boundRanges } from "../../dist/passes/bound-ranges.js";
import { lowerToFixed } from "../../dist/passes/lower-to-fixed.js";
import { uniform } from "./rates.mjs";

const pixels = 784;
export const steps = 20;

const next = uniform(1);

/** `fraction`: such that potentials need all 24 bits of a state. */
function layer(name, input, neurons, fraction) {
  const raw = Array.from({ length: neurons * input.channels }, () => Math.floor(255 * next()) - 127);
  return lifLayer({
    name,
    input,
    synapse: linear(input, neurons, quantisedWeights(raw, 2 ** -7)),
    decay: 0.9375,
    threshold: 4,
    reset: "subtract",
    quantisers: { u: quantiser(24, fraction) },
  });
}

/** 8-bit weights, 24-bit states, reset by subtraction; spikes of the last layer leave the core. */
export function spikerNetwork() {
  const hidden = layer("hidden", shape(pixels), 128, 11);
  const classes = layer("classes", hidden.sent, 10, 13);
  const model = network("spiker", [hidden, classes]);
  const lowered = lowerToFixed.run(model, { coefficientBits: 17 }).output;
  return boundRanges.run(lowered, undefined).output;
}

/** Images of 20 steps in each of which a share of the pixels spikes, each for itself. */
export function randomImages(samples, share) {
  const draw = uniform(2);
  const ticks = Array.from({ length: samples * steps }, () =>
    Array.from({ length: pixels }, (_, i) => i).filter(() => draw() < share),
  );
  return {
    samples,
    ticks: steps,
    shape: shape(pixels),
    active: (sample, tick) => ticks[sample * steps + tick],
  };
}
