import { invariant } from "../diagnostics/diagnostic.js";
import { RESET_CYCLES } from "../emit/views/neurons.js";
import { type Design, isSteady, type ReadoutStage, readoutStages } from "../ir/design.js";
import { sizeOf } from "../ir/spiking.js";
import { layoutsOf, type StageLayout, scoreWidthOf } from "../mapping/layout.js";
import { type Assembled, assembleTrace } from "./assemble.js";
import { earliest, type LocatedDifference } from "./difference.js";
import type { Expected } from "./expected.js";
import { sameHash, type TensorHash } from "./hash.js";
import { type TraceRecord, unpackBits } from "./trace-file.js";

/** Number that the bench gives to the first cycle out of reset (templates/sim/tb.v.hbs): the cycle model's 0. */
const FIRST_CYCLE = RESET_CYCLES + 1;

/** The bench's cycle in which a tick must end. */
const endOf = (ends: Int32Array | undefined, tick: number): number | undefined =>
  ends === undefined ? undefined : (ends[tick] as number) + FIRST_CYCLE;

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
    readonly votes: number;
  };
  /** Located where it is a number of its own (a logit, a class, busy cycles), by its tick where it is in a tensor. */
  readonly difference: LocatedDifference | DifferentTick | undefined;
  /** Clock cycles of the whole run, and whether it came to its end. */
  readonly cycles: number;
  readonly complete: boolean;
  /** Ticks that each layer's stage closed. */
  readonly closed: readonly number[];
  /** Events that the core's input dropped; absent where it has no guard, or the run did not come to its end. */
  readonly dropped?: number;
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
  const run: Comparing = {
    design,
    expected,
    paced,
    layouts,
    readouts,
    compared: { spikes: 0, states: 0, logits: 0, classes: 0, votes: 0 },
    first: earliest<LocatedDifference | DifferentTick>(),
    closed: layouts.map(() => 0),
    answered: readouts.map(() => 0),
    frames: readouts.map(() => 0),
    counted: readouts.map(() => 0),
    dropped: undefined,
  };
  let sent = 0;
  let end = { cycle: 0, complete: false };
  for await (const item of assembleTrace(design, records, { from: 0, to: 0 })) {
    switch (item.kind) {
      case "tick":
        compareStage(run, item);
        break;
      case "readout-tick":
        compareLogits(run, item);
        break;
      case "class":
        compareClass(run, item);
        break;
      case "votes":
        compareVotes(run, item);
        break;
      case "events":
        compareEvents(run, item, sent++);
        break;
      case "dropped":
        compareDropped(run, item);
        break;
      case "end":
        end = item;
        break;
    }
  }
  if (end.complete)
    run.answered.forEach((have, readout) => {
      const want = expected.ticks.length;
      compareNumber(run, { readout, cycle: end.cycle }, have, 0, "ticks with logits", want, have);
      const [frames, counted] = [expected.samples.length, run.counted[readout] as number];
      if (scoreWidthOf(design, readouts[readout] as ReadoutStage) !== undefined)
        compareNumber(run, { readout, cycle: end.cycle }, want - 1, 5, "frames with votes", frames, counted);
    });
  const { compared, first, closed, dropped } = run;
  const { cycle: cycles, complete } = end;
  const found = { compared, difference: first.found(), cycles, complete, closed };
  return dropped === undefined ? found : { ...found, dropped };
}

/** A comparison on its way: what it holds against each other, and how far each part of the hardware is. */
interface Comparing {
  readonly design: Design;
  readonly expected: Expected;
  readonly paced: boolean;
  readonly layouts: readonly StageLayout[];
  readonly readouts: readonly ReadoutStage[];
  readonly compared: {
    spikes: number;
    states: number;
    logits: number;
    classes: number;
    votes: number;
  };
  readonly first: ReturnType<typeof earliest<LocatedDifference | DifferentTick>>;
  /** Per stage: ticks that it closed. */
  readonly closed: number[];
  /** Per readout: ticks with logits, classes of samples, and samples with votes of all classes. */
  readonly answered: number[];
  readonly frames: number[];
  readonly counted: number[];
  /** Events that the input dropped. */
  dropped: number | undefined;
}

/** What the hardware said of a readout, and when. */
interface OfReadout {
  readonly readout: number;
  readonly cycle: number;
}

/** What the trace holds, of one kind. */
type Item<K> = Extract<Assembled, { readonly kind: K }>;

/** A difference that is a number of its own. */
function located(
  { expected }: Comparing,
  tick: number,
  at: Omit<LocatedDifference, "sample" | "tick" | "y" | "x">,
): LocatedDifference {
  const { ticksPerSample } = expected;
  return { sample: Math.floor(tick / ticksPerSample), tick: tick % ticksPerSample, y: 0, x: 0, ...at };
}

/** Output beyond the run's last; `order` is its place among the stages. */
function surplus(
  run: Comparing,
  order: number,
  layer: string,
  signal: string,
  count: number,
  cycle: number,
): void {
  const last = run.expected.ticks.length;
  const at = { layer, signal, channel: 0, expected: count, actual: count + 1, cycle };
  run.first.offer([last, order], located(run, last - 1, at));
}

function surplusOf(run: Comparing, { readout, cycle }: OfReadout, signal: string, count: number): void {
  const { name } = run.readouts[readout] as ReadoutStage;
  surplus(run, run.layouts.length + readout, name, signal, count, cycle);
}

/** A stage's tick: the hashes of its tensors, and the cycles that it took. */
function compareStage(run: Comparing, r: Item<"tick">): void {
  const { expected, first, closed, compared } = run;
  const { stage, tensors } = run.layouts[r.stage] as StageLayout;
  const tick = closed[r.stage] as number;
  closed[r.stage] = tick + 1;
  const want = expected.ticks[tick]?.hashes[r.stage];
  if (want === undefined) {
    surplus(run, r.stage, stage.name, "ticks", expected.ticks.length, r.cycle);
    return;
  }
  tensors.forEach((tensor, k) => {
    compared[k + 1 === tensors.length ? "spikes" : "states"] += sizeOf(tensor.shape);
    if (!sameHash(want[k] as TensorHash, r.hashes[k] as TensorHash))
      first.offer([tick, r.stage, k], { tick, cycle: r.cycle });
  });
  const { name, cycles } = stage;
  const key = [tick, r.stage, tensors.length];
  const end = endOf(expected.cycles?.stages[r.stage], tick);
  if (run.paced && end !== undefined && r.cycle !== end) {
    const at = { layer: name, signal: "cycle of its end", channel: 0, cycle: r.cycle };
    first.offer(key, located(run, tick, { ...at, expected: end, actual: r.cycle }));
  }
  if (!isSteady(stage) || r.busy === cycles.total) return;
  const at = { layer: name, signal: "busy cycles", channel: 0, cycle: r.cycle };
  first.offer(key, located(run, tick, { ...at, expected: cycles.total, actual: r.busy }));
}

/** A number of a readout; `order` is its place among those of the same tick. */
function compareNumber(
  run: Comparing,
  { readout, cycle }: OfReadout,
  tick: number,
  order: number,
  signal: string,
  want: number,
  have: number | undefined,
  channel = 0,
): void {
  if (want === have) return;
  const at = { layer: (run.readouts[readout] as ReadoutStage).name, signal, channel, cycle };
  const actual = have === undefined || Number.isNaN(have) ? "unknown" : have;
  const key = [tick, run.layouts.length + readout, order, channel];
  run.first.offer(key, located(run, tick, { ...at, expected: want, actual }));
}

/** A readout's tick: its logits, the class that they say, and the cycle in which it was said. */
function compareLogits(run: Comparing, item: Item<"readout-tick">): void {
  const { expected, compared } = run;
  const { readout, tick } = item;
  const want = expected.ticks[tick];
  run.answered[readout] = tick + 1;
  if (want === undefined) {
    surplusOf(run, item, "ticks with logits", expected.ticks.length);
    return;
  }
  for (const [c, logit] of item.logits.entries())
    compareNumber(run, item, tick, 0, "logits", want.logits[readout]?.[c] as number, logit, c);
  compareNumber(run, item, tick, 1, "tick class", want.tickClass[readout] as number, item.best);
  const end = endOf(expected.cycles?.readouts[readout], tick);
  if (run.paced && end !== undefined)
    compareNumber(run, item, tick, 2, "cycle of its class", end, item.cycle);
  compared.logits += item.logits.length;
  compared.classes += 1;
}

/** What each class of a sample has: votes, or a sum of logits. */
function compareVotes(run: Comparing, item: Item<"votes">): void {
  const { expected, counted, design } = run;
  const stage = run.readouts[item.readout] as ReadoutStage;
  const sample = counted[item.readout] as number;
  counted[item.readout] = sample + 1;
  const want = expected.samples[sample]?.votes[item.readout];
  if (want === undefined) {
    surplusOf(run, item, "frames with votes", expected.samples.length);
    return;
  }
  const lastTick = (sample + 1) * expected.ticksPerSample - 1;
  const width = scoreWidthOf(design, stage);
  invariant(width !== undefined, "a readout that counts nothing has votes in the trace");
  const { classes, fraction } = stage.readout;
  const bits = BigInt(fraction.bits);
  for (const [c, sum] of unpackBits(item.word, classes, width, true).entries()) {
    const whole = sum === undefined ? sum : Number(sum >> bits);
    compareNumber(run, item, lastTick, 2, "votes of a class", want[c] as number, whole, c);
    if (fraction.bits === 0) continue;
    const over = (fraction.values[c] as bigint) * BigInt(expected.votingTicks);
    const low = sum === undefined ? sum : Number(BigInt.asUintN(fraction.bits, sum));
    const wantLow = Number(BigInt.asUintN(fraction.bits, over));
    compareNumber(run, item, lastTick, 2, "votes of a class, below one", wantLow, low, c);
  }
  run.compared.votes += stage.readout.classes;
}

/** A sample's class, and what is said beside it: the ticks that it won, or, of other votes, all that counted. */
function compareClass(run: Comparing, item: Item<"class">): void {
  const { expected, frames } = run;
  const { readout } = item;
  const sample = frames[readout] as number;
  frames[readout] = sample + 1;
  const want = expected.samples[sample];
  if (want === undefined) {
    surplusOf(run, item, "classes", expected.samples.length);
    return;
  }
  const lastTick = (sample + 1) * expected.ticksPerSample - 1;
  const best = want.classes[readout] as number;
  compareNumber(run, item, lastTick, 3, "class", best, item.best);
  const won = run.readouts[readout]?.readout.vote === "majority";
  const votes = won ? (want.votes[readout]?.[best] as number) : expected.votingTicks;
  compareNumber(run, item, lastTick, 4, "votes", votes, item.votes);
  run.compared.classes += 1;
  run.compared.votes += 1;
}

/** Events that the input dropped: none, for a stimulus has each once and none outside the map. The last of what differs. */
function compareDropped(run: Comparing, { cycle, count }: Item<"dropped">): void {
  run.dropped = count;
  if (count === 0) return;
  const last = run.expected.ticks.length - 1;
  const actual = Number.isNaN(count) ? "unknown" : count;
  const at = { layer: "input", signal: "dropped events", channel: 0, expected: 0, actual, cycle } as const;
  run.first.offer([last, Number.POSITIVE_INFINITY], located(run, last, at));
}

/** The events of a tick that leave the core, by their hash. */
function compareEvents(run: Comparing, item: Item<"events">, tick: number): void {
  const { expected, layouts, first } = run;
  const want = expected.ticks[tick];
  const { name } = (layouts.at(-1) as StageLayout).stage;
  if (want === undefined) surplus(run, layouts.length, name, "ticks sent", expected.ticks.length, item.cycle);
  else if (want.events !== undefined && !sameHash(want.events, item.hash))
    first.offer([tick, layouts.length], { tick, cycle: item.cycle });
}
