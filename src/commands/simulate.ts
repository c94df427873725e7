import { type Build, emittedOf, openBuild } from "../artifact/manifest.js";
import { type Emitted, runRtl } from "../cosim/run-rtl.js";
import { eventCollector, predictCycles, tooLong } from "../cycles/predict.js";
import { wholeBurnIn } from "../data/burn-in.js";
import { encodeNpy, type NpyType, npyArray } from "../data/npy.js";
import { readStimulus, type Stimulus } from "../data/stimulus.js";
import { assertNever, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { writeDirectory } from "../host/files.js";
import { checkFolder } from "../host/outputs.js";
import { hashesOfFiles, manifestName } from "../host/ownership.js";
import { noProgress, type Progress } from "../host/progress.js";
import { version } from "../host/version.js";
import type { Design } from "../ir/design.js";
import type { FixedModel } from "../ir/fixed.js";
import { type CyclesOfStage, cyclesByStage, type RunCycles, runCycles } from "../measure/tick-cycles.js";
import { runGolden } from "../simulators/golden.js";
import type { SimulatorName } from "../simulators/names.js";
import { type RecordedArray, type RecordKind, recordRun } from "../simulators/recorded-arrays.js";
import { type ArrayName, recordedFiles } from "../simulators/recorded-files.js";
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
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  /** Runs a build whose emitted files were edited too. */
  readonly allowEdited?: boolean;
  /** Seconds of silence after which a simulator of Verilog counts as hung; 0: never. */
  readonly toolTimeout?: number;
  readonly progress?: Progress;
}

/** A file that `simulate` wrote, and what it holds: what kind of array, and of which layer, state, readout or stage. */
export interface RecordedFile extends ArrayName {
  readonly file: string;
  readonly dtype: NpyType;
  readonly shape: readonly number[];
}

/** What `simulate` says: the files it wrote and each readout's class of each sample. */
export interface SimulateReport {
  readonly files: readonly string[];
  /** The same files in the same order, and what each holds: names that no file system takes have files of another name. */
  readonly arrays: readonly RecordedFile[];
  readonly samples: number;
  readonly ticks: number;
  /** How the axes of the input were read. */
  readonly layout?: string | undefined;
  /** By sample, by readout. */
  readonly classes: readonly (readonly number[])[];
  /** What the cycle model says, where cycles are recorded: of the whole run, and of the ticks of each stage. */
  readonly cycles?: RunCycles;
}

/** What of a build is run; simulators of Verilog alone look into its folder. */
export type Runnable = Pick<Build, "path" | "compiled" | "config">;

/** What a run of a build recorded, in memory. */
export interface Recording {
  readonly samples: number;
  readonly ticks: number;
  /** How the axes of the input were read. */
  readonly layout?: string | undefined;
  readonly arrays: readonly RecordedArray[];
  readonly classes: readonly (readonly number[])[];
  readonly cycles?: RunCycles;
}

/** Runs a build and records what was asked for as .npy files. */
export async function simulate(request: SimulateRequest): Promise<Result<SimulateReport>> {
  const refusal = checkFolder(request.output, "recording", [request.input]);
  if (refusal !== undefined) return failure(refusal);
  const build = openBuild(request.build, request);
  if (!build.ok) return build;
  const { compiled, config } = build.value;
  const limits = { ...request, frameTicks: config.simulation.frameTicks };
  const stimulus = readStimulus(request.input, compiled.fixed.input, limits);
  if (!stimulus.ok) return stimulus;
  const recorded = await recordBuild(build.value, stimulus.value, request);
  if (!recorded.ok) return recorded;
  const report = await writeRecording(build.value, request, recorded.value);
  if (!report.ok) return report;
  const { readouts } = compiled.fixed;
  const said = wholeBurnIn(readouts, config.readout.burnIn, stimulus.value.ticks, { file: request.input });
  return success(report.value, [
    ...build.diagnostics,
    ...stimulus.diagnostics,
    ...recorded.diagnostics,
    ...said,
  ]);
}

/** Runs a build on a stimulus and keeps what was asked for in memory. */
export async function recordBuild(
  build: Runnable,
  stimulus: Stimulus,
  request: Pick<SimulateRequest, "simulator" | "record" | "toolTimeout" | "progress">,
): Promise<Result<Recording>> {
  const { simulator, record, toolTimeout, progress = noProgress } = request;
  const { trained, fixed, design } = build.compiled;
  const { samples, ticks } = stimulus;
  const real = simulator === "reference";
  const recorder = recordRun(real ? trained : fixed, samples, ticks, record, real);
  const collector = collectorOf({ simulator, record }, design, stimulus);
  if (!collector.ok) return collector;
  const events = collector.value;
  const built = () => {
    progress.end();
    progress.start(`simulating in ${simulator}`, samples * ticks);
  };
  if (simulator === "verilator" || simulator === "icarus") progress.start(`building ${simulator}`, 0);
  else built();
  const observer: Observer = {
    tick(trace) {
      recorder.observer.tick?.(trace);
      events?.tick(trace);
      progress.step(trace.sample * ticks + trace.tick + 1);
    },
    sample: (trace) => recorder.observer.sample?.(trace),
  };
  const emitted = { ...emittedOf(build), quietSeconds: toolTimeout };
  const ran = await runIn(simulator, build, emitted, stimulus, observer, built);
  progress.end();
  if (!ran.ok) return ran;
  const recording = {
    samples,
    ticks,
    layout: stimulus.layout,
    arrays: recorder.arrays(),
    classes: recorder.classes(),
  };
  if (events === undefined) return success(recording, ran.diagnostics);
  const cycles = cyclesByStage(design, predictCycles(design, events.collected()));
  const arrays = [...recording.arrays, ...cycleArrays(fixed, cycles, samples, ticks)];
  return success({ ...recording, arrays, cycles: runCycles(cycles) });
}

/** Writes a recording into a directory of its own, with a manifest that says which file holds what. */
export async function writeRecording(
  build: Pick<Build, "config">,
  { simulator, output }: Pick<SimulateRequest, "simulator" | "output">,
  { arrays, ...recording }: Recording,
): Promise<Result<SimulateReport>> {
  const { samples, ticks } = recording;
  const { burnIn } = build.config.readout;
  const held = arrays.map(({ array: { dtype, shape }, ...name }) => ({ ...name, dtype, shape }));
  const files = new Map<string, string | Uint8Array>(
    arrays.map(({ file, array }) => [file, encodeNpy(array)]),
  );
  const run = { simulator, samples, ticks, burnIn, arrays: held };
  const manifest = { tool: "spikec", version, ...run, files: hashesOfFiles(files) };
  files.set(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
  const written = await writeDirectory(output, files);
  if (!written.ok) return written;
  return success({ files: held.map(({ file }) => file), arrays: held, ...recording });
}

/** Collects what the cycle model needs, if cycles are asked for. */
function collectorOf(
  { simulator, record }: Pick<SimulateRequest, "simulator" | "record">,
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

/** `<stage>.cycles` i4 (samples, ticks). */
function cycleArrays(
  model: FixedModel,
  stages: readonly CyclesOfStage[],
  samples: number,
  ticks: number,
): readonly RecordedArray[] {
  const fileOf = recordedFiles(model);
  return stages.map(({ name, cycles }) => {
    const array = { kind: "cycles", of: name } as const;
    return {
      ...array,
      file: fileOf(array),
      array: npyArray("i4", [samples, ticks], cycles),
    };
  });
}

async function runIn(
  simulator: SimulatorName,
  build: Runnable,
  emitted: Emitted,
  stimulus: Stimulus,
  observer: Observer,
  built: () => void,
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
      return runRtl(simulator, emitted, stimulus, observer, built);
    default:
      return assertNever(simulator);
  }
}
