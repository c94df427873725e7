import { expect, test } from "vitest";
import { npyArray } from "../data/npy.js";
import { oneSample, stimulusOf } from "../data/stimulus.js";
import { conv, lifLayer, linear, network, quantisedWeights, readout, shape } from "../ir/builders.js";
import type { SpikingModel } from "../ir/spiking.js";
import { runReference } from "../simulators/reference.js";
import { random } from "../testing/random-model.js";
import { countSpikes } from "./count-spikes.js";
import { selectReadouts } from "./select-readouts.js";

const r = random(3);
const weights = (count: number) =>
  quantisedWeights(
    Array.from({ length: count }, () => r.int(-9, 9)),
    0.125,
  );
const vector = (neurons: number) =>
  lifLayer({
    name: "a",
    input: shape(6),
    synapse: linear(shape(6), neurons, weights(6 * neurons)),
    decay: 0.5,
    threshold: 1,
    reset: "subtract",
  });
const ends = network("net", [vector(4)]);
const counted = (model: SpikingModel, options: Partial<Parameters<typeof countSpikes.run>[1]> = {}) =>
  countSpikes.run(model, { readouts: "last", vote: "auto", ...options });

test("a network that ends in spikes: the class is the neuron with the most, the lowest of equal ones", () => {
  const made = counted(ends).output;
  const { output } = selectReadouts.run(made, { readouts: "last", vote: "auto" });
  expect(output.readouts).toMatchObject([{ name: "counts", layer: "a", classes: 4, vote: "sum" }]);
  const [samples, ticks] = [5, 12];
  const data = Uint8Array.from({ length: samples * ticks * 6 }, () => (r.chance(0.5) ? 1 : 0));
  const stimulus = stimulusOf(npyArray("u1", [samples, ticks, 6], data), ends.input, { layout: "NTF" });
  if (!stimulus.ok) throw new Error("a bad stimulus");
  for (let s = 0; s < samples; s++) {
    const counts = [0, 0, 0, 0];
    const sums: number[][] = [];
    runReference(
      output,
      oneSample(stimulus.value, s, ticks),
      { burnIn: 2 },
      {
        tick: ({ tick, spikes, logits }) => {
          const sent = Array.from(spikes[0] as Uint8Array);
          expect(Array.from(logits[0] as ArrayLike<number>)).toEqual(sent);
          for (const [c, spike] of sent.entries()) counts[c] = (counts[c] as number) + (tick < 2 ? 0 : spike);
        },
        sample: ({ classes, votes }) => {
          sums.push([...(votes[0] ?? [])].map(Number));
          expect(classes).toEqual([counts.indexOf(Math.max(...counts))]);
        },
      },
    );
    expect(sums).toEqual([counts]);
  }
});

test("what has a readout, ends in a map or in many neurons, or is to have none, is what it was", () => {
  const map = lifLayer({
    name: "a",
    input: shape(1, 3, 3),
    synapse: conv({ outChannels: 2, kernel: [1, 1], weights: weights(2) }),
    decay: 0.5,
    reset: "none",
  });
  const own = readout({ layer: vector(4), classes: 2, weights: weights(8), bias: [0, 0] });
  const none = { readouts: "none" } as const;
  for (const [model, options, why] of [
    [network("net", [vector(4)], [own]), {}, "its readout 'logits' is a linear map"],
    [network("net", [map]), {}, "its last layer sends a map"],
    [network("net", [vector(257)]), {}, "its last layer has 257 neurons, and 2 to 256 can be classes"],
    [ends, none, "it is to have no readout"],
  ] as const) {
    expect(counted(model, options)).toEqual({ output: model, diagnostics: [] });
    const asked = counted(model, { ...options, vote: "counts" }).diagnostics;
    expect(asked.map(({ code, text }) => [code, text])).toEqual([
      ["vote-counts", `the spikes of 'net' are not counted: ${why}`],
    ]);
  }
});
