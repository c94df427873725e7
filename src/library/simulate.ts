import { type RecordedFile, recordBuild, type SimulateReport, writeRecording } from "../commands/simulate.js";
import { wholeBurnIn } from "../data/burn-in.js";
import type { NpyArray } from "../data/npy.js";
import { readStimulus, stimulusOf } from "../data/stimulus.js";
import { failure, type Result, success } from "../diagnostics/diagnostic.js";
import { checkFolder } from "../host/outputs.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { SimulatorName } from "../simulators/names.js";
import type { RecordKind } from "../simulators/recorded-arrays.js";
import { argument, schemas, spikesArgument } from "./arguments.js";
import { buildArgument, type LoadedBuild, networkOf } from "./builds.js";
import { inFolder } from "./folders.js";

/** A run: of which build, on what. */
export interface SimulateArguments {
  /** A directory, or what `compile` or `openBuild` gave. */
  readonly build: string | LoadedBuild;
  /** Input spikes (docs/configuration.md, Arrays): a .npy file, or an array as `npyArray` makes it. */
  readonly input: string | NpyArray;
  /** `golden`, where nothing is said. */
  readonly simulator?: SimulatorName;
  /** Spikes and readouts, where nothing is said. */
  readonly record?: readonly RecordKind[];
  /** The directory that the arrays are written into, where one is named. */
  readonly output?: string;
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  readonly progress?: Progress;
}

/** An array that was recorded: what it is of, the file that holds it where it was written, and its elements. */
export type SimulatedArray = Omit<RecordedFile, "dtype" | "shape"> & NpyArray;

/** What a run gave. */
export interface Simulation extends Omit<SimulateReport, "arrays"> {
  readonly arrays: readonly SimulatedArray[];
}

/** Runs a build on input spikes; what was asked for comes back as arrays, and as files where a directory is named. */
export async function simulate(request: SimulateArguments): Promise<Result<Simulation>> {
  const checked = argument("simulate", schemas.simulate, request);
  if (!checked.ok) return checked;
  const {
    simulator = "golden",
    record = ["spikes", "readout"],
    output,
    layout,
    samples,
    ticks,
  } = checked.value;
  const build = buildArgument("simulate", request.build);
  if (!build.ok) return build;
  const input = spikesArgument("simulate", request.input);
  if (!input.ok) return input;
  const refusal =
    output === undefined
      ? undefined
      : checkFolder(output, "recording", [typeof input.value === "string" ? input.value : undefined]);
  if (refusal !== undefined) return failure(refusal);
  const network = networkOf(build.value);
  const { readout, simulation } = network.config;
  const limits = { layout, samples, ticks, frameTicks: simulation.frameTicks };
  const place = typeof input.value === "string" ? { file: input.value } : { name: "input" };
  const stimulus =
    typeof input.value === "string"
      ? readStimulus(input.value, build.value.input, limits)
      : stimulusOf(input.value, build.value.input, limits, place);
  if (!stimulus.ok) return stimulus;
  const manner = { simulator, record, progress: request.progress ?? noProgress };
  const run = (path: string) => recordBuild({ path, ...network }, stimulus.value, manner);
  const isRtl = simulator === "verilator" || simulator === "icarus";
  const recorded = await (isRtl ? inFolder(build.value, run) : run(""));
  if (!recorded.ok) return recorded;
  const { arrays, ...rest } = recorded.value;
  const written =
    output === undefined ? undefined : await writeRecording(network, { simulator, output }, recorded.value);
  if (written !== undefined && !written.ok) return written;
  const said = wholeBurnIn(network.compiled.fixed.readouts, readout.burnIn, stimulus.value.ticks, place);
  const report = {
    ...rest,
    files: written === undefined ? [] : written.value.files,
    arrays: arrays.map(({ array, ...name }) => ({ ...name, ...array })),
  };
  const steps = [build, stimulus, recorded, ...(written === undefined ? [] : [written])];
  return success(report, [...steps.flatMap(({ diagnostics }) => diagnostics), ...said]);
}
