import { type Build, openBuild } from "./build.js";
import type { EngineName, RecordKind } from "./config/schema.js";
import { runRtl } from "./cosim/run-rtl.js";
import { readStimulus, type Stimulus } from "./data/stimulus.js";
import { assertNever, type Result, success } from "./diagnostics/diagnostic.js";
import { manifestName, writeDirectory } from "./files.js";
import { noProgress, type Progress } from "./progress.js";
import { recordRun } from "./record.js";
import { runGolden } from "./simulators/golden.js";
import { runReference } from "./simulators/reference.js";
import type { Observer } from "./simulators/trace.js";
import { runWasm } from "./simulators/wasm/run.js";
import { version } from "./version.js";

/** A run of a build on input spikes, and what of it to record into `output`. */
export interface SimulateRequest {
  readonly build: string;
  readonly engine: EngineName;
  readonly input: string;
  readonly record: readonly RecordKind[];
  readonly output: string;
  readonly samples?: number;
  readonly ticks?: number;
  readonly progress?: Progress;
}

/** What `simulate` says: the files it wrote and each readout's class of each sample. */
export interface SimulateReport {
  readonly files: readonly string[];
  readonly samples: number;
  readonly ticks: number;
  /** By sample, by readout. */
  readonly classes: readonly (readonly number[])[];
}

/** Runs a build and records what was asked for as .npy files. */
export async function simulate(request: SimulateRequest): Promise<Result<SimulateReport>> {
  const build = openBuild(request.build);
  if (!build.ok) return build;
  const { compiled, config } = build.value;
  const stimulus = readStimulus(request.input, compiled.fixed.input, request);
  if (!stimulus.ok) return stimulus;
  const { samples, ticks } = stimulus.value;
  const progress = request.progress ?? noProgress;
  const real = request.engine === "reference";
  const model = real ? compiled.trained : compiled.fixed;
  const recorder = recordRun(model, samples, ticks, request.record, real);
  progress.start(request.engine, samples * ticks);
  const ran = await runEngine(request.engine, build.value, stimulus.value, {
    tick(trace) {
      recorder.observer.tick?.(trace);
      progress.step(trace.sample * ticks + trace.tick + 1);
    },
    sample: (trace) => recorder.observer.sample?.(trace),
  });
  progress.end();
  if (!ran.ok) return ran;
  const files = recorder.files();
  const manifest = {
    tool: "spikec",
    version,
    engine: request.engine,
    samples,
    ticks,
    burnIn: config.readout.burnIn,
  };
  files.set(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
  const written = await writeDirectory(request.output, files);
  if (!written.ok) return written;
  const names = [...files.keys()].filter((f) => f !== manifestName);
  return success({ files: names, samples, ticks, classes: recorder.classes() }, build.diagnostics);
}

async function runEngine(
  engine: EngineName,
  build: Build,
  stimulus: Stimulus,
  observer: Observer,
): Promise<Result<undefined>> {
  const { trained, fixed } = build.compiled;
  const options = { burnIn: build.config.readout.burnIn };
  switch (engine) {
    case "reference":
      runReference(trained, stimulus, options, observer);
      return success(undefined);
    case "golden":
      runGolden(fixed, stimulus, options, observer);
      return success(undefined);
    case "wasm":
      return runWasm(fixed, stimulus, options, observer);
    case "verilator":
    case "icarus":
      return runRtl(engine, build, stimulus, observer);
    default:
      return assertNever(engine);
  }
}
