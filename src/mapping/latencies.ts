/**
 * One typed entry per rtl/ block: its latency, as the block's header states it and its bench measures it, and what
 * a stage built of it costs in cycles. Widths of memories and multipliers come from src/passes/map-stages.ts.
 */

/** Cycles from an operation's operands to its result: rtl/fx_<kind>.v. */
const latencies = {
  add: 1,
  mul: 3,
  shift_left: 0,
  shift_left_var: 1,
  round_shift: 1,
  saturate: 1,
  compare: 1,
  select: 1,
} as const;

/** Latency of the rtl block that does `kind`. */
export function latencyOf(kind: keyof typeof latencies): number {
  return latencies[kind];
}

/** rtl/mac_array.v: from the last beat of a neuron group to its sums. */
export function macLatency(simd: number): number {
  return 2 + Math.ceil(Math.log2(simd));
}

/** rtl/trace_sweep.v: from start to done. */
export function sweepCycles(words: number, pipeLatency: number): number {
  return words + pipeLatency + 2;
}

/** rtl/dense_walk.v: from start to done, never waiting. */
export function walkCycles(beats: number): number {
  return beats + 1;
}

/** What the cycles of a dense stage depend on. */
export interface DenseShape {
  /** Input words: C_in/SIMD · H_in · W_in. */
  readonly words: number;
  /** Walk beats: H_out · W_out · C_out/PE · K_h · K_w · C_in/SIMD. */
  readonly beats: number;
  readonly simd: number;
  readonly preLatency: number;
  /** Of rtl/max_window.v, where sums are pooled. */
  readonly mergeLatency: number;
  readonly postLatency: number;
}

/**
 * Cycles from the start of a tick's sweep to the moment the next may start (rtl/dense_control.v): sweep, walk, one
 * cycle of operand memory, the multiply-accumulate pipeline, those that pool sums, one of state memory, the post pipeline, one of pooling,
 * and two of control. Sweep and walk don't overlap: the walk reads the trace memory that the sweep writes.
 */
export function denseCycles(s: DenseShape) {
  const sweep = sweepCycles(s.words, s.preLatency);
  const walk = walkCycles(s.beats);
  const drain = 1 + macLatency(s.simd) + s.mergeLatency + 1 + s.postLatency + 1;
  const total = sweep + walk + drain + 2;
  return { sweep: s.words, walk: s.beats, overhead: total - s.words - s.beats, total };
}

/**
 * Cycles that a readout is busy with a tick when the stage before it sends at once: a beat per ACTS activations and
 * one that closes the tick; the scan for the argmax goes on beside the next tick. On events these are its least: a beat
 * of potentials a cycle, ACTS activations that are not zero a cycle.
 */
export function readoutCycles(beats: number, classes: number) {
  const total = Math.max(beats + 1, classes + 2);
  return { sweep: 0, walk: beats, overhead: total - beats, total };
}

/**
 * Least cycles of an event stage's tick: its sweep, and two between ticks (rtl/sweep_walk.v); where the next sweep must
 * wait for the last results of this one, those `latency` cycles too. What events add, the cycle model says.
 */
export function eventSweepCycles(beats: number, latency: number, overlaps: boolean) {
  const overhead = overlaps ? 2 : latency + 1;
  return { sweep: beats, walk: 0, overhead, total: beats + overhead };
}
