import type { EngineName, RecordKind } from "./config/schema.js";
import type { Result } from "./diagnostics/diagnostic.js";
import type { Progress } from "./progress.js";

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
export async function simulate(_request: SimulateRequest): Promise<Result<SimulateReport>> {
  throw new Error("compiler bug: simulate is not wired");
}
