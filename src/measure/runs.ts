import { oneSample, type Stimulus } from "../data/stimulus.js";
import { type Result, success } from "../diagnostics/diagnostic.js";
import type { FixedModel } from "../ir/fixed.js";
import type { Shape, SpikingModel } from "../ir/spiking.js";
import { runReference } from "../simulators/reference.js";
import type { Observer } from "../simulators/trace.js";
import { compileWasm, runNetwork } from "../simulators/wasm/run.js";
import { differences, emptyRecording, type Recording, record } from "./recording.js";

/** What a network did: the spikes that each layer sent, and each readout's classes. */
export interface Run {
  /** By layer. */
  readonly spikes: readonly Recording[];
  /** By readout, (sample, tick). */
  readonly tickClass: readonly Uint32Array[];
  /** By readout, (sample). */
  readonly classes: readonly Uint32Array[];
}

/** A run in doubles, with the interval of every state's values. */
export interface ReferenceRun extends Run {
  readonly ranges: ReadonlyMap<string, { readonly min: number; readonly max: number }>;
}

/** How samples are run: the first tick that votes, and who hears of every sample that is done. */
export interface RunManner {
  readonly burnIn: number;
  readonly onSample?: (done: number) => void;
}

/** Runs the reference simulator, sample by sample. */
export async function runInDoubles(
  model: SpikingModel,
  stimulus: Stimulus,
  manner: RunManner,
): Promise<ReferenceRun> {
  const names = model.layers.flatMap((l) => [...l.pre.states, ...l.post.states].map((s) => s.name));
  const ranges = names.map(() => ({ min: 0, max: 0 }));
  const run = await collect(model, stimulus, manner, (sample, observer) =>
    runReference(model, sample, manner, {
      ...observer,
      tick(t) {
        observer.tick?.(t);
        t.states.forEach((values, i) => {
          const range = ranges[i] as { min: number; max: number };
          for (let k = 0; k < values.length; k++) {
            range.min = Math.min(range.min, values[k] as number);
            range.max = Math.max(range.max, values[k] as number);
          }
        });
      },
    }),
  );
  return { ...run, ranges: new Map(names.map((name, i) => [name, ranges[i] as (typeof ranges)[number]])) };
}

/** Runs the fast simulator, sample by sample. */
export async function runInIntegers(
  model: FixedModel,
  stimulus: Stimulus,
  manner: RunManner,
): Promise<Result<Run>> {
  const network = compileWasm(model);
  if (!network.ok) return network;
  return success(
    await collect(model, stimulus, manner, (sample, observer) =>
      runNetwork(network.value, sample, manner, observer),
    ),
  );
}

interface Network {
  readonly layers: readonly { readonly sent: Shape }[];
  readonly readouts: readonly object[];
}

async function collect(
  { layers, readouts }: Network,
  stimulus: Stimulus,
  { onSample }: RunManner,
  run: (sample: Stimulus, observer: Observer) => void,
): Promise<Run> {
  const { samples, ticks } = stimulus;
  const spikes = layers.map((l) => emptyRecording(l.sent, samples, ticks));
  const tickClass = readouts.map(() => new Uint32Array(samples * ticks));
  const classes = readouts.map(() => new Uint32Array(samples));
  for (let sample = 0; sample < samples; sample++) {
    run(oneSample(stimulus, sample), {
      tick(t) {
        for (const [l, row] of t.spikes.entries()) record(spikes[l] as Recording, sample, t.tick, row);
        for (const [r, best] of t.tickClass.entries()) tickClass[r]?.set([best], sample * ticks + t.tick);
      },
      sample(s) {
        for (const [r, best] of s.classes.entries()) classes[r]?.set([best], sample);
      },
    });
    onSample?.(sample + 1);
    // Lets timers and signals through.
    await new Promise(setImmediate);
  }
  return { spikes, tickClass, classes };
}

/** Of all channels, or all readouts. */
export const total = (counts: readonly number[] = []): number => counts.reduce((sum, n) => sum + n, 0);

/** How two runs of one network differ. */
export interface Agreement {
  /** By layer, by channel: spikes that differ. */
  readonly spikes: readonly (readonly number[])[];
  /** By readout: ticks, and samples, with another class. */
  readonly ticks: readonly number[];
  readonly samples: readonly number[];
}

/** Compares runs, layer by layer and readout by readout. */
export const compareRuns = (a: Run, b: Run): Agreement => ({
  spikes: a.spikes.map((row, l) => differences(row, b.spikes[l] as Recording)),
  ticks: a.tickClass.map((row, r) => unequal(row, b.tickClass[r] as Uint32Array)),
  samples: a.classes.map((row, r) => unequal(row, b.classes[r] as Uint32Array)),
});

const unequal = (a: Uint32Array, b: Uint32Array): number =>
  a.reduce((n, x, i) => n + (x === b[i] ? 0 : 1), 0);

/** The part of a run that one layer has, with the readouts of `network` among all those of `model`. */
export function partOf(run: Run, model: SpikingModel, network: SpikingModel): Run {
  const layers = network.layers.map((layer) => model.layers.findIndex((l) => l.name === layer.name));
  const readouts = network.readouts.map((readout) =>
    model.readouts.findIndex((r) => r.name === readout.name),
  );
  const pick = <T>(from: readonly T[], at: readonly number[]): T[] => at.map((i) => from[i] as T);
  return {
    spikes: pick(run.spikes, layers),
    tickClass: pick(run.tickClass, readouts),
    classes: pick(run.classes, readouts),
  };
}
