// node golden.js input.npy [--samples n] [--ticks n] [--trace out.jsonl]

/** @import { Network } from "./network.js" */
/** @import { TickTrace } from "./run.js" */
import { createHash } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { fail, isUsersMistake } from "./failure.js";
import { readSpikes } from "./input.js";
import { loadNetwork } from "./load.js";
import { outline } from "./network.js";
import { runNetwork } from "./run.js";

/** @param {Uint8Array | Int32Array | BigInt64Array} values */
const sha256 = (values) => createHash("sha256").update(values).digest("hex");

/**
 * A state's words as they are hashed: int32, int64 where it is wider.
 * @param {readonly number[]} words
 * @param {number} bits
 */
const stateWords = (words, bits) => (bits <= 32 ? Int32Array.from(words) : BigInt64Array.from(words, BigInt));

/**
 * A tick as a line of JSON: SHA-256 of spikes (uint8) and of states, logits, classes.
 * @param {ReturnType<typeof outline>} outlined
 * @param {TickTrace} trace
 */
function traceLine({ layers, states, readouts }, { sample, tick, ...trace }) {
  const spikes = layers.map(({ name }, l) => [name, sha256(trace.spikes[l])]);
  const words = states.map(({ name, bits }, s) => [name, sha256(stateWords(trace.states[s], bits))]);
  const logits = readouts.map(({ name }, r) => [name, trace.logits[r]]);
  const classes = readouts.map(({ name }, r) => [name, trace.tickClass[r]]);
  return JSON.stringify({
    sample,
    tick,
    spikes: Object.fromEntries(spikes),
    states: Object.fromEntries(words),
    logits: Object.fromEntries(logits),
    classes: Object.fromEntries(classes),
  });
}

/**
 * The number that an option says.
 * @param {string} option
 * @param {string | undefined} text
 */
function count(option, text) {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(text)) fail(`--${option}`, `'${text}' is no positive whole number`);
  return Number(text);
}

const usage = "golden.js input.npy [--samples n] [--ticks n] [--trace out.jsonl]";

/** @param {Network} network */
const helpText = ({ name, input: { channels, height, width } }) => `node ${usage}

Golden simulator of ${JSON.stringify(name)}: a line of JSON a sample, its class and votes by readout.

  input.npy     spikes, (sample, tick, ${channels}, ${height}, ${width}) of 0 and 1; or (sample, tick): the cell of one spike a tick
  --samples n   only the first n samples
  --ticks n     only the first n ticks of each
  --trace FILE  a line a sample and tick: hashes of spikes and states, logits, classes
`;

/**
 * Runs what the arguments say; prints a line of JSON a sample.
 * @param {readonly string[]} args
 * @param {Network} network
 * @param {URL} folder
 */
function runArguments(args, network, folder) {
  const text = /** @type {const} */ ({ type: "string" });
  const help = /** @type {const} */ ({ type: "boolean", short: "h" });
  const options = { samples: text, ticks: text, trace: text, help };
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help === true) {
    process.stdout.write(helpText(network));
    return;
  }
  const [path, ...others] = positionals;
  if (path === undefined || others.length > 0) fail("usage", usage);
  const limits = { samples: count("samples", values.samples), ticks: count("ticks", values.ticks) };
  const input = readSpikes(path, network, limits);
  const loaded = loadNetwork(network, folder);
  const outlined = outline(network);
  const file = values.trace === undefined ? undefined : openSync(values.trace, "w");
  /** @param {TickTrace} trace */
  const writeTick = (trace) => file !== undefined && writeSync(file, `${traceLine(outlined, trace)}\n`);
  runNetwork(loaded, input, file === undefined ? undefined : writeTick, (result) => {
    process.stdout.write(`${JSON.stringify(result)}\n`);
  });
  if (file !== undefined) closeSync(file);
}

/**
 * The program: a line on stderr and status 2 for what can't be used.
 * @param {readonly string[]} args
 * @param {Network} network
 * @param {URL} folder The one that holds the network's numbers.
 */
export function main(args, network, folder) {
  // A reader that stops early (`| head`) is no error.
  process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });
  try {
    runArguments(args, network, folder);
  } catch (error) {
    if (!isUsersMistake(error)) throw error;
    process.stderr.write(`error: ${error.message.split("\n")[0]}\n`);
    process.exitCode = 2;
  }
}
