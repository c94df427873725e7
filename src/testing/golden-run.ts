import type { Stimulus } from "../data/stimulus.js";
import type { FixedModel } from "../ir/fixed.js";
import { type RunOptions, runGolden } from "../simulators/golden.js";
import type { Observer } from "../simulators/trace.js";

/** One tick as the golden simulator computes it, copied. */
export interface GoldenTick {
  readonly spikes: readonly Uint8Array[];
  readonly states: readonly Float64Array[];
  readonly logits: readonly Float64Array[];
}

/** Everything that the golden simulator says of a run, in memory: for short ones. `observer` hears it too. */
export function goldenRun(
  model: FixedModel,
  stimulus: Stimulus,
  options: RunOptions = { burnIn: 0 },
  observer: Observer = {},
): readonly GoldenTick[] {
  const ticks: GoldenTick[] = [];
  runGolden(model, stimulus, options, {
    ...observer,
    tick(trace) {
      observer.tick?.(trace);
      ticks.push({
        spikes: trace.spikes.map((s) => s.slice()),
        states: trace.states.map((s) => Float64Array.from(s)),
        logits: trace.logits.map((row) => Float64Array.from(row)),
      });
    },
  });
  return ticks;
}
