import {
  conv,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
} from "../../../src/ir/builders.js";
import type { Design } from "../../../src/ir/design.js";
import { type Shape, type SpikingModel, sizeOf } from "../../../src/ir/spiking.js";
import { boundRanges } from "../../../src/passes/bound-ranges.js";
import { checkDesign } from "../../../src/passes/check-design.js";
import { lowerToFixed } from "../../../src/passes/lower-to-fixed.js";
import { mapStages } from "../../../src/passes/map-stages.js";
import { random } from "../../../src/testing/random-model.js";

/** A convolution and a linear layer whose states remember ticks long gone; with a readout, or spikes leave the core. */
function model(name: string, input: Shape, classes: number): SpikingModel {
  const { int } = random(7);
  const weights = (count: number) =>
    quantisedWeights(
      Array.from({ length: count }, () => int(-60, 100)),
      2 ** -7,
    );
  const common = { decay: 0.9375, reset: "subtract", quantisers: { u: quantiser(14, 8) } } as const;
  const synapse = conv({
    outChannels: 4,
    kernel: [3, 2],
    padding: [1, 0, 1, 0],
    weights: weights(24 * input.channels),
  });
  const first = lifLayer({ ...common, name: "first", input, synapse });
  const second = lifLayer({
    ...common,
    name: "second",
    input: first.sent,
    synapse: linear(first.sent, 6, weights(6 * sizeOf(first.sent))),
  });
  const logits = readout({ layer: second, classes, weights: weights(6 * classes), bias: [0, 0.5, -0.5] });
  return network(name, [first, second], classes === 0 ? [] : [logits]);
}

/** Its design with an engine for each layer. */
function mapped(
  from: SpikingModel,
  first: "dense" | "event",
  second: "dense" | "event",
  guardInput = true,
): Design {
  const fixed = boundRanges.run(lowerToFixed.run(from, { coefficientBits: 17 }).output, undefined).output;
  const layers = { first: { engine: first }, second: { engine: second } };
  const goal = { targetCyclesPerTick: undefined, multiplierBudget: 1 };
  const lanes = { pe: "auto", simd: "auto", layers, acts: 1 } as const;
  const { output, diagnostics } = mapStages.run(fixed, { ...lanes, guardInput, ...goal });
  if (diagnostics.length > 0) throw new Error(diagnostics.map((d) => d.text).join("\n"));
  return checkDesign.run(output, undefined).output;
}

const events = model("event", shape(3, 6, 5), 0);

/**
 * What streams are sent to: both engines, and one behind the other; a guard of words before a map with an outside on each
 * axis, and one of flip-flops before a small map; cores that send spikes, and one that sends classes.
 */
export const designs = {
  "a dense core that sends spikes": () => mapped(model("dense", shape(3, 6, 5), 0), "dense", "dense"),
  "a core on events that sends spikes": () => mapped(events, "event", "event"),
  "a mixed core that sends classes": () => mapped(model("mixed", shape(1, 3, 2), 3), "event", "dense"),
} as const;

/** A core on events that relies on its sender. */
export const unguarded = (): Design => mapped(events, "event", "event", false);
