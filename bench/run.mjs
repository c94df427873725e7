// Prints every figure that the README claims and writes bench/results.json: [{name, value, unit, goal, holds}].
// Figures are measured with the built package (dist/), as a user has it. `make bench`
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../dist/compile.js";
import { defaultConfig } from "../dist/config/defaults.js";
import { verify } from "../dist/verify.js";

const data = "../shared/data/radioml";
const networks = ["small", "seed", "stress/floor", "stress/round"].flatMap((network) =>
  ["pre", "post"].map((form) => ({ network, form })),
);

/** Samples and ticks that the Verilog is compared on. */
const runs = { small: [1, 64], seed: [1, 8], "stress/floor": [1, 96], "stress/round": [1, 96] };

const results = [];
const record = (name, value, unit, goal, holds) => {
  results.push({ name, value, unit, goal, holds });
  console.log(
    `${holds ? "ok  " : "FAIL"} ${name}: ${value} ${unit}${goal === null ? "" : ` (goal ${goal})`}`,
  );
};

const folder = mkdtempSync(join(tmpdir(), "spikec-bench-"));
try {
  for (const { network, form } of networks) {
    const name = `${network} ${form}`;
    const checkpoint = `${data}/${network}/${form}.qonnx.onnx`;
    const output = join(folder, `${network.replace("/", "-")}-${form}`);
    const begin = performance.now();
    const made = await compile({ checkpoint, config: defaultConfig, output });
    const seconds = (performance.now() - begin) / 1000;
    if (!made.ok) throw new Error(`${name} does not compile`);
    record(`${name}: compile`, Number(seconds.toFixed(2)), "s", "< 5", seconds < 5);
    const { cyclesPerTick, total } = made.value;
    record(`${name}: cycles a tick`, cyclesPerTick, "cycles", null, true);
    const memory = `${total.ramb36} + ${total.ramb18}/2`;
    record(`${name}: RAMB36 + RAMB18/2`, memory, "blocks", null, true);
    record(`${name}: DSP`, total.dsp, "DSP48E2", null, true);

    const [samples, ticks] = runs[network];
    const request = {
      build: output,
      input: `${data}/${network}/cells.npy`,
      engines: ["verilator"],
      samples,
      ticks,
    };
    const checked = await verify(request);
    if (!checked.ok) throw new Error(`${name} does not verify: ${JSON.stringify(checked.diagnostics)}`);
    const engine = checked.value.engines[0];
    const { spikes, states, logits } = engine.compared;
    const what = `of ${spikes} spikes, ${states} state words, ${logits} logits; ${samples} x ${ticks} ticks`;
    record(
      `${name}: RTL = golden (Verilator)`,
      engine.equal ? "equal" : "differs",
      what,
      "equal",
      engine.equal,
    );
  }
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  console.log(`spikec ${version}: ${results.filter((r) => r.holds).length} of ${results.length} hold`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
writeFileSync("bench/results.json", `${JSON.stringify(results, null, 2)}\n`);
process.exitCode = results.every((r) => r.holds) ? 0 : 1;
