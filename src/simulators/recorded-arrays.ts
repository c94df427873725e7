import { encodeNpy, npyArray } from "../data/npy.js";
import type { FixedModel } from "../ir/fixed.js";
import { type Shape, type SpikingModel, sizeOf } from "../ir/spiking.js";
import { stateList } from "./golden.js";
import type { Observer } from "./trace.js";

/** What `simulate` can record. */
export const recordKinds = ["spikes", "states", "readout", "final-states", "cycles"] as const;
/** One of {@link recordKinds}. */
export type RecordKind = (typeof recordKinds)[number];

const dims = (s: Shape): readonly number[] => [s.channels, s.height, s.width];

/**
 * Collects a run into arrays, (sample, tick, …): `<layer>.spikes` u8 as the layer sends them on, `<state>` i32
 * (f8 for the reference simulator), `logits`, `tick_class`, `class`. `final-states` keeps the last tick alone,
 * (sample, …). With several readouts their files have the readout's name in front.
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

  const number = (values: Float64Array, shape: readonly number[]): Uint8Array => {
    if (real) return encodeNpy(npyArray("f8", shape, values));
    const wide = values.some((v) => v !== (v | 0));
    return wide
      ? encodeNpy(npyArray("i8", shape, BigInt64Array.from(values, BigInt)))
      : encodeNpy(npyArray("i4", shape, Int32Array.from(values)));
  };
  const files = (): Map<string, Uint8Array | string> => {
    const result = new Map<string, Uint8Array | string>();
    const put = (name: string, content: Uint8Array): void => void result.set(`${name}.npy`, content);
    if (record.includes("spikes")) {
      model.layers.forEach((l, i) => {
        put(
          `${l.name}.spikes`,
          encodeNpy(npyArray("u1", [samples, ticks, ...dims(l.sent)], spikes[i] as Uint8Array)),
        );
      });
    }
    if (allStates || finalStates) {
      states.forEach((s, k) => {
        const shape = allStates ? [samples, ticks, ...dims(s.shape)] : [samples, ...dims(s.shape)];
        put(s.name, number(stateWords[k] as Float64Array, shape));
      });
    }
    if (readout) {
      model.readouts.forEach((r, i) => {
        const prefix = model.readouts.length === 1 ? "" : `${r.name}.`;
        put(`${prefix}logits`, number(logits[i] as Float64Array, [samples, ticks, r.classes]));
        put(
          `${prefix}tick_class`,
          encodeNpy(npyArray("i4", [samples, ticks], Int32Array.from(tickClass[i] ?? []))),
        );
        put(
          `${prefix}class`,
          encodeNpy(
            npyArray(
              "i4",
              [samples],
              Int32Array.from(classes, (c) => c[i] as number),
            ),
          ),
        );
      });
    }
    return result;
  };
  return { observer, files, classes: (): readonly (readonly number[])[] => classes };
}
