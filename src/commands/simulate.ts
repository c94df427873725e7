import { type Build, emittedOf, openBuild } from "../artifact/manifest.js";
import { runRtl } from "../cosim/run-rtl.js";
import { eventCollector, type PredictedCycles, predictCycles, tooLong } from "../cycles/predict.js";
import { encodeNpy, npyArray } from "../data/npy.js";
import { readStimulus, type Stimulus } from "../data/stimulus.js";
import { assertNever, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { writeDirectory } from "../host/files.js";
import { hashesOfFiles, manifestName } from "../host/ownership.js";
import { noProgress, type Progress } from "../host/progress.js";
import { version } from "../host/version.js";
import { type Design, layerStages, readoutStages } from "../ir/design.js";
import { runGolden } from "../simulators/golden.js";
import type { SimulatorName } from "../simulators/names.js";
import { type RecordKind, recordRun } from "../simulators/recorded-arrays.js";
import { runReference } from "../simulators/reference.js";
import type { Observer } from "../simulators/trace.js";
import { runWasm } from "../simulators/wasm/run.js";

/** A run of a build on input spikes, and what of it to record into `output`. */
export interface SimulateRequest {
  readonly build: string;
  readonly simulator: SimulatorName;
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
  /** What the cycle model says, where cycles are recorded: of the whole run, and of the ticks of each stage. */
  readonly cycles?: RunCycles;
}

/** Cycles of a stage: from the release of reset to the end of its first tick, then from end to end of its ticks. */
export interface StageCycles {
  readonly name: string;
  readonly first: number;
  /** 0 where there is but one tick, like `most`. */
  readonly mean: number;
  readonly most: number;
}

/** Clock cycles of a run, from the release of reset to its last answer. */
export interface RunCycles {
  readonly total: number;
  readonly stages: readonly StageCycles[];
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
  const real = request.simulator === "reference";
  const model = real ? compiled.trained : compiled.fixed;
  const recorder = recordRun(model, samples, ticks, request.record, real);
  const collector = collectorOf(request, compiled.design, stimulus.value);
  if (!collector.ok) return collector;
  const events = collector.value;
  progress.start(request.simulator, samples * ticks);
  const ran = await runIn(request.simulator, build.value, stimulus.value, {
    tick(trace) {
      recorder.observer.tick?.(trace);
      events?.tick(trace);
      progress.step(trace.sample * ticks + trace.tick + 1);
    },
    sample: (trace) => recorder.observer.sample?.(trace),
  });
  progress.end();
  if (!ran.ok) return ran;
  const files = recorder.files();
  const predicted = events && predictCycles(compiled.design, events.collected());
  const cycles = predicted && runCycles(compiled.design, predicted, samples, ticks, files);
  const manifest = {
    tool: "spikec",
    version,
    simulator: request.simulator,
    samples,
    ticks,
    burnIn: config.readout.burnIn,
    files: hashesOfFiles(files),
  };
  const names = [...files.keys()];
  files.set(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
  const written = await writeDirectory(request.output, files);
  if (!written.ok) return written;
  const report = { files: names, samples, ticks, classes: recorder.classes() };
  return success(cycles === undefined ? report : { ...report, cycles }, build.diagnostics);
}

/** Collects what the cycle model needs, if cycles are asked for. */
function collectorOf(
  { simulator, record }: SimulateRequest,
  design: Design,
  stimulus: Stimulus,
): Result<ReturnType<typeof eventCollector> | undefined> {
  if (!record.includes("cycles")) return success(undefined);
  if (simulator !== "golden" && simulator !== "wasm")
    return failure(diagnostic("cycles-simulator", {}, { simulator }));
  const long = tooLong(design, stimulus);
  if (long !== undefined) {
    const { samples, ticks } = stimulus;
    return failure(diagnostic("cycles-long", {}, { samples, ticks, ...long }));
  }
  return success(eventCollector(design, stimulus));
}

/** Sums cycles up, and adds `<stage>.cycles` i4 (samples, ticks) to `files`: from the end of the tick before. */
function runCycles(
  design: Design,
  { stages, readouts }: PredictedCycles,
  samples: number,
  ticks: number,
  files: Map<string, string | Uint8Array>,
): RunCycles {
  const ends = [...stages, ...readouts];
  const names = [...layerStages(design), ...readoutStages(design)].map(({ name }) => name);
  const all = ends.map((end) => end.map((cycle, t) => cycle - (t === 0 ? -1 : (end[t - 1] as number))));
  all.forEach((cycles, s) => {
    files.set(`${names[s]}.cycles.npy`, encodeNpy(npyArray("i4", [samples, ticks], Int32Array.from(cycles))));
  });
  return {
    total: Math.max(...ends.map((end) => end.at(-1) as number)) + 1,
    stages: all.map((cycles, s) => {
      const later = cycles.slice(1);
      return {
        name: names[s] as string,
        first: cycles[0] as number,
        mean: later.reduce((sum, n) => sum + n, 0) / Math.max(1, later.length),
        most: later.reduce((most, n) => Math.max(most, n), 0),
      };
    }),
  };
}

async function runIn(
  simulator: SimulatorName,
  build: Build,
  stimulus: Stimulus,
  observer: Observer,
): Promise<Result<undefined>> {
  const { trained, fixed } = build.compiled;
  const options = { burnIn: build.config.readout.burnIn };
  switch (simulator) {
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
      return runRtl(simulator, emittedOf(build), stimulus, observer);
    default:
      return assertNever(simulator);
  }
}
