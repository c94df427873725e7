import type { LoadedConfig } from "./config/load.js";
import type { Config, DeviceName } from "./config/schema.js";
import type { Result } from "./diagnostics/diagnostic.js";
import type { Deviation } from "./ir/fixed.js";
import type { Progress } from "./progress.js";

/** What to compile, how, and where to. */
export interface CompileRequest {
  readonly checkpoint: string;
  readonly config: Config;
  readonly output: string;
  readonly progress?: Progress;
  /** Where a value of `config` was written, for diagnostics. */
  readonly locate?: LoadedConfig["locate"];
}

/** Memories and multipliers, by the FPGA's units. */
export interface Resources {
  readonly ramb18: number;
  readonly ramb36: number;
  readonly uram: number;
  readonly dsp: number;
}

/** A stage of the design with its exact cycle count and its cost. */
export interface StageReport extends Resources {
  readonly name: string;
  readonly kind: string;
  readonly cyclesPerTick: number;
}

/** What `compile` says of a build. */
export interface CompileReport {
  readonly name: string;
  readonly output: string;
  readonly stages: readonly StageReport[];
  readonly cyclesPerTick: number;
  readonly total: Resources;
  readonly device: {
    readonly name: DeviceName;
    readonly ramb36: number;
    readonly uram: number;
    readonly dsp: number;
    readonly fits: boolean;
  };
  readonly deviations: readonly Deviation[];
}

/** The intermediate representations that `--emit` prints. */
export type TextStage = "spiking" | "fixed" | "design";

/** Compiles a checkpoint into a build directory. */
export async function compile(_request: CompileRequest): Promise<Result<CompileReport>> {
  throw new Error("compiler bug: compile is not wired");
}

/** The network's text form after one of the stages; writes nothing. */
export function emitText(_request: CompileRequest, _stage: TextStage): Result<string> {
  throw new Error("compiler bug: emitText is not wired");
}
