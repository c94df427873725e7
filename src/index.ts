/** Public API of spikec. Every function returns diagnostics instead of throwing for what a user did wrong. */
export type { CalibratedLayer, CalibrateReport, CalibrateRequest } from "./commands/calibrate.js";
export { calibrate } from "./commands/calibrate.js";
export type { CompileReport, CompileRequest, Resources, StageReport, TextStage } from "./commands/compile.js";
export { compile, emitText } from "./commands/compile.js";
export type { DoctorReport, ToolReport } from "./commands/doctor.js";
export { doctor } from "./commands/doctor.js";
export type { EstimateReport, EstimateRequest } from "./commands/estimate.js";
export { estimate } from "./commands/estimate.js";
export type { EvaluateReport, EvaluateRequest } from "./commands/evaluate.js";
export { evaluate } from "./commands/evaluate.js";
export type { InspectReport } from "./commands/inspect.js";
export { inspect } from "./commands/inspect.js";
export type { RunCycles, SimulateReport, SimulateRequest } from "./commands/simulate.js";
export { simulate } from "./commands/simulate.js";
export type { Difference, EngineComparison, VerifyReport, VerifyRequest } from "./commands/verify.js";
export { verify } from "./commands/verify.js";
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
export type { BlockCost, Cost } from "./cost/cost.js";
export type { ResourceUse, StageEstimate } from "./cost/design.js";
export type { NpyArray, NpyData, NpyType } from "./data/npy.js";
export { decodeNpy, encodeNpy, npyArray, readNpy } from "./data/npy.js";
export type { Stimulus, StimulusLimits } from "./data/stimulus.js";
export { readStimulus, stimulusOf } from "./data/stimulus.js";
export type { Diagnostic, Loc, Note, Result } from "./diagnostics/diagnostic.js";
export { renderDiagnostic } from "./diagnostics/render.js";
export type { Progress } from "./host/progress.js";
export { version } from "./host/version.js";
