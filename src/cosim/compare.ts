import { RESET_CYCLES } from "../emit/views/neurons.js";
import { type Design, isSteady, type ReadoutStage, readoutStages } from "../ir/design.js";
import { sizeOf } from "../ir/spiking.js";
import { outputStream } from "../ir/stream.js";
import { layoutsOf, type StageLayout, type TensorLayout } from "../mapping/layout.js";
import { assembleTrace, type NoValue, type WrittenTensor } from "./assemble.js";
import type { Expected, WholeTick } from "./expected.js";
import { sameHash, type TensorHash } from "./hash.js";
import type { TraceRecord } from "./trace-file.js";

/** Number that the bench gives to the first cycle out of reset (templates/sim/tb.v.hbs): the cycle model's 0. */
const FIRST_CYCLE = RESET_CYCLES + 1;

/** The bench's cycle in which a tick must end. */
const endOf = (ends: Int32Array | undefined, tick: number): number | undefined =>
  ends === undefined ? undefined : (ends[tick] as number) + FIRST_CYCLE;

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

/** What the hashes alone say of the first difference: it is in this tick (counted over all samples), up to this cycle. */
export interface DifferentTick {
  readonly tick: number;
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
  /** Located where it is a number of its own (a logit, a class, busy cycles), by its tick where it is in a tensor. */
  readonly difference: LocatedDifference | DifferentTick | undefined;
  /** Clock cycles of the whole run, and whether it came to its end. */
  readonly cycles: number;
  readonly complete: boolean;
  /** Ticks that each layer's stage closed. */
  readonly closed: readonly number[];
}

/**
 * Compares a trace of the hardware with a run of the integers: the hash of every tensor of every tick, logits, classes,
 * votes, and the cycles that each stage was busy with each tick. Of several differences the first by tick, then layer,
 * then states before spikes is reported: the cause, not what followed. `paced`: the bench never paused, so that every
 * tick ends in the cycle that the cycle model predicts.
 */
export async function compareTrace(
  design: Design,
  expected: Expected,
  records: AsyncIterable<TraceRecord>,
  paced = false,
): Promise<Comparison> {
  const layouts = layoutsOf(design);
  const readouts = readoutStages(design);
  const closed = layouts.map(() => 0);
  const answered = readouts.map(() => 0);
  const frames = readouts.map(() => 0);
  const compared = { spikes: 0, states: 0, logits: 0, classes: 0 };
  const first = earliest<LocatedDifference | DifferentTick>();
  let sent = 0;
  let end = { cycle: 0, complete: false };

  const located = (
    tick: number,
    at: Omit<LocatedDifference, "sample" | "tick" | "y" | "x">,
  ): LocatedDifference => ({
    sample: Math.floor(tick / expected.ticksPerSample),
    tick: tick % expected.ticksPerSample,
    y: 0,
    x: 0,
    ...at,
  });
  /** Output beyond the run's last. */
  const surplus = (stage: number, layer: string, signal: string, count: number, cycle: number): void => {
    const at = { layer, signal, channel: 0, expected: count, actual: count + 1, cycle };
    first.offer([expected.ticks.length, stage], located(expected.ticks.length - 1, at));
  };
  const surplusOf = (
    { readout, cycle }: { readonly readout: number; readonly cycle: number },
    signal: string,
    count: number,
  ): void =>
    surplus(layouts.length + readout, (readouts[readout] as ReadoutStage).name, signal, count, cycle);
  const compareStage = (r: Extract<TraceRecord, { kind: "tick" }>): void => {
    const { stage, tensors } = layouts[r.stage] as StageLayout;
    const tick = closed[r.stage] as number;
    closed[r.stage] = tick + 1;
    const want = expected.ticks[tick]?.hashes[r.stage];
    if (want === undefined) {
      surplus(r.stage, stage.name, "ticks", expected.ticks.length, r.cycle);
      return;
    }
    tensors.forEach((tensor, k) => {
      compared[k + 1 === tensors.length ? "spikes" : "states"] += sizeOf(tensor.shape);
      if (!sameHash(want[k] as TensorHash, r.hashes[k] as TensorHash))
        first.offer([tick, r.stage, k], { tick, cycle: r.cycle });
    });
    const { name, cycles } = stage;
    const end = endOf(expected.cycles?.stages[r.stage], tick);
    if (paced && end !== undefined && r.cycle !== end) {
      const at = { layer: name, signal: "cycle of its end", channel: 0, cycle: r.cycle };
      first.offer([tick, r.stage, tensors.length], located(tick, { ...at, expected: end, actual: r.cycle }));
    }
    if (!isSteady(stage) || r.busy === cycles.total) return;
    const at = { layer: name, signal: "busy cycles", channel: 0, cycle: r.cycle };
    const numbers = { expected: cycles.total, actual: r.busy };
    first.offer([tick, r.stage, tensors.length], located(tick, { ...at, ...numbers }));
  };
  const compareNumber = (
    r: { readonly readout: number; readonly cycle: number },
    tick: number,
    order: number,
    signal: string,
    want: number,
    have: number | undefined,
    channel = 0,
  ): void => {
    if (want === have) return;
    const at = { layer: (readouts[r.readout] as ReadoutStage).name, signal, channel, cycle: r.cycle };
    const actual = have === undefined || Number.isNaN(have) ? "unknown" : have;
    const key = [tick, layouts.length + r.readout, order, channel];
    first.offer(key, located(tick, { ...at, expected: want, actual }));
  };

  for await (const item of assembleTrace(design, records, { from: 0, to: 0 })) {
    switch (item.kind) {
      case "tick":
        compareStage(item);
        break;
      case "readout-tick": {
        const want = expected.ticks[item.tick];
        answered[item.readout] = item.tick + 1;
        if (want === undefined) {
          surplusOf(item, "ticks with logits", expected.ticks.length);
          break;
        }
        for (const [c, logit] of item.logits.entries())
          compareNumber(item, item.tick, 0, "logits", want.logits[item.readout]?.[c] as number, logit, c);
        compareNumber(item, item.tick, 1, "tick class", want.tickClass[item.readout] as number, item.best);
        const end = endOf(expected.cycles?.readouts[item.readout], item.tick);
        if (paced && end !== undefined)
          compareNumber(item, item.tick, 2, "cycle of its class", end, item.cycle);
        compared.logits += item.logits.length;
        compared.classes += 1;
        break;
      }
      case "class": {
        const sample = frames[item.readout] as number;
        frames[item.readout] = sample + 1;
        const want = expected.samples[sample];
        if (want === undefined) {
          surplusOf(item, "classes", expected.samples.length);
          break;
        }
        const lastTick = (sample + 1) * expected.ticksPerSample - 1;
        const best = want.classes[item.readout] as number;
        compareNumber(item, lastTick, 2, "class", best, item.best);
        if (readouts[item.readout]?.readout.vote === "majority") {
          const votes = want.votes[item.readout]?.[best] as number;
          compareNumber(item, lastTick, 3, "votes", votes, item.votes);
        }
        compared.classes += 1;
        break;
      }
      case "events": {
        const tick = sent++;
        const want = expected.ticks[tick];
        const { name } = (layouts.at(-1) as StageLayout).stage;
        if (want === undefined)
          surplus(layouts.length, name, "ticks sent", expected.ticks.length, item.cycle);
        else if (want.events !== undefined && !sameHash(want.events, item.hash))
          first.offer([tick, layouts.length], { tick, cycle: item.cycle });
        break;
      }
      case "end":
        end = item;
        break;
    }
  }
  if (end.complete)
    answered.forEach((have, readout) => {
      const want = expected.ticks.length;
      compareNumber({ readout, cycle: end.cycle }, have, 0, "ticks with logits", want, have);
    });
  return { compared, difference: first.found(), cycles: end.cycle, complete: end.complete, closed };
}

/**
 * Finds the first difference in a trace that holds tick `tick` in full: by stage, then states before spikes, then
 * element; then the events that leave the core.
 */
export async function locateDifference(
  design: Design,
  expected: Expected,
  tick: number,
  records: AsyncIterable<TraceRecord>,
): Promise<LocatedDifference | undefined> {
  const layouts = layoutsOf(design);
  const whole = expected.whole(tick);
  const first = earliest<LocatedDifference>();
  const at = {
    sample: Math.floor(tick / expected.ticksPerSample),
    tick: tick % expected.ticksPerSample,
  };
  const events: { readonly event: number; readonly cycle: number }[] = [];
  for await (const item of assembleTrace(design, records, { from: tick, to: tick + 1 })) {
    if (item.kind === "event") events.push(item);
    else if (item.kind === "stage-tick") {
      const { stage, tensors } = layouts[item.stage] as StageLayout;
      tensors.forEach((layout, k) => {
        const found = differenceIn(layout, whole.tensors[item.stage]?.[k] ?? [], item.tensors[k], item.cycle);
        if (found !== undefined) first.offer([item.stage, k], { ...at, layer: stage.name, ...found });
      });
    }
  }
  const { name } = (layouts.at(-1) as StageLayout).stage;
  const event = outputStream(design) && differentEvent(name, whole, events);
  if (event !== undefined) first.offer([layouts.length], { ...at, ...event });
  return first.found();
}

type Found = Omit<LocatedDifference, "sample" | "tick" | "layer">;

/** The first element of a tensor that differs or has no value. */
function differenceIn(
  { signal, shape }: TensorLayout,
  wanted: ArrayLike<number>,
  have: WrittenTensor | undefined,
  cycle: number,
): Found | undefined {
  for (let i = 0; i < wanted.length; i++) {
    const missing = have?.missing.get(i);
    if (missing === undefined && wanted[i] === have?.values[i]) continue;
    return {
      signal,
      channel: Math.floor(i / (shape.height * shape.width)),
      y: Math.floor(i / shape.width) % shape.height,
      x: i % shape.width,
      expected: wanted[i] as number,
      actual: missing ?? (have?.values[i] as number),
      cycle: have?.cycles[i] || cycle,
    };
  }
  return undefined;
}

/** The first event out of the core that isn't the expected one; its number in the tick stands as channel. */
function differentEvent(
  layer: string,
  { events: wanted }: WholeTick,
  have: readonly { readonly event: number; readonly cycle: number }[],
): (Found & { readonly layer: string }) | undefined {
  for (let n = 0; n < Math.max(wanted.length, have.length); n++) {
    const [want, got] = [wanted[n] ?? -1, have[n]?.event ?? -1];
    if (want === got) continue;
    const cycle = have[n]?.cycle ?? have.at(-1)?.cycle ?? 0;
    const actual = Number.isNaN(got) ? "unknown" : got;
    return { layer, signal: "event sent", channel: n, y: 0, x: 0, expected: want, actual, cycle };
  }
  return undefined;
}

/** Keeps what comes first in the order of its key. */
function earliest<T>() {
  let best: { readonly key: readonly number[]; readonly what: T } | undefined;
  const before = (a: readonly number[], b: readonly number[]): boolean => {
    const i = a.findIndex((value, k) => value !== b[k]);
    return i >= 0 && (a[i] as number) < (b[i] ?? Number.POSITIVE_INFINITY);
  };
  return {
    offer(key: readonly number[], what: T): void {
      if (best === undefined || before(key, best.key)) best = { key, what };
    },
    found: (): T | undefined => best?.what,
  };
}
