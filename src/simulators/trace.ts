/**
 * What every simulator says of a tick, in one form, so that runs can be recorded and compared exactly.
 * Arrays are views into the simulator's memory: an observer copies what it keeps.
 */
export interface TickTrace {
  readonly sample: number;
  readonly tick: number;
  /** Per layer, in network order: its spikes after pooling, (C, H, W) flat, 0 or 1. */
  readonly spikes: readonly Uint8Array[];
  /** Per state, in the order of `stateList`: its value after this tick, (C, H, W) flat. */
  readonly states: readonly ArrayLike<number>[];
  /** Per readout: integer logits (reference simulator: real logits). */
  readonly logits: readonly ArrayLike<number>[];
  /** Per readout, of the exact simulators: what its thresholds are compared with, (C, H, W) flat, after pooling. */
  readonly potentials?: readonly ArrayLike<number>[];
  /** Per readout: this tick's class. */
  readonly tickClass: readonly number[];
}

/** Class of a whole sample, per readout. */
export interface SampleTrace {
  readonly sample: number;
  readonly classes: readonly number[];
  /** Per readout, per class: the ticks that it won; of `vote: sum` the sum of its logits, in their unit, rounded down. */
  readonly votes: readonly (readonly number[])[];
}

/** Receives a run as it happens. */
export interface Observer {
  tick?(trace: TickTrace): void;
  sample?(trace: SampleTrace): void;
}
