import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Build, openBuild } from "../../../src/artifact/manifest.js";
import { type CompileReport, compile } from "../../../src/commands/compile.js";
import { fillDefaults, settleBurnIn } from "../../../src/config/defaults.js";
import type { ConfigFile } from "../../../src/config/schema.js";
import { readStimulus, type Stimulus } from "../../../src/data/stimulus.js";
import type { Result } from "../../../src/diagnostics/diagnostic.js";
import { packageRoot } from "../../../src/emit/render.js";
import { emitBench, emitVerilog } from "../../../src/emit/verilog.js";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { runPipeline } from "../../../src/pipeline.js";

/** Verilator's programs stay from one run of the tests to the next; they are found by the hash of their sources. */
process.env.SPIKEC_CACHE ??= join(packageRoot, "build/cache");

/** Folder of a shared data set; a missing file in it fails the test that reads it. */
export const dataFolder = join(packageRoot, "../shared/data");

/** A graph of ../shared/data/radioml: a network, and whether its traces stand before or behind the synapse. */
export interface Graph {
  readonly network: "small" | "seed" | "stress/floor" | "stress/round";
  readonly form: "pre" | "post";
}

/** All eight of them. */
export const graphs: readonly Graph[] = (["small", "seed", "stress/floor", "stress/round"] as const).flatMap(
  (network) => (["pre", "post"] as const).map((form) => ({ network, form })),
);

/** A file of a graph's network, or (`<form>.…`) of the graph. */
export const graphFile = (graph: Graph, file: string): string =>
  join(dataFolder, "radioml", graph.network, file);

/** The value of a result that must be good. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.text}`).join("\n"));
  return result.value;
}

/**
 * Compiles a checkpoint into build/<folder>, as the command does, and opens the build. A folder is one test file's:
 * files run beside each other. It stays, and a failure's waveform in it.
 */
export async function built(
  checkpoint: string,
  folder: string,
  config: ConfigFile = {},
): Promise<{ readonly build: Build; readonly report: CompileReport }> {
  const output = join(packageRoot, "build", folder);
  // A test may have planted faults in it, which compile would take for somebody's work.
  rmSync(output, { recursive: true, force: true });
  const report = must(
    await compile({ checkpoint, config: fillDefaults({ engine: "dense", ...config }), output }),
  );
  return { build: must(openBuild(output)), report };
}

/** Compiles a network made by hand: no checkpoint, so `verify` can't open it, but all that it runs on is there. */
export function builtModel(model: SpikingModel, folder: string): Build {
  const path = join(packageRoot, "build", folder);
  const config = settleBurnIn(fillDefaults({ engine: "dense" }), undefined);
  const compiled = must(runPipeline(model, { config, calibration: undefined }));
  rmSync(path, { recursive: true, force: true });
  for (const [file, text] of [
    ...emitVerilog(compiled.design, "a test"),
    ...emitBench(compiled.design, "a test"),
  ]) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return { path, config, compiled } as Build;
}

/** Compiles a graph of ../shared/data/radioml; the folder has its name beneath `folder`. */
export const builtGraph = (graph: Graph, folder: string, config: ConfigFile = {}) =>
  built(graphFile(graph, `${graph.form}.qonnx.onnx`), join(folder, graph.network, graph.form), config);

/** The first frames and ticks of a graph's input. */
export const cells = (graph: Graph, build: Build, samples: number, ticks: number): Stimulus =>
  must(readStimulus(graphFile(graph, "cells.npy"), build.compiled.fixed.input, { samples, ticks }));
