// The WebAssembly simulator, one thread, beside Verilator running the dense design of an example.
import { join } from "node:path";
import { emittedOf, openBuild } from "../../dist/artifact/manifest.js";
import { compile } from "../../dist/commands/compile.js";
import { loadConfig } from "../../dist/config/load.js";
import { withBenchRun } from "../../dist/cosim/run-rtl.js";
import { runBench } from "../../dist/cosim/simulators.js";
import { compileWasm, runNetwork } from "../../dist/simulators/wasm/run.js";
import { inFolder } from "../folder.mjs";
import { atLeast } from "../goals.mjs";
import { must, stimulusOf } from "../networks.mjs";
import { bestInTurns, secondsOf } from "../timing.mjs";

const rounds = 3;

/** Ticks of the first frame that Verilator runs. Each takes the same cycles, whatever spikes: a few tell its speed. */
const ticksOf = { "radioml-small": 128, "radioml-seed": 32 };

export const wasmVerilator = (record) =>
  inFolder(async (folder) => {
    for (const [example, ticks] of Object.entries(ticksOf)) await measure(example, ticks, folder, record);
  });

async function measure(example, ticks, folder, record) {
  const settings = must(loadConfig(`examples/${example}/spikec.yaml`));
  const output = join(folder, example);
  const config = { ...settings.config, engine: "dense" };
  must(await compile({ ...settings, config, checkpoint: config.checkpoint, output }));
  const build = must(openBuild(output));
  const { fixed } = build.compiled;
  const cells = `examples/${example}/cells.npy`;

  // No values are traced, only hashes: Verilator at its best. The first run builds the bench.
  const simulate = async (limits) =>
    must(
      await withBenchRun(emittedOf(build), stimulusOf(fixed, cells, limits), async (run) => ({
        ok: true,
        value: await secondsOf(async () => must(await runBench("verilator", run))),
        diagnostics: [],
      })),
    );
  await simulate({ samples: 1, ticks: 1 });
  // All frames whole, as later ticks have more spikes and so take longer.
  const wasm = must(compileWasm(fixed));
  const frames = stimulusOf(fixed, cells, {});
  const [verilator, ours] = await bestInTurns(rounds, [
    () => simulate({ samples: 1, ticks }),
    () => secondsOf(() => runNetwork(wasm, frames, { burnIn: 0 }, {})),
  ]);
  const rate = (frames.samples * frames.ticks) / ours;
  record(`${example}, Verilator`, ticks / verilator, `ticks/s, ${ticks} ticks, best of ${rounds}`);
  record(`${example}, WebAssembly`, rate, `ticks/s, 1 thread, best of ${rounds}`);
  record(`${example}, WebAssembly / Verilator`, rate / (ticks / verilator), "x", atLeast(50));
}
