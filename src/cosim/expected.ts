import type { Stimulus } from "../data/stimulus.js";
import type { FixedModel } from "../ir/fixed.js";
import { type RunOptions, runGolden } from "../simulators/golden.js";
import type { SampleTrace } from "../simulators/trace.js";

/** One tick as the golden simulator computes it, copied. */
export interface ExpectedTick {
  readonly spikes: readonly Uint8Array[];
  readonly states: readonly Int32Array[];
  readonly logits: readonly Float64Array[];
  readonly tickClass: readonly number[];
}

/** A whole golden run: ticks of all samples one after the other, and the class of each sample. */
export interface Expected {
  readonly ticks: readonly ExpectedTick[];
  readonly samples: readonly SampleTrace[];
  readonly ticksPerSample: number;
}

/** Runs the golden simulator and keeps everything that a comparison needs. */
export function expectedRun(
  model: FixedModel,
  stimulus: Stimulus,
  options: RunOptions,
  onTick: (done: number) => void = () => {},
): Expected {
  const ticks: ExpectedTick[] = [];
  const samples: SampleTrace[] = [];
  runGolden(model, stimulus, options, {
    tick(trace) {
      ticks.push({
        spikes: trace.spikes.map((s) => s.slice()),
        states: trace.states.map((s) => Int32Array.from(s)),
        logits: trace.logits.map((row) => Float64Array.from(row)),
        tickClass: [...trace.tickClass],
      });
      onTick(ticks.length);
    },
    sample: (trace) => void samples.push(trace),
  });
  return { ticks, samples, ticksPerSample: stimulus.ticks };
}
