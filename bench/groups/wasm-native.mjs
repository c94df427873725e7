// The WebAssembly simulator beside C++ programs of the same algorithm (bench/cpp, AVX2), one thread each.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileSource } from "../../dist/artifact/source.js";
import { defaultConfig } from "../../dist/config/defaults.js";
import { compileWasm, runNetwork } from "../../dist/simulators/wasm/run.js";
import { mnistParameters, programParameters } from "../cpp/parameters.mjs";
import { inFolder } from "../folder.mjs";
import { atLeast, below, exactly } from "../goals.mjs";
import { data, fixedModel, must, spikingModel, stimulusOf } from "../networks.mjs";
import { bestInTurns, secondsOf } from "../timing.mjs";

const authors = "../shared/data/dcll-mnist";

/** Turns that both take, and runs of the frame in a turn. */
const turns = 7;
const runs = 5;

/** A radioml network: three layers of 16 x 16 without pools, one spike a tick. */
const seed = (form) => ({
  name: `seed ${form}`,
  program: "dcll",
  parametersOf: programParameters,
  fixed: () => fixedModel(spikingModel("seed", form)),
  input: `${data}/seed/cells.npy`,
});

/** The DCLL authors' MNIST network, whose first digit is run. */
const mnist = {
  name: "MNIST 19900 commuted",
  program: "mnist",
  parametersOf: mnistParameters,
  fixed: () => {
    const network = `${authors}/network.yaml`;
    const config = { ...defaultConfig, network, traces: "commuted" };
    return must(compileSource({ checkpoint: `${authors}/parameters_19900.pkl`, config })).compiled.fixed;
  },
  input: `${authors}/vectors-19900/input.npy`,
};

export const wasmNative = (record) =>
  inFolder(async (folder) => {
    for (const name of ["dcll", "mnist"])
      run("g++", ["-O3", "-march=x86-64-v3", "-o", join(folder, name), `bench/cpp/${name}.cpp`]);
    for (const network of [seed("post"), seed("pre"), mnist]) await measure(network, folder, record);
  });

async function measure(network, folder, record) {
  const { name, parametersOf } = network;
  const fixed = network.fixed();
  const stimulus = stimulusOf(fixed, network.input, { samples: 1 });
  const [generation] = await bestInTurns(5, [() => secondsOf(() => must(compileWasm(fixed)))]);
  record(`${name}, generation`, 1000 * generation, "ms, best of 5", below(100));

  const wasm = must(compileWasm(fixed));
  const parameters = join(folder, "parameters.bin");
  writeFileSync(parameters, parametersOf(fixed, stimulus, runs));
  let hash;
  const [ours, native] = await bestInTurns(turns, [
    async () => {
      const once = () => secondsOf(() => runNetwork(wasm, stimulus, { burnIn: 0 }, {}));
      const [seconds] = await bestInTurns(runs, [once]);
      return (1000 * seconds) / stimulus.ticks;
    },
    () => {
      const said = JSON.parse(run(join(folder, network.program), [parameters]));
      hash = said.hash;
      return said.msPerTick;
    },
  ]);
  const unit = `ms a tick, ${stimulus.ticks} ticks, 1 thread, best of ${turns * runs}`;
  record(`${name}, WebAssembly`, ours, unit);
  record(`${name}, C++ with AVX2`, native, unit);
  record(`${name}, C++ time / WebAssembly time`, native / ours, "", atLeast(0.5));
  const same = hash === logitsHash(wasm, stimulus) ? "equal" : "differ";
  record(`${name}, logits of both`, same, `of all ${stimulus.ticks} ticks`, exactly("equal"));
}

/** The hash of all logits that the C++ program prints: h = 1000003 h + logit, modulo 2^64. */
function logitsHash(wasm, stimulus) {
  let hash = 0n;
  const tick = ({ logits }) => {
    for (const logit of logits[0])
      hash = BigInt.asUintN(64, hash * 1000003n + BigInt.asUintN(32, BigInt(logit)));
  };
  runNetwork(wasm, stimulus, { burnIn: 0 }, { tick });
  return hash.toString(16).padStart(16, "0");
}

/** Runs a program to its end and returns what it printed. */
function run(program, args) {
  const ended = spawnSync(program, args, { encoding: "utf8" });
  if (ended.error !== undefined) throw ended.error;
  if (ended.status !== 0) throw new Error(`${program} ended with ${ended.status}: ${ended.stderr}`);
  return ended.stdout;
}
