import type { Rounding } from "../../src/fixed/format.js";
import { dcllLayer, integratorLayer, lifLayer, quantiser } from "../../src/ir/builders.js";
import type { Quantiser, SpikingLayer } from "../../src/ir/spiking.js";
import { place } from "./sweeps.js";

/** One layer of every kind that the IR knows, with states of 24 bits and constants of their own for each channel. */

const q = (fraction: number, rounding?: Rounding): Quantiser => quantiser(24, fraction, rounding);
const refractory = { decay: [0.9, 0.8, 0.7, 0.65], weight: [1, 0.5, Math.fround(0.7), 2] };
const decays = { alpha: [0.9375, 0.9, 0.8, 0.75], alphas: [0.875, 0.5, 0.3, 0.7] };
const states = { eps0: q(20), eps1: q(19), arp: q(21) };
const lif = { ...place, decay: [0.9, 0.8, 0.75, 0.3], threshold: [1, 0.5, 0.75, 0.3] };

export const layers: Readonly<Record<string, () => SpikingLayer>> = {
  "DCLL, traces behind the synapse": () =>
    dcllLayer({ ...place, form: "post", ...decays, quantisers: states }),
  "DCLL, traces behind the synapse, refractory": () =>
    dcllLayer({ ...place, form: "post", ...decays, refractory, quantisers: states }),
  "DCLL, delayed, gains, undecayed refractory, spikes at the threshold": () =>
    dcllLayer({
      ...place,
      form: "post",
      ...decays,
      gains: [
        [0.5, 1, 2, 3],
        [1.5, 0.25, 1, 2],
      ],
      delayed: true,
      orEqual: true,
      refractory: { ...refractory, undecayed: true },
      quantisers: states,
    }),
  "DCLL, traces before the synapse, refractory": () =>
    dcllLayer({
      ...place,
      form: "pre",
      alpha: [0.9375, 0.9],
      alphas: [0.875, 0.5],
      refractory,
      quantisers: states,
    }),
  "LIF, reset by subtraction": () => lifLayer({ ...lif, reset: "subtract", quantisers: { u: q(20) } }),
  "LIF, reset to zero, rounded down": () =>
    lifLayer({ ...lif, reset: "zero", orEqual: true, quantisers: { u: q(20, "floor") } }),
  "LIF with a current, units of its own for each channel": () =>
    lifLayer({
      ...lif,
      reset: "subtract",
      current: { decay: [0.5, 0.6, 0.7, 0.8] },
      quantisers: {
        u: { ...q(20, "half_away"), scale: [2 ** -20, 2 ** -19, 2 ** -20, 2 ** -21] },
        i: { ...q(18, "to_zero"), scale: [2 ** -18, 2 ** -18, 2 ** -17, 2 ** -19] },
      },
    }),
  "LIF with a current whose unit is no power of two": () =>
    lifLayer({
      ...lif,
      reset: "zero",
      current: { decay: 0.7 },
      quantisers: { u: { ...q(20), scale: [1.3 * 2 ** -20] }, i: { ...q(20), scale: [0.9 * 2 ** -20] } },
    }),
  "leaky integrator": () =>
    integratorLayer({ ...place, decay: [0.9, 0.8, 0.99, 1], quantisers: { u: q(16, "half_to_pos_inf") } }),
};
