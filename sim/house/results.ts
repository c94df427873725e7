import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../src/commands/compile.js";
import { evaluate } from "../../src/commands/evaluate.js";
import { simulate } from "../../src/commands/simulate.js";
import { loadConfig, type Override } from "../../src/config/load.js";
import { readNpy } from "../../src/data/npy.js";
import type { Result } from "../../src/diagnostics/diagnostic.js";

/** A trained network of ../shared/data/radioml and how it is compiled: what a row of README's table is about. */
export interface Measured {
  readonly network: "small" | "seed";
  readonly form: "pre" | "post";
  readonly config?: string;
  readonly engine?: "dense" | "event";
}

const value = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map(({ code, text }) => `${code}: ${text}`).join("\n"));
  return result.value;
};

/** Frames whose label is the class with the most votes in a (frame, class) array; of equals the first. */
function rightVotes(votes: string, labels: string): number {
  const [counts, classes] = [value(readNpy(votes)), value(readNpy(labels))];
  const [frames = 0, width = 0] = counts.shape;
  let right = 0;
  for (let f = 0; f < frames; f++) {
    const row = Array.from({ length: width }, (_, c) => Number(counts.data[f * width + c]));
    if (row.indexOf(Math.max(...row)) === Number(classes.data[f])) right++;
  }
  return right;
}

/**
 * A network's figures as README's table has them: frames right in double precision and in integers (240 labelled frames,
 * 512 ticks), cycles a tick (constant, or the mean over the frames beside the network), shares of an XCZU28DR in percent.
 */
export async function measure({ network, form, config, engine }: Measured) {
  const data = `../shared/data/radioml/${network}`;
  const folder = mkdtempSync(join(tmpdir(), "spikec-results-"));
  try {
    const overrides: Override[] = [
      { path: ["readout", "burnIn"], option: "--burn-in", value: 50 },
      ...(engine === undefined ? [] : [{ path: ["engine"] as const, option: "--engine", value: engine }]),
    ];
    const loaded = value(loadConfig(config, overrides));
    const output = join(folder, "build");
    const checkpoint = `${data}/${form}.qonnx.onnx`;
    const report = value(await compile({ checkpoint, config: loaded.config, output }));
    const labels = `${data}/accuracy/labels.npy`;
    const frames = value(await evaluate({ build: output, cells: `${data}/accuracy/cells.npy`, labels }));
    const run = report.stages.some(({ kind }) => kind === "event")
      ? value(
          await simulate({
            build: output,
            input: `${data}/cells.npy`,
            simulator: "wasm",
            record: ["cycles"],
            output: join(folder, "run"),
          }),
        )
      : undefined;
    const means = run?.cycles?.stages.map(({ mean }) => mean) ?? [report.cyclesPerTick];
    return {
      samples: frames.samples,
      float: rightVotes(`${data}/accuracy/${form}.votes.npy`, labels),
      fixed: frames.readouts[0]?.correct ?? 0,
      cycles: Math.max(...means),
      uses: report.device.uses,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How a row names each network; the order is the table's. */
export const networks: readonly (Measured & { readonly name: string; readonly command: string })[] = [
  {
    name: "radioml `small` `post`, on events",
    network: "small",
    form: "post",
    engine: "event",
    command: "make test",
  },
  {
    name: "radioml `small` `pre`, dense",
    network: "small",
    form: "pre",
    engine: "dense",
    command: "make test",
  },
  {
    name: "radioml `seed` `post`, on events",
    network: "seed",
    form: "post",
    config: "examples/radioml-seed/fastest.yaml",
    command: "make test-long",
  },
  {
    name: "radioml `seed` `pre`, dense",
    network: "seed",
    form: "pre",
    engine: "dense",
    command: "make test-long",
  },
];

/** A row of README's table. */
export async function rowOf(of: (typeof networks)[number]): Promise<string> {
  const { samples, float, fixed, cycles, uses } = await measure(of);
  const percent = (n: number) => `${((100 * n) / samples).toFixed(1)} %`;
  const share = ["LUT", "RAMB36", "DSP"].map((what) =>
    uses.find(({ name }) => name === what)?.percent.toFixed(0),
  );
  const whole = Math.round(cycles).toLocaleString("en");
  return `| ${of.name} | ${percent(float)} | ${percent(fixed)} | ${whole} | ${share.join(", ")} % | yes | \`${of.command}\` |`;
}
