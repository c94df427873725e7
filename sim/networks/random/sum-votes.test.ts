import { expect, test } from "vitest";
import { network, quantisedWeights } from "../../../src/ir/builders.js";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { boundRanges } from "../../../src/passes/bound-ranges.js";
import { lowerToFixed } from "../../../src/passes/lower-to-fixed.js";
import { runGolden } from "../../../src/simulators/golden.js";
import { runReference } from "../../../src/simulators/reference.js";
import type { SampleTrace, TickTrace } from "../../../src/simulators/trace.js";
import { runWasm } from "../../../src/simulators/wasm/run.js";
import { linearOf } from "../../../src/testing/linear.js";
import { random, randomModel, randomStimulus } from "../../../src/testing/random-model.js";

/** A random network whose classes have equal weights: only fractions of their biases tell them apart. */
function closeClasses(seed: number): SpikingModel {
  const model = randomModel(seed);
  const r = random(seed);
  const readouts = model.readouts.map(linearOf).map((readout) => {
    const columns = readout.weights.kind === "quantised" ? readout.weights.raw.length / readout.classes : 0;
    const row = Array.from({ length: columns }, () => r.int(-1, 1));
    // Biases of up to four units of a logit: whole ones, too, have to be made up for by fractions.
    const raw = Array.from({ length: readout.classes }, () => row).flat();
    const bias = Array.from({ length: readout.classes }, () => Math.fround(r.real() * 2 ** -13));
    return { ...readout, vote: "sum" as const, bias, weights: quantisedWeights(raw, 2 ** -7, 8) };
  });
  const [first, ...others] = model.layers;
  if (first === undefined) throw new Error("no layer");
  return network("close", [first, ...others], readouts);
}

/** Index of the largest; ties: the lowest. */
const largest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

test("vote: sum takes the class of the largest real sum, which its integers alone would miss", () => {
  let [frames, missed] = [0, 0];
  for (let seed = 0; seed < 40; seed++) {
    const model = closeClasses(seed);
    const lowered = lowerToFixed.run(model, { coefficientBits: 17 });
    const fixed = boundRanges.run(lowered.output, undefined).output;
    expect(fixed.deviations.filter((d) => d.layer === "out")).toEqual([]);
    const stimulus = randomStimulus(seed, model.input, 2, 24);
    const options = { burnIn: seed % 5 };
    const golden: SampleTrace[] = [];
    const integers: number[][] = [];
    const tick = ({ sample, tick, logits }: TickTrace): void => {
      if (tick < options.burnIn) return;
      logits.forEach((row, r) => {
        const at = sample * model.readouts.length + r;
        integers[at] ??= new Array<number>(row.length).fill(0);
        for (let c = 0; c < row.length; c++) integers[at][c] = integers[at][c]! + row[c]!;
      });
    };
    runGolden(fixed, stimulus, options, { tick, sample: (s) => golden.push(s) });
    const wasm: SampleTrace[] = [];
    expect(runWasm(fixed, stimulus, options, { sample: (s) => wasm.push(s) }).ok).toBe(true);
    expect(wasm).toEqual(golden);
    // Doubles hold these sums exactly: 2^-15 is a logit's unit, a float32 bias has its last bit 23 or a few more below.
    const reference: SampleTrace[] = [];
    runReference(model, stimulus, options, { sample: (s) => reference.push(s) });
    reference.forEach(({ classes, votes }, s) => {
      expect([seed, golden[s]!.classes]).toEqual([seed, classes]);
      const units = votes.map((sums, r) => sums.map((sum) => Math.floor(sum / fixed.readouts[r]!.unit)));
      expect([seed, golden[s]!.votes]).toEqual([seed, units]);
      classes.forEach((best, r) => {
        frames += 1;
        if (largest(integers[s * classes.length + r]!) !== best) missed += 1;
      });
    });
  }
  expect(frames).toBeGreaterThan(80);
  expect(missed / frames).toBeGreaterThan(0.2);
});
