import type { Stimulus } from "../../data/stimulus.js";
import type { Shape } from "../../ir/spiking.js";
import type { SampleTrace } from "../trace.js";
import { runNetwork, type WasmNetwork } from "./run.js";

/** What of a frame to keep beside its class. */
export type FrameRecord = "spikes" | "states" | "final-states" | "readout";

/** One sample as a task for a thread: plain arrays. */
export interface FrameTask {
  readonly sample: number;
  readonly ticks: number;
  readonly shape: Shape;
  /** Indices of the spikes of tick t: `spikes[starts[t]]` up to `starts[t + 1]`. */
  readonly spikes: Int32Array;
  readonly starts: Int32Array;
  readonly burnIn: number;
  readonly record: readonly FrameRecord[];
}

/** What a frame gave. Arrays are there if they were asked for, empty else. */
export interface FrameResult extends SampleTrace {
  /** Per layer: spikes that it sent in all ticks. */
  readonly spikeCounts: readonly number[];
  /** Per layer, (tick, C, H, W). */
  readonly spikes: readonly Uint8Array[];
  /** Per state, (tick, C, H, W), or (C, H, W) after the last tick. */
  readonly states: readonly Float64Array[];
  /** Per readout, (tick, class); (tick). */
  readonly logits: readonly Float64Array[];
  readonly tickClass: readonly Int32Array[];
}

/** Takes one sample out of a stimulus. */
export function frameTask(
  stimulus: Stimulus,
  sample: number,
  burnIn: number,
  record: readonly FrameRecord[],
): FrameTask {
  const { ticks, shape } = stimulus;
  const starts = new Int32Array(ticks + 1);
  const all: ArrayLike<number>[] = [];
  for (let t = 0; t < ticks; t++) {
    const active = stimulus.active(sample, t);
    all.push(active);
    starts[t + 1] = (starts[t] as number) + active.length;
  }
  const spikes = new Int32Array(starts[ticks] as number);
  all.forEach((active, t) => {
    spikes.set(active, starts[t]);
  });
  return { sample, ticks, shape, spikes, starts, burnIn, record };
}

/** Runs one frame from reset. */
export function runFrame(network: WasmNetwork, task: FrameTask): FrameResult {
  const { sample, ticks, shape, starts, record } = task;
  const stimulus: Stimulus = {
    samples: 1,
    ticks,
    shape,
    active: (_, tick) => task.spikes.subarray(starts[tick], starts[tick + 1]),
  };
  const keep = (kind: FrameRecord): boolean => record.includes(kind);
  const allStates = keep("states");
  const spikes: Uint8Array[] = [];
  const states: Float64Array[] = [];
  const logits: Float64Array[] = [];
  const tickClass: Int32Array[] = [];
  const counts = network.places.spikes.map(() => 0);
  let trace: SampleTrace | undefined;
  /** Copies `row` to the tick's place of the array that `rows` keeps for it. */
  const put = <A extends Uint8Array | Int32Array | Float64Array>(
    rows: A[],
    make: new (length: number) => A,
    index: number,
    row: ArrayLike<number>,
    at: number,
    of: number,
  ): void => {
    rows[index] ??= new make(of * row.length);
    rows[index].set(row, at * row.length);
  };
  runNetwork(
    network,
    stimulus,
    { burnIn: task.burnIn },
    {
      tick(t) {
        if (keep("spikes"))
          for (const [l, row] of t.spikes.entries()) put(spikes, Uint8Array, l, row, t.tick, ticks);
        if (allStates)
          for (const [k, row] of t.states.entries()) put(states, Float64Array, k, row, t.tick, ticks);
        else if (keep("final-states") && t.tick + 1 === ticks)
          for (const [k, row] of t.states.entries()) put(states, Float64Array, k, row, 0, 1);
        if (!keep("readout")) return;
        for (const [r, row] of t.logits.entries()) put(logits, Float64Array, r, row, t.tick, ticks);
        for (const [r, best] of t.tickClass.entries()) put(tickClass, Int32Array, r, [best], t.tick, ticks);
      },
      sample: (ended) => {
        trace = ended;
      },
    },
    ({ spikeCounts }) => {
      for (const [l, n] of spikeCounts().entries()) counts[l] = (counts[l] as number) + n;
    },
  );
  const { classes, votes } = trace as SampleTrace;
  return { sample, classes, votes, spikeCounts: counts, spikes, states, logits, tickClass };
}
