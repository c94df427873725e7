import { type NpyArray, npyArray } from "../data/npy.js";
import type { FixedModel } from "../ir/fixed.js";
import { type Shape, type SpikingModel, sizeOf } from "../ir/spiking.js";
import { stateList } from "./golden.js";
import { type ArrayName, recordedFiles } from "./recorded-files.js";
import type { Observer } from "./trace.js";

/** What `simulate` can record. */
export const recordKinds = ["spikes", "states", "readout", "final-states", "cycles"] as const;
/** One of {@link recordKinds}. */
export type RecordKind = (typeof recordKinds)[number];

/** An array that was recorded, and the file that holds it where it is written. */
export interface RecordedArray extends ArrayName {
  readonly file: string;
  readonly array: NpyArray;
}

type Unfiled = Omit<RecordedArray, "file">;

const dims = (s: Shape): readonly number[] => [s.channels, s.height, s.width];

/** Integers as i4, or as i8 where one needs it; the reference simulator's numbers as f8. */
function numbers(values: Float64Array, shape: readonly number[], real: boolean): NpyArray {
  if (real) return npyArray("f8", shape, values);
  const wide = values.some((v) => v !== (v | 0));
  return wide
    ? npyArray("i8", shape, BigInt64Array.from(values, BigInt))
    : npyArray("i4", shape, Int32Array.from(values));
}

/**
 * Collects a run into arrays, (sample, tick, …): spikes u8 as the layer sends them on, states i32 (f8 for the reference
 * simulator), logits, the class of each tick and of each sample. `final-states` keeps the last tick alone, (sample, …).
 */
export function recordRun(
  model: FixedModel | SpikingModel,
  samples: number,
  ticks: number,
  record: readonly RecordKind[],
  real: boolean,
) {
  const states = stateList(model);
  const allStates = record.includes("states");
  const finalStates = !allStates && record.includes("final-states");
  const array = (wanted: boolean, length: number): Float64Array => new Float64Array(wanted ? length : 0);
  const run = samples * ticks;
  const spikes = model.layers.map(
    (l) => new Uint8Array(record.includes("spikes") ? run * sizeOf(l.sent) : 0),
  );
  const stateWords = states.map((s) =>
    array(allStates || finalStates, (allStates ? run : samples) * sizeOf(s.shape)),
  );
  const readout = record.includes("readout");
  const logits = model.readouts.map((r) => array(readout, run * r.classes));
  const tickClass = model.readouts.map(() => array(readout, run));
  const classes: (readonly number[])[] = [];

  const observer: Observer = {
    tick(t) {
      const at = t.sample * ticks + t.tick;
      if (record.includes("spikes"))
        for (const [l, s] of t.spikes.entries()) spikes[l]?.set(s, at * s.length);
      const lastTick = t.tick + 1 === ticks;
      // States are asked for only where they are kept: a simulator may have to convert them.
      const kept = allStates || (finalStates && lastTick) ? t.states : [];
      const row = allStates ? at : t.sample;
      for (const [k, s] of kept.entries()) stateWords[k]?.set(s, row * s.length);
      if (!readout) return;
      for (const [r, row] of t.logits.entries()) logits[r]?.set(row, at * row.length);
      for (const [r, best] of t.tickClass.entries()) tickClass[r]?.set([best], at);
    },
    sample: (s) => void classes.push(s.classes),
  };

  const recordedSpikes = (): readonly Unfiled[] =>
    model.layers.map(({ name, sent }, l) => ({
      kind: "spikes",
      of: name,
      array: npyArray("u1", [samples, ticks, ...dims(sent)], spikes[l] as Uint8Array),
    }));
  const recordedStates = (): readonly Unfiled[] =>
    states.map(({ name, shape }, k) => {
      const whole = allStates ? [samples, ticks, ...dims(shape)] : [samples, ...dims(shape)];
      return { kind: "state", of: name, array: numbers(stateWords[k] as Float64Array, whole, real) };
    });
  const recordedReadouts = (): readonly Unfiled[] =>
    model.readouts.flatMap(({ name, classes: count }, r): readonly Unfiled[] => {
      const ofTicks = Int32Array.from(tickClass[r] ?? []);
      const ofSamples = Int32Array.from(classes, (row) => row[r] as number);
      return [
        {
          kind: "logits",
          of: name,
          array: numbers(logits[r] as Float64Array, [samples, ticks, count], real),
        },
        { kind: "tick_class", of: name, array: npyArray("i4", [samples, ticks], ofTicks) },
        { kind: "class", of: name, array: npyArray("i4", [samples], ofSamples) },
      ];
    });
  const arrays = (): readonly RecordedArray[] => {
    const fileOf = recordedFiles(model);
    return [
      ...(record.includes("spikes") ? recordedSpikes() : []),
      ...(allStates || finalStates ? recordedStates() : []),
      ...(readout ? recordedReadouts() : []),
    ].map((recorded) => ({ ...recorded, file: fileOf(recorded) }));
  };
  return { observer, arrays, classes: (): readonly (readonly number[])[] => classes };
}
