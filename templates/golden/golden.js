// Golden simulator of the network in network.js: exact integers, tick by tick, bit for bit what the Verilog computes.
//
//     node golden.js input.npy [--samples n] [--ticks n] [--trace out.jsonl]
//
// Node 20 or newer; nothing else is needed. README.md says what it reads and prints.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { network as specification } from "./network.js";
import { main } from "./runtime/command-line.js";
import { readSpikes } from "./runtime/input.js";
import { loadNetwork } from "./runtime/load.js";
import { outline } from "./runtime/network.js";
import { runNetwork } from "./runtime/run.js";

/** @import { Input, Limits } from "./runtime/input.js" */
/** @import { SampleResult, TickTrace } from "./runtime/run.js" */

const folder = new URL(".", import.meta.url);

/** What the arrays of a trace are, in their order. */
export const network = outline(specification);

/**
 * Input spikes from a .npy file; of them the first `limits.samples` and `limits.ticks`.
 * @param {string} path
 * @param {Limits} [limits]
 * @returns {Input}
 */
export const readInput = (path, limits = {}) => readSpikes(path, network, limits);

/**
 * Runs every sample of `input` and tells `onTick` of each tick; gives each sample's classes.
 * @param {Input} input
 * @param {(trace: TickTrace) => void} [onTick]
 * @returns {SampleResult[]}
 */
export const run = (input, onTick) => runNetwork(loadNetwork(specification, folder), input, onTick);

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2), specification, folder);
}
