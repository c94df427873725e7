/** Public API of spikec. Every function returns diagnostics instead of throwing for what a user did wrong. */
export type { CalibratedLayer, CalibrateReport, CalibrateRequest } from "./calibrate.js";
export { calibrate } from "./calibrate.js";
export type { CompileReport, CompileRequest, Resources, StageReport, TextStage } from "./compile.js";
export { compile, emitText } from "./compile.js";
export { defaultConfig } from "./config/defaults.js";
export type { LoadedConfig, Override } from "./config/load.js";
export { loadConfig, parseConfig } from "./config/load.js";
export type {
  Config,
  DenseLanes,
  DeviceName,
  EngineName,
  RecordKind,
  RtlEngineName,
} from "./config/schema.js";
export type { NpyArray, NpyData, NpyType } from "./data/npy.js";
export { decodeNpy, encodeNpy, npyArray, readNpy } from "./data/npy.js";
export type { Stimulus, StimulusLimits } from "./data/stimulus.js";
export { readStimulus, stimulusOf } from "./data/stimulus.js";
export type { ResourceUse, StageEstimate } from "./design-cost.js";
export type { Diagnostic, Loc, Note, Result } from "./diagnostics/diagnostic.js";
export { renderDiagnostic } from "./diagnostics/render.js";
export type { DoctorReport, ToolReport } from "./doctor.js";
export { doctor } from "./doctor.js";
export type { EstimateReport, EstimateRequest } from "./estimate.js";
export { estimate } from "./estimate.js";
export type { EvaluateReport, EvaluateRequest } from "./evaluate.js";
export { evaluate } from "./evaluate.js";
export type { InspectReport } from "./inspect.js";
export { inspect } from "./inspect.js";
export type { BlockCost, Cost } from "./mapping/cost.js";
export type { Progress } from "./progress.js";
export type { RunCycles, SimulateReport, SimulateRequest } from "./simulate.js";
export { simulate } from "./simulate.js";
export type { Difference, EngineComparison, VerifyReport, VerifyRequest } from "./verify.js";
export { verify } from "./verify.js";
export { version } from "./version.js";
