import type { RtlEngineName } from "./config/schema.js";
import type { Result } from "./diagnostics/diagnostic.js";
import type { Progress } from "./progress.js";

/** Which build to hold against its golden simulator, in which simulators of Verilog, on which input. */
export interface VerifyRequest {
  readonly build: string;
  readonly input: string;
  readonly engines: readonly RtlEngineName[];
  readonly samples?: number;
  readonly ticks?: number;
  readonly progress?: Progress;
}

/** The first difference, located. */
export interface Difference {
  readonly sample: number;
  readonly tick: number;
  readonly layer: string;
  readonly signal: string;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  readonly expected: number;
  readonly actual: number;
}

/** One Verilog simulator against golden: what was compared, and the first difference if there is one. */
export interface EngineComparison {
  readonly engine: RtlEngineName;
  readonly equal: boolean;
  /** How many values of each kind were compared. */
  readonly compared: {
    readonly spikes: number;
    readonly states: number;
    readonly logits: number;
    readonly classes: number;
  };
  readonly cycles: number;
  readonly difference?: Difference;
  /** File with the waveform around the difference. */
  readonly waveform?: string;
}

/** What `verify` says. */
export interface VerifyReport {
  readonly build: string;
  readonly samples: number;
  readonly ticks: number;
  readonly engines: readonly EngineComparison[];
}

/** Runs golden and the emitted Verilog on the same input and compares every value of every tick. */
export async function verify(_request: VerifyRequest): Promise<Result<VerifyReport>> {
  throw new Error("compiler bug: verify is not wired");
}
