import { readdirSync, readFileSync } from "node:fs";
import { encodeNpy, type NpyArray, npyArray } from "../data/npy.js";
import type { FixedLinearReadout, FixedModel } from "../ir/fixed.js";
import { printable } from "./names.js";
import { packageRoot, render } from "./render.js";
import { goldenNames, goldenReadmeView, goldenView } from "./views/golden.js";

/**
 * The golden simulator of one network as a program of its own, under `golden/`, for machines that have Node 20 alone:
 * the network in network.js and its numbers, run by a program that is the same for all networks. It needs nothing of
 * spikec and equals src/simulators/golden.ts bit for bit; `model` must have passed `bound-ranges`, whose intervals
 * decide between doubles and BigInt.
 */
export function emitGolden(
  model: FixedModel,
  options: { readonly burnIn: number },
  says: string,
): ReadonlyMap<string, string | Uint8Array> {
  const banner = printable(says);
  const names = goldenNames(model);
  const files = new Map<string, string | Uint8Array>();
  const put = (path: string, content: string | Uint8Array): void => {
    files.set(`golden/${path}`, content);
  };
  put("network.js", render("golden/network.js.hbs", goldenView(model, options.burnIn, banner)));
  for (const path of programFiles()) put(path, readFileSync(`${programFolder}${path}`, "utf8"));
  put("package.json", `${JSON.stringify({ private: true, type: "module" }, null, 2)}\n`);
  put("README.md", render("golden/README.md.hbs", goldenReadmeView(model, options.burnIn, banner)));
  for (const layer of model.layers) {
    const { weights, outChannels, kernel } = layer.synapse;
    put(
      names.weightsFile(layer),
      encodeNpy(weightsArray(weights, [outChannels, layer.input.channels, ...kernel])),
    );
  }
  for (const readout of model.readouts) {
    if (readout.kind === "potential") continue;
    const inputs = readout.weights.length / readout.classes;
    put(names.linearFile(readout), encodeNpy(weightsArray(readout.weights, [readout.classes, inputs])));
    put(names.thresholdsFile(readout), thresholdsText(readout));
  }
  return files;
}

const programFolder = `${packageRoot}templates/golden/`;

/** Files of the program that every network's build holds as they are, sorted. */
const programFiles = (): readonly string[] => [
  "golden.js",
  ...readdirSync(`${programFolder}runtime`)
    .map((file) => `runtime/${file}`)
    .sort(),
];

/** Weights in the narrowest of NumPy's integer types that holds them all. */
function weightsArray(weights: Int32Array, shape: readonly number[]): NpyArray {
  if (weights.every((w) => w >= -128 && w < 128)) return npyArray("i1", shape, Int8Array.from(weights));
  if (weights.every((w) => w >= -32768 && w < 32768)) return npyArray("i2", shape, Int16Array.from(weights));
  return npyArray("i4", shape, weights);
}

/** Threshold tables as JSON, a table a line; an integer that no double holds is a string. */
function thresholdsText(readout: FixedLinearReadout): string {
  const text = (t: bigint): string => (Number.isSafeInteger(Number(t)) ? String(t) : `"${t}"`);
  return `[\n${readout.thresholds.map((table) => `[${table.map(text).join(",")}]`).join(",\n")}\n]\n`;
}
