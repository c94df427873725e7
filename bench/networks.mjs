// The trained networks that figures are measured on, and what the built package (dist/) makes of them.
import { readFileSync } from "node:fs";
import { readSource } from "../dist/artifact/source.js";
import { defaultConfig } from "../dist/config/defaults.js";
import { readStimulus } from "../dist/data/stimulus.js";
import { runPipeline } from "../dist/pipeline.js";

export const data = "../shared/data/radioml";

/** Ticks at a frame's begin whose class doesn't count in the data's votes. */
export const burnIn = 50;

/** The value of a result, or an error that says what was wrong. */
export function must(result) {
  if (!result.ok) throw new Error(result.diagnostics.map(({ code, text }) => `${code}: ${text}`).join("\n"));
  return result.value;
}

export const checkpointOf = (network, form) => `${data}/${network}/${form}.qonnx.onnx`;

/** What the exporter says of a network: its formats, rates and classes. */
export const manifestOf = (network, form) =>
  JSON.parse(readFileSync(`${data}/${network}/${form}.manifest.json`, "utf8"));

/** A trained network in real numbers. */
export const spikingModel = (network, form) =>
  must(readSource({ checkpoint: checkpointOf(network, form), config: defaultConfig })).model;

/** The integers of a trained network, with default settings. */
export const fixedModel = (spiking) =>
  must(runPipeline(spiking, { config: defaultConfig, calibration: undefined })).fixed;

/** Frames of spikes for a network; `limits` says how many samples and ticks. */
export const stimulusOf = (fixed, path, limits) => must(readStimulus(path, fixed.input, limits));
