// What compiling the networks with default settings costs and gives, and that the Verilog equals golden.
import { join } from "node:path";
import { openBuild } from "../../dist/artifact/manifest.js";
import { compile } from "../../dist/commands/compile.js";
import { verify } from "../../dist/commands/verify.js";
import { defaultConfig } from "../../dist/config/defaults.js";
import { compileWasm } from "../../dist/simulators/wasm/run.js";
import { inFolder } from "../folder.mjs";
import { below, exactly } from "../goals.mjs";
import { checkpointOf, data, must } from "../networks.mjs";
import { bestInTurns, secondsOf } from "../timing.mjs";

/** Samples and ticks that the Verilog is compared on. */
const runs = { small: [1, 64], seed: [1, 8], "stress/floor": [1, 96], "stress/round": [1, 96] };

export const compilation = (record) =>
  inFolder(async (folder) => {
    for (const network of Object.keys(runs))
      for (const form of ["pre", "post"]) await measure(network, form, folder, record);
  });

async function measure(network, form, folder, record) {
  const name = `${network} ${form}`;
  const output = join(folder, name.replaceAll(/\W/g, "-"));
  const checkpoint = checkpointOf(network, form);
  const begin = performance.now();
  const { cyclesPerTick, total } = must(
    await compile({ checkpoint, config: { ...defaultConfig, engine: "dense" }, output }),
  );
  record(`${name}, time`, (performance.now() - begin) / 1000, "s", below(5));
  record(`${name}, cycles a tick`, cyclesPerTick, "cycles");
  record(`${name}, RAMB36 + RAMB18/2`, `${total.ramb36} + ${total.ramb18}/2`, "blocks");
  record(`${name}, DSP`, total.dsp, "DSP48E2");

  const { fixed } = must(openBuild(output)).compiled;
  const [seconds] = await bestInTurns(5, [() => secondsOf(() => must(compileWasm(fixed)))]);
  record(`${name}, WebAssembly made and compiled`, seconds * 1000, "ms", below(100));

  const [samples, ticks] = runs[network];
  const request = {
    build: output,
    input: `${data}/${network}/cells.npy`,
    simulators: ["verilator"],
    samples,
    ticks,
  };
  const [comparison] = must(await verify(request)).simulators;
  const { spikes, states, logits } = comparison.compared;
  const compared = `of ${spikes} spikes, ${states} state words, ${logits} logits; ${samples} x ${ticks} ticks`;
  const found = comparison.equal ? "equal" : "differs";
  record(`${name}, Verilog and golden (Verilator)`, found, compared, exactly("equal"));
}
