import {
  conv,
  dcllLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
} from "../ir/builders.js";
import type { SpikingModel } from "../ir/spiking.js";
import { random } from "./random-model.js";

/**
 * Two DCLL layers with their traces before the synapse, a convolution with a pool and a linear layer with refractory
 * states, and a readout: small enough to print, with one of everything that a stage is made of.
 */
export function smallModel(): SpikingModel {
  const r = random(1);
  const weights = (count: number) =>
    quantisedWeights(
      Array.from({ length: count }, () => r.int(-127, 127)),
      2 ** -7,
    );
  const quantisers = {
    eps0: quantiser(12, 6, "floor"),
    eps1: quantiser(12, 4),
    arp: quantiser(12, 8, "half_to_pos_inf"),
  };
  const base = { form: "pre", alpha: 0.9375, alphas: 0.875, quantisers } as const;
  const first = dcllLayer({
    ...base,
    name: "layer1",
    input: shape(3, 6, 5),
    synapse: conv({ outChannels: 2, kernel: [3, 2], padding: [1, 0, 1, 0], weights: weights(36) }),
    bias: [-0.5, 0.25],
    pool: { height: 2, width: 2 },
  });
  const second = dcllLayer({
    ...base,
    name: "layer2",
    input: first.sent,
    synapse: linear(first.sent, 4, weights(48)),
    bias: -1,
    refractory: { decay: 0.75, weight: 1 },
  });
  const logits = readout({ layer: second, classes: 3, weights: weights(12), bias: [0.5, 0, -0.5] });
  return network("small", [first, second], [logits]);
}
