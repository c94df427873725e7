import type { Result } from "./diagnostics/diagnostic.js";
import type { Pool, Shape, Vote } from "./ir/spiking.js";

/** A layer as `inspect` shows it. */
export interface LayerSummary {
  readonly name: string;
  readonly synapse: "conv2d" | "linear";
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly input: Shape;
  readonly output: Shape;
  readonly pool: Pool | undefined;
  readonly sent: Shape;
  readonly weights: number;
  /** Undefined: the weights are still real. */
  readonly weightBits: number | undefined;
  readonly macsPerTick: number;
}

/** A state as `inspect` shows it. */
export interface StateSummary {
  readonly name: string;
  readonly shape: Shape;
  /** `s24`, or undefined where no format is chosen yet. */
  readonly format: string | undefined;
  /** Real value of the last bit; several where channels differ. */
  readonly scale: readonly number[];
}

/** A readout as `inspect` shows it. */
export interface ReadoutSummary {
  readonly name: string;
  readonly layer: string;
  readonly inputs: number;
  readonly classes: number;
  readonly weightBits: number | undefined;
  readonly vote: Vote;
}

/** What a checkpoint or a build holds. */
export interface InspectReport {
  readonly kind: "checkpoint" | "build";
  readonly name: string;
  readonly input: Shape;
  readonly layers: readonly LayerSummary[];
  readonly states: readonly StateSummary[];
  readonly readouts: readonly ReadoutSummary[];
  readonly total: { readonly weights: number; readonly stateWords: number; readonly macsPerTick: number };
}

/** Says what a checkpoint or a build directory holds. */
export async function inspect(_path: string): Promise<Result<InspectReport>> {
  throw new Error("compiler bug: inspect is not wired");
}
