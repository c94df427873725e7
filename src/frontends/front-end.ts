import type { Loc, Result } from "../diagnostics/diagnostic.js";
import type { SpikingModel } from "../ir/spiking.js";

/** Most bytes of a checkpoint, and of a file beside it: ten times what any FPGA holds, and a bound on memory. */
export const checkpointLimitBytes = 2 ** 27;

/** A text that stands beside a checkpoint and says what it lacks, with its path; what may stand in it, its reader knows. */
export interface CompanionFile {
  readonly file: string;
  readonly text: string;
}

/** A checkpoint as it was read: its path, its bytes, and the companion file, if one was given. */
export interface Checkpoint {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly companion: CompanionFile | undefined;
  /** Contents of files beside the checkpoint, by their paths from its folder: they aren't looked for on disk then. */
  readonly beside?: ReadonlyMap<string, Uint8Array> | undefined;
}

/** A burn-in that stands beside or in a checkpoint: how many ticks, under which key, and where. */
export interface StatedBurnIn {
  readonly ticks: number;
  readonly key: string;
  readonly from: "network file" | "checkpoint";
  readonly loc: Loc;
}

/** What a front end makes of a checkpoint. */
export interface Imported {
  readonly model: SpikingModel;
  /** Ticks at a frame's start that don't count, where the companion file or the checkpoint itself says so. */
  readonly burnIn: StatedBurnIn | undefined;
  /** The files beside the checkpoint that were read for it, by their paths from its folder. */
  readonly beside?: ReadonlyMap<string, Uint8Array>;
}

/** A front end: what it reads, by file ending and by how a file begins, and how. What is wrong is said with its place; it never throws. */
export interface FrontEnd {
  readonly endings: readonly string[];
  /** Whether a file begins as this front end's do; its ending says what it is where no front end knows it. */
  recognises(bytes: Uint8Array): boolean;
  read(checkpoint: Checkpoint): Result<Imported>;
}
