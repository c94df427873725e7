import { type VerifyReport, verify as verifyFolder } from "../commands/verify.js";
import type { NpyArray } from "../data/npy.js";
import { stimulusOf } from "../data/stimulus.js";
import { type Result, success } from "../diagnostics/diagnostic.js";
import type { Progress } from "../host/progress.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import { argument, schemas, spikesArgument } from "./arguments.js";
import { buildArgument, type LoadedBuild, networkOf } from "./builds.js";
import { inFile, inFolder } from "./folders.js";

/** Which build to hold against its golden simulator, on what, in which simulators of Verilog. */
export interface VerifyArguments {
  /** A directory, or what `compile` or `openBuild` gave. */
  readonly build: string | LoadedBuild;
  /** Input spikes: a .npy file, or an array as `npyArray` makes it. */
  readonly input: string | NpyArray;
  /** Those that the build was compiled to be verified in, else Verilator, where nothing is said. */
  readonly simulators?: readonly RtlSimulatorName[];
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  /** Ticks of the first sample on which golden itself runs beside the fast simulator. */
  readonly goldenTicks?: number;
  /** Random pauses at both ends of the core, and what makes them the same again. */
  readonly pauses?: boolean;
  readonly seed?: number;
  /** Runs a build whose emitted files were edited too: what stands there is simulated. */
  readonly allowEdited?: boolean;
  readonly progress?: Progress;
}

/**
 * Runs a build's integers and its Verilog on the same input and compares every value of every tick. A waveform of a
 * difference is kept where the build lies in a directory.
 */
export async function verify(request: VerifyArguments): Promise<Result<VerifyReport>> {
  const checked = argument("verify", schemas.verify, request);
  if (!checked.ok) return checked;
  const { allowEdited } = checked.value;
  const build = buildArgument("verify", request.build, { allowEdited });
  if (!build.ok) return build;
  const input = spikesArgument("verify", request.input);
  if (!input.ok) return input;
  if (typeof input.value !== "string") {
    const { frameTicks } = networkOf(build.value).config.simulation;
    const stimulus = stimulusOf(
      input.value,
      build.value.input,
      { ...request, frameTicks },
      { name: "input" },
    );
    if (!stimulus.ok) return stimulus;
  }
  const verified = await inFolder(build.value, (folder) =>
    inFile(input.value, (path) => verifyFolder({ ...request, build: folder, input: path })),
  );
  if (!verified.ok || build.value.folder !== undefined) return verified;
  const kept = verified.value.simulators.map(({ waveform, view, ...comparison }) => comparison);
  return success({ ...verified.value, build: build.value.name, simulators: kept }, verified.diagnostics);
}
