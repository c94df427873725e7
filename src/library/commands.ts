import {
  type CalibrateReport,
  type CalibrateRequest,
  calibrate as calibrateFile,
} from "../commands/calibrate.js";
import { type CompileRequest, emitText as emit, type TextStage } from "../commands/compile.js";
import { type EstimateReport, type EstimateRequest, estimate as estimateFile } from "../commands/estimate.js";
import {
  type EvaluateReport,
  type EvaluateRequest,
  evaluate as evaluateBuild,
} from "../commands/evaluate.js";
import { type InspectReport, inspect as inspectPath } from "../commands/inspect.js";
import { checkConfig } from "../config/load.js";
import type { Config } from "../config/schema.js";
import type { Result } from "../diagnostics/diagnostic.js";
import { argument, schemas } from "./arguments.js";

/** The commands that work on paths, for programs: as src/commands has them, behind checks of what they are called with. */

/** A request whose configuration is checked, and filled where a program left something out. */
function withConfig<T extends { readonly config: Config }>(request: T): Result<T> {
  const loaded = checkConfig(request.config ?? {});
  return loaded.ok ? { ...loaded, value: { ...request, config: loaded.value.config } } : loaded;
}

/** Measures a float checkpoint on data and writes a calibration, as the command `calibrate` does. */
export async function calibrate(request: CalibrateRequest): Promise<Result<CalibrateReport>> {
  const checked = argument("calibrate", schemas.calibrate, request);
  if (!checked.ok) return checked;
  const whole = withConfig(request);
  return whole.ok ? calibrateFile(whole.value) : whole;
}

/** Estimates what a checkpoint's design takes of an FPGA, as the command `estimate` does. */
export async function estimate(request: EstimateRequest): Promise<Result<EstimateReport>> {
  const checked = argument("estimate", schemas.estimate, request);
  if (!checked.ok) return checked;
  const whole = withConfig(request);
  return whole.ok ? estimateFile(whole.value) : whole;
}

/** Runs a build on labelled frames, as the command `evaluate` does. */
export async function evaluate(request: EvaluateRequest): Promise<Result<EvaluateReport>> {
  const checked = argument("evaluate", schemas.evaluate, request);
  return checked.ok ? evaluateBuild(request) : checked;
}

/** Gives the network's text form after a stage, as `compile --emit` prints it. */
export function emitText(request: CompileRequest, stage: TextStage): Result<string> {
  const checked = argument("emitText", schemas.emitText, { request, stage });
  if (!checked.ok) return checked;
  const whole = withConfig(request);
  return whole.ok ? emit(whole.value, stage) : whole;
}

/** Says what a checkpoint or a build holds, as the command `inspect` does. */
export async function inspect(
  ...[path, network, options]: Parameters<typeof inspectPath>
): Promise<Result<InspectReport>> {
  const checked = argument("inspect", schemas.inspect, { path, network, options });
  return checked.ok ? inspectPath(path, network, options) : checked;
}
