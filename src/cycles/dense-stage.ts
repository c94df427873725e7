import { type DenseStage, memoryOf } from "../ir/design.js";
import { mergeLatency } from "../mapping/geometry.js";
import { macLatency, sweepCycles } from "../mapping/latencies.js";
import { type NeuronWalk, neurons, type SentTick } from "./neurons.js";
import type { Stream } from "./stream.js";

/** A dense stage, cycle by cycle: rtl/spike_sink.v, dense_control.v, trace_sweep.v, dense_walk.v and what follows. */
export function denseStageModel(
  stage: DenseStage,
  walk: Omit<NeuronWalk, "finish">,
  input: Stream,
  tickOf: (tick: number) => SentTick,
) {
  const words = stage.cycles.sweep;
  const sweep = sweepCycles(words, stage.pre.latency);
  // The first beat is registered, then come the operand memory, the sums and their pool, the state memory, the pipeline,
  // the pool.
  const finish = 1 + 1 + macLatency(stage.simd) + mergeLatency(stage.geometry) + 1 + stage.post.latency + 1;
  const tail = neurons({ ...walk, finish }, tickOf);
  let clearing = memoryOf(stage, "input-spikes").depth;
  let phase: "idle" | "sweep" | "walk" | "close" = "idle";
  let [held, takenAt, walkAt] = [false, -1, -1];
  let walking = false;
  return {
    spikes: tail.spikes,
    potentials: tail.potentials,
    step(cycle: number) {
      const step = tail.step(cycle, walking);
      const { beat } = input;
      const accept = beat !== undefined && clearing === 0 && !held;
      input.taken = accept;

      const start = phase === "idle" && held;
      if (step.ends) walking = false;
      if (phase === "sweep" && cycle === walkAt) [phase, walking] = ["walk", true];
      else if (phase === "walk" && step.closed !== undefined) phase = "idle";
      if (start) {
        phase = "sweep";
        // A word is read in each cycle after the start; the sink is free in the cycle after the last.
        takenAt = cycle + words + 1;
        walkAt = cycle + sweep;
      }
      if (cycle === takenAt) held = false;
      if (accept && beat.last) held = true;
      if (clearing > 0) clearing--;
      return step;
    },
  };
}
