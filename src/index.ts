/** Public API of spikec. Every function returns diagnostics instead of throwing for what a user did wrong. */
export type { CalibratedLayer, CalibrateReport, CalibrateRequest } from "./commands/calibrate.js";
export { calibrate } from "./commands/calibrate.js";
export type { CompileReport, CompileRequest, StageReport, TextStage } from "./commands/compile.js";
export { emitText } from "./commands/compile.js";
export type { DoctorReport, ToolReport } from "./commands/doctor.js";
export { doctor } from "./commands/doctor.js";
export type { EstimateReport, EstimateRequest } from "./commands/estimate.js";
export { estimate } from "./commands/estimate.js";
export type { EvaluateReport, EvaluateRequest } from "./commands/evaluate.js";
export { evaluate } from "./commands/evaluate.js";
export type { InspectReport } from "./commands/inspect.js";
export { inspect } from "./commands/inspect.js";
export type {
  RecordedFile,
  RunCycles,
  SimulateReport,
  SimulateRequest,
  StageCycles,
} from "./commands/simulate.js";
export type { Difference, SimulatorComparison, VerifyReport, VerifyRequest } from "./commands/verify.js";
export { defaultConfig } from "./config/defaults.js";
export type { LoadedConfig, Override } from "./config/load.js";
export { loadConfig, parseConfig } from "./config/load.js";
export type { Config, ConfigFile, DenseLanes } from "./config/schema.js";
export type { BlockCost, Cost } from "./cost/cost.js";
export type { DesignEstimate, ResourceUse, StageEstimate } from "./cost/design.js";
export type { DeviceName } from "./cost/devices.js";
export type { NpyArray, NpyData, NpyType } from "./data/npy.js";
export { decodeNpy, encodeNpy, npyArray, readNpy } from "./data/npy.js";
export type { Stimulus, StimulusLimits } from "./data/stimulus.js";
export { readStimulus, stimulusOf } from "./data/stimulus.js";
export type { Diagnostic, Loc, Note, Result } from "./diagnostics/diagnostic.js";
export { renderDiagnostic } from "./diagnostics/render.js";
export type { Progress } from "./host/progress.js";
export { version } from "./host/version.js";
export type { Shape } from "./ir/spiking.js";
export type { MemoryFile } from "./library/arguments.js";
export type { LoadedBuild } from "./library/builds.js";
export { openBuild } from "./library/builds.js";
export type { CompileArguments, CompiledNetwork } from "./library/compile.js";
export { compile } from "./library/compile.js";
export type { SimulateArguments, SimulatedArray, Simulation } from "./library/simulate.js";
export { simulate } from "./library/simulate.js";
export type { VerifyArguments } from "./library/verify.js";
export { verify } from "./library/verify.js";
export type { RtlSimulatorName, SimulatorName } from "./simulators/names.js";
export type { RecordKind } from "./simulators/recorded-arrays.js";
