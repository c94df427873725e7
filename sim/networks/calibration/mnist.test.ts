import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSource } from "../../../src/artifact/source.js";
import { measure } from "../../../src/commands/calibrate.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { decodeNpy } from "../../../src/data/npy.js";
import { readStimulus, type Stimulus } from "../../../src/data/stimulus.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { renderDiagnostic } from "../../../src/diagnostics/render.js";
import { noProgress } from "../../../src/host/progress.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { differences, emptyRecording, type Recording, record } from "../../../src/measure/recording.js";
import { type Run, runInIntegers } from "../../../src/measure/runs.js";
import type { Calibration } from "../../../src/passes/formats/calibration.js";
import { lowerModel, prepareModel } from "../../../src/pipeline.js";

const data = "../shared/data/dcll-mnist";
const must = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map(renderDiagnostic).join("\n"));
  return result.value;
};

/** Digits that are calibrated on, ticks of each; the other four are judged. */
const [DIGITS, TICKS] = [4, 60];
const config = { ...defaultConfig, readout: { ...defaultConfig.readout, burnIn: 50 } };

const modelOf = (name: string) => {
  const source = {
    checkpoint: `${data}/parameters_${name}.pkl`,
    config: { ...config, network: `${data}/network.yaml` },
  };
  const { model, settings } = must(readSource(source));
  return must(prepareModel(model, settings));
};

/** Four digits from `first` on. */
const digits = (name: string, first: number): Stimulus => {
  const all = must(readStimulus(`${data}/vectors-${name}/input.npy`, { channels: 1, height: 28, width: 28 }));
  return { ...all, samples: DIGITS, active: (sample, tick) => all.active(first + sample, tick) };
};

/** What the authors' equations give in NumPy's float64, for the last four digits. */
function expected(
  name: string,
  file: string,
): { readonly shape: readonly number[]; readonly data: Uint8Array } {
  const array = must(decodeNpy(readFileSync(`${data}/vectors-${name}/${file}.npy`), {}));
  const [samples = 0, ...rest] = array.shape;
  const values = Uint8Array.from(array.data as ArrayLike<number>, Number);
  return { shape: [DIGITS, ...rest], data: values.subarray((values.length / samples) * DIGITS) };
}

function recordingOf(name: string, file: string): Recording {
  const { shape, data: bits } = expected(name, file);
  const [samples = 0, ticks = 0, channels = 0, height = 0, width = 0] = shape;
  const row = channels * height * width;
  const to = emptyRecording({ channels, height, width }, samples, ticks);
  for (let s = 0; s < samples; s++)
    for (let t = 0; t < ticks; t++)
      record(to, s, t, bits.subarray((s * ticks + t) * row, (s * ticks + t + 1) * row));
  return to;
}

/** Share of spikes that differ, layer by layer, and of ticks with the same class; classes by vote. */
function judge(name: string, classes: string, run: Run, ticks: number) {
  const spikes = run.spikes.map((sent, l) => {
    const counts = differences(sent, recordingOf(name, `layer${l + 1}_spikes`));
    return counts.reduce((a, b) => a + b) / (DIGITS * ticks * sizeOf(sent.shape));
  });
  const wanted = expected(name, classes).data;
  const found = run.tickClass[0]!;
  const same = found.filter((c, i) => c === wanted[i]).length / found.length;
  const vote = (of: ArrayLike<number>, sample: number): number => {
    const votes = new Array<number>(10).fill(0);
    for (let t = config.readout.burnIn; t < ticks; t++) votes[of[sample * ticks + t]!]! += 1;
    return votes.indexOf(Math.max(...votes));
  };
  const samples = [...Array(DIGITS).keys()];
  return {
    spikes,
    same,
    votes: samples.map((s) => vote(found, s)),
    wanted: samples.map((s) => vote(wanted, s)),
  };
}

describe("the DCLL authors' networks in 8-bit weights, 24-bit states; calibrated on other digits", () => {
  test.each([
    ["19900", "layer3_class", 0.96, [0.005, 0.012, 0.03]],
    ["49", "output_class", 0.97, [0.001, 0.008, 0.015]],
  ] as const)(
    "%s: classes are those of float64, and calibration brings spikes closer",
    async (name, classes, least, most) => {
      const model = modelOf(name);
      const seen = { ...digits(name, 0), ticks: TICKS };
      const { states, layers } = must(await measure(model, seen, config, noProgress));
      const calibration: Calibration = {
        states: new Map(states.map(({ state, ...range }) => [state, range])),
        clips: new Map(layers.map(({ layer, clip = 1 }) => [layer, { quantiles: [clip].flat() }])),
      };
      const stimulus = digits(name, DIGITS);
      const run = async (given: Calibration | undefined) => {
        const fixed = must(lowerModel(model, { config, calibration: given }));
        return judge(
          name,
          classes,
          must(await runInIntegers(fixed, stimulus, { burnIn: 50 })),
          stimulus.ticks,
        );
      };
      const [calibrated, guessed] = [await run(calibration), await run(undefined)];
      expect(calibrated.votes).toEqual(calibrated.wanted);
      expect(calibrated.same).toBeGreaterThan(least);
      for (const [l, share] of calibrated.spikes.entries())
        expect(share).toBeLessThan(Math.min(most[l]!, guessed.spikes[l]!));
    },
  );
});
