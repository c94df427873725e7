import { type DenseStage, type Design, denseStages, type ReadoutStage, readoutStages } from "../ir/design.js";
import type { Shape } from "../ir/spiking.js";
import {
  type Assembled,
  assembleTrace,
  type NoValue,
  type StageTick,
  type WrittenTensor,
} from "./assemble.js";
import type { Expected } from "./expected.js";
import type { TraceRecord } from "./trace-file.js";

/** The first difference, located; `cycle` is the clock cycle in which the hardware said it. */
export interface LocatedDifference {
  readonly sample: number;
  readonly tick: number;
  readonly layer: string;
  readonly signal: string;
  readonly channel: number;
  readonly y: number;
  readonly x: number;
  readonly expected: number;
  readonly actual: number | NoValue;
  readonly cycle: number;
}

/** A finished comparison: how many values of each kind were compared, and the first that differs. */
export interface Comparison {
  readonly compared: {
    readonly spikes: number;
    readonly states: number;
    readonly logits: number;
    readonly classes: number;
  };
  readonly difference: LocatedDifference | undefined;
  /** Clock cycles of the whole run, and whether it came to its end. */
  readonly cycles: number;
  readonly complete: boolean;
  /** Ticks that each dense stage closed. */
  readonly closed: readonly number[];
}

/**
 * Compares a trace of the hardware with a golden run: every spike, every state word of every tick (each written
 * exactly once), logits, classes, votes, and the cycles that each stage was busy with each tick. Of several
 * differences the first by tick, then layer, then states before spikes is reported: the cause, not what followed.
 */
export async function compareTrace(
  design: Design,
  expected: Expected,
  records: AsyncIterable<TraceRecord>,
): Promise<Comparison> {
  const dense = denseStages(design);
  const readouts = readoutStages(design);
  const closed = dense.map(() => 0);
  const answered = readouts.map(() => 0);
  const compared = { spikes: 0, states: 0, logits: 0, classes: 0 };
  const first = earliest(expected.ticksPerSample);
  let end: Extract<Assembled, { kind: "end" }> = { kind: "end", cycle: 0, complete: false };

  const compareStage = (s: StageTick): void => {
    const stage = dense[s.layer] as DenseStage;
    const want = expected.ticks[s.tick];
    closed[s.layer] = s.tick + 1;
    if (want === undefined) return;
    const before = dense
      .slice(0, s.layer)
      .reduce((n, d) => n + d.pre.states.length + d.post.states.length, 0);
    const names = [...stage.pre.states, ...stage.post.states].map((state) => state.name);
    const tensor = (
      signal: string,
      order: number,
      wanted: ArrayLike<number>,
      have: WrittenTensor,
      shape: Shape,
    ): void => {
      const i = firstDifference(wanted, have);
      if (i === undefined) return;
      const plane = shape.height * shape.width;
      first.offer(s.tick, [s.layer, order, i], {
        layer: stage.name,
        signal,
        channel: Math.floor(i / plane),
        y: Math.floor(i / shape.width) % shape.height,
        x: i % shape.width,
        expected: wanted[i] as number,
        actual: have.missing.get(i) ?? (have.values[i] as number),
        cycle: have.cycles[i] || s.cycle,
      });
    };
    s.states.forEach((state, k) => {
      const shape = k < stage.pre.states.length ? stage.layer.input : stage.layer.output;
      const wanted = want.states[before + k] as Int32Array;
      compared.states += wanted.length;
      tensor(names[k] as string, k, wanted, state, shape);
    });
    const spikes = want.spikes[s.layer] as Uint8Array;
    compared.spikes += spikes.length;
    tensor("spikes", names.length, spikes, s.spikes, stage.layer.sent);
    if (s.busy !== stage.cycles.total) {
      const at = { layer: stage.name, signal: "busy cycles", channel: 0, y: 0, x: 0, cycle: s.cycle };
      first.offer(s.tick, [s.layer, names.length + 1], {
        ...at,
        expected: stage.cycles.total,
        actual: s.busy,
      });
    }
  };

  for await (const item of assembleTrace(design, records)) {
    if (item.kind === "stage-tick") compareStage(item);
    else if (item.kind === "end") end = item;
    else {
      const r = item.readout;
      const at = { layer: (readouts[r] as ReadoutStage).name, channel: 0, y: 0, x: 0, cycle: item.cycle };
      const check = (
        tick: number,
        order: number,
        signal: string,
        want: number,
        have: number | undefined,
        channel = 0,
      ) => {
        if (want === have) return;
        first.offer(tick, [dense.length + r, order, channel], {
          ...at,
          signal,
          channel,
          expected: want,
          actual: have ?? "unknown",
        });
      };
      if (item.kind === "readout-tick") {
        answered[r] = item.tick + 1;
        const want = expected.ticks[item.tick];
        if (want === undefined) continue;
        for (const [c, logit] of item.logits.entries()) {
          check(item.tick, 0, "logits", want.logits[r]?.[c] as number, logit, c);
        }
        check(item.tick, 1, "tick class", want.tickClass[r] as number, item.best);
        compared.logits += item.logits.length;
        compared.classes += 1;
      } else {
        const want = expected.samples[item.sample];
        if (want === undefined) continue;
        const lastTick = (item.sample + 1) * expected.ticksPerSample - 1;
        const best = want.classes[r] as number;
        check(lastTick, 2, "class", best, item.best);
        if (readouts[r]?.readout.vote === "majority")
          check(lastTick, 3, "votes", want.votes[r]?.[best] as number, item.votes);
        compared.classes += 1;
      }
    }
  }
  if (end.complete) {
    answered.forEach((have, r) => {
      if (have === expected.ticks.length) return;
      const at = {
        layer: (readouts[r] as ReadoutStage).name,
        signal: "ticks with logits",
        channel: 0,
        y: 0,
        x: 0,
      };
      first.offer(have, [dense.length + r], {
        ...at,
        expected: expected.ticks.length,
        actual: have,
        cycle: end.cycle,
      });
    });
  }
  return { compared, difference: first.found(), cycles: end.cycle, complete: end.complete, closed };
}

/** Index of the first element that differs or has no value. */
function firstDifference(wanted: ArrayLike<number>, have: WrittenTensor): number | undefined {
  for (let i = 0; i < wanted.length; i++) {
    if (wanted[i] !== have.values[i] || (have.missing.size > 0 && have.missing.has(i))) return i;
  }
  return undefined;
}

/** Keeps the difference that comes first by tick, then by `order`. */
function earliest(ticksPerSample: number) {
  let best: { readonly key: readonly number[]; readonly difference: LocatedDifference } | undefined;
  const before = (a: readonly number[], b: readonly number[]): boolean => {
    const i = a.findIndex((value, k) => value !== b[k]);
    return i >= 0 && (a[i] as number) < (b[i] ?? Number.POSITIVE_INFINITY);
  };
  return {
    offer(tick: number, order: readonly number[], what: Omit<LocatedDifference, "sample" | "tick">): void {
      const key = [tick, ...order];
      if (best !== undefined && !before(key, best.key)) return;
      const sample = Math.floor(tick / ticksPerSample);
      best = { key, difference: { sample, tick: tick % ticksPerSample, ...what } };
    },
    found: (): LocatedDifference | undefined => best?.difference,
  };
}
