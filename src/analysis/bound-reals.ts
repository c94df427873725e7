import { assertNever } from "../diagnostics/diagnostic.js";
import { quantiseRaw } from "../ir/real-ops.js";
import type { PerChannel, Recurrence, SpikingExpr, Synapse } from "../ir/spiking.js";
import { type CoupledStep, coupledSteps, saturatesNowhere } from "./bound-coupled.js";
import { type LinearForm, sharedForms } from "./linear-forms.js";
import type { RealRange } from "./real-range.js";

export type { RealRange } from "./real-range.js";

/** Per channel: the interval of every expression by its id; or the states that no interval holds. */
export type RealBounds =
  | { readonly bounded: true; readonly channels: readonly ReadonlyMap<string, RealRange>[] }
  | { readonly bounded: false; readonly states: readonly string[] };

type States = ReadonlyMap<string, RealRange>;

/** Iterations after which a recurrence counts as unbounded: enough for time constants of some hundred ticks. */
const MAX_ITERATIONS = 4096;
/** The same for steps that follow states back over many ticks, which settle soon or never. */
const MAX_COUPLED = 40;
/** Ticks by which an accepted interval is made narrower at most. */
const NARROWING = 512;
/** A state's interval beyond all that any format holds. */
const HUGE = 2 ** 100;

/**
 * Worst-case intervals of a recurrence in real arithmetic, for inputs in `inputs` (one interval, or one per channel),
 * over ticks without end: x' = αx + i stays in i/(1−α). Intervals grow from {0}; now and then the rest of the
 * geometric series is added and accepted where one more tick stays inside it, so that what is said is an invariant
 * (up to the rounding of doubles), and next to the least one. Sums that read a value twice are linear forms of it; where intervals tick by tick grow all
 * the same, states are followed over many ticks (bound-coupled.ts).
 */
export function boundReals(graph: Recurrence<string>, inputs: readonly RealRange[]): RealBounds {
  const channels: ReadonlyMap<string, RealRange>[] = [];
  const count = Math.max(inputs.length, ...graph.exprs.map(channelsOf));
  for (let c = 0; c < count; c++) {
    const input = (inputs.length === 1 ? inputs[0] : inputs[c]) as RealRange;
    const bounds = boundChannel(graph, input, c);
    if (!bounds.bounded) return bounds;
    channels.push(...bounds.channels);
  }
  return { bounded: true, channels };
}

/** The intervals of one expression, per channel. */
export const rangesOf = (bounds: RealBounds & { bounded: true }, id: string): readonly RealRange[] =>
  bounds.channels.map((ranges) => ranges.get(id) as RealRange);

/** Per output channel: Σ w·x, positive weights at one end of x's interval and negative ones at the other; 0 is padding. */
export function sumRanges(synapse: Synapse, operands: readonly RealRange[]): readonly RealRange[] {
  const { weights, outChannels, kernel } = synapse;
  const values = weights.kind === "real" ? weights.values : weights.raw;
  const taps = kernel[0] * kernel[1];
  const inChannels = values.length / (outChannels * taps);
  const scaleOf = (c: number): number =>
    weights.kind === "real"
      ? 1
      : ((weights.scale.length === 1 ? weights.scale[0] : weights.scale[c]) as number);
  return Array.from({ length: outChannels }, (_, c) => {
    let [low, high] = [0, 0];
    for (let i = 0; i < inChannels * taps; i++) {
      const w = (values[c * inChannels * taps + i] as number) * scaleOf(c);
      const channel = operands.length === 1 ? 0 : Math.floor(i / taps);
      const x = operands[channel] as RealRange;
      low += Math.min(0, w * x.low, w * x.high);
      high += Math.max(0, w * x.low, w * x.high);
    }
    return { low, high };
  });
}

/** The smallest interval that holds all. */
export const hullOf = (ranges: readonly RealRange[]): RealRange => ({
  low: Math.min(...ranges.map((r) => r.low)),
  high: Math.max(...ranges.map((r) => r.high)),
});

function channelsOf(expr: SpikingExpr): number {
  if (expr.kind === "constant") return expr.value.length;
  if (expr.kind === "scale") return expr.by.length;
  return expr.kind === "quantise" ? expr.quantiser.scale.length : 1;
}

function boundChannel(graph: Recurrence<string>, input: RealRange, channel: number): RealBounds {
  const forms = sharedForms(graph, channel);
  const evaluate = (states: States) => evaluateAll(graph, forms, input, states, channel);
  const plain = invariantOf(graph, MAX_ITERATIONS, (states) => tick(graph, evaluate(states)));
  const intervals = plain.bounded ? evaluate(plain.states) : undefined;
  // States that feed each other with either sign: of them many ticks' forms say more than one tick's intervals.
  const steps = coupledSteps(graph, input, channel, plain.bounded);
  let growing = plain.bounded ? [] : plain.growing;
  for (const step of steps) {
    const coupled = coupledInvariant(graph, plain, step);
    if (coupled.bounded) {
      const ranges = new Map(evaluate(coupled.states));
      if (!saturatesNowhere(graph, (id) => ranges.get(id) as RealRange, channel)) continue;
      // The interval of a next value by itself may be wider than what its state was proved to stay in.
      for (const { name, next } of graph.states) ranges.set(next, coupled.states.get(name) as RealRange);
      return { bounded: true, channels: [ranges] };
    } else if (coupled.growing.length < growing.length) growing = coupled.growing;
  }
  return intervals ? { bounded: true, channels: [intervals] } : { bounded: false, states: growing };
}

/** What a case's step says of the states, within what intervals say already. */
function coupledInvariant(graph: Recurrence<string>, plain: Invariant, step: CoupledStep): Invariant {
  const names = graph.states.map((s) => s.name);
  const named = (box: readonly RealRange[]): States => new Map(names.map((s, i) => [s, box[i] as RealRange]));
  const advance = (states: States): States =>
    named(step.advance(names.map((s) => states.get(s) as RealRange)));
  if (plain.bounded) return { bounded: true, states: narrowed(plain.states, advance) };
  if (step.kept.length > 0) return { bounded: false, growing: step.kept.map((i) => names[i] as string) };
  const found = invariantOf(graph, MAX_COUPLED, advance);
  const holding = step.holding();
  if (holding === undefined) return found;
  const states = found.bounded ? meet(found.states, named(holding)) : named(holding);
  return { bounded: true, states: narrowed(states, advance) };
}

/** What two bounds that both hold leave of the states. */
const meet = (a: States, b: States): States =>
  new Map(
    [...a].map(([s, { low, high }]) => {
      const other = b.get(s) as RealRange;
      return [s, { low: Math.max(low, other.low), high: Math.min(high, other.high) }];
    }),
  );

type Invariant =
  | { readonly bounded: true; readonly states: States }
  | { readonly bounded: false; readonly growing: readonly string[] };

/** Intervals that `advance` leads back into themselves, near the least such: grown from {0}, then made narrower. */
function invariantOf(
  graph: Recurrence<string>,
  iterations: number,
  advance: (states: States) => States,
): Invariant {
  let before: States = new Map();
  let states: States = new Map(graph.states.map((s) => [s.name, { low: 0, high: 0 }]));
  for (let n = 1; ; n++) {
    const next = joined(states, advance(states));
    const growing = graph.states.map((s) => s.name).filter((s) => !within(next, states, s));
    if (growing.length === 0) return { bounded: true, states };
    const huge = growing.some((s) => widthOf(next.get(s) as RealRange) > HUGE);
    if (n >= iterations || huge) return { bounded: false, growing };
    if (n >= 8 && (n & (n - 1)) === 0) {
      const limit = new Map(graph.states.map(({ name: s }) => [s, extrapolate(before, states, next, s)]));
      if (graph.states.every((s) => within(advance(limit), limit, s.name)))
        return { bounded: true, states: narrowed(limit, advance) };
    }
    before = states;
    states = next;
  }
}

/** States after one more tick; 0 is always among them, their value at a frame's start. */
const tick = (graph: Recurrence<string>, values: States): States =>
  new Map(graph.states.map((s) => [s.name, hullOf([{ low: 0, high: 0 }, values.get(s.next) as RealRange])]));

const joined = (a: States, b: States): States =>
  new Map([...a].map(([s, range]) => [s, hullOf([range, b.get(s) as RealRange])]));

/** An invariant stays one when time goes on, and comes closer to the least: until that is hardly any closer. */
function narrowed(states: States, advance: (states: States) => States): States {
  let now = states;
  for (let n = 0; n < NARROWING; n++) {
    const next = meet(now, advance(now));
    const closer = [...now].some(
      ([s, r]) => widthOf(r) - widthOf(next.get(s) as RealRange) > 1e-9 * widthOf(r),
    );
    now = next;
    if (!closer) break;
  }
  return now;
}

const widthOf = (r: RealRange): number => Math.max(-r.low, r.high);

function within(inner: States, outer: States, state: string): boolean {
  const [i, o] = [inner.get(state) as RealRange, outer.get(state) as RealRange];
  return i.low >= o.low && i.high <= o.high;
}

/** Where the ends of a state's interval lead to if their steps shrink as the last two did. */
function extrapolate(before: States, now: States, next: States, state: string): RealRange {
  const end = (side: "low" | "high"): number => {
    const [a, b, c] = [before, now, next].map((s) => (s.get(state) as RealRange)[side]) as [
      number,
      number,
      number,
    ];
    const ratio = b === a ? 0 : (c - b) / (b - a);
    const rest = ratio < 1 ? ((c - b) * ratio) / (1 - ratio) : 0;
    return (c + 1.0001 * rest) * (1 + 1e-6);
  };
  return { low: end("low"), high: end("high") };
}

function evaluateAll(
  graph: Recurrence<string>,
  forms: ReadonlyMap<string, readonly LinearForm[]>,
  input: RealRange,
  states: States,
  channel: number,
): ReadonlyMap<string, RealRange> {
  const ranges = new Map<string, RealRange>();
  const of = (id: string): RealRange => ranges.get(id) as RealRange;
  const at = (values: PerChannel): number => (values.length === 1 ? values[0] : values[channel]) as number;
  for (const e of graph.exprs) {
    const own = forms.get(e.id)?.map((form) => rangeOfForm(form, of));
    ranges.set(e.id, own ? hullOf(own) : rangeOf(e, of, at, input, states, channel));
  }
  return ranges;
}

/** Σ factor · value, over the intervals of the values. */
function rangeOfForm(form: LinearForm, of: (id: string) => RealRange): RealRange {
  let [low, high] = [0, 0];
  for (const [atom, factor] of form) {
    if (factor === 0) continue;
    const range = of(atom);
    low += factor * (factor > 0 ? range.low : range.high);
    high += factor * (factor > 0 ? range.high : range.low);
  }
  return { low, high };
}

function rangeOf(
  e: SpikingExpr,
  of: (id: string) => RealRange,
  at: (values: PerChannel) => number,
  input: RealRange,
  states: States,
  channel: number,
): RealRange {
  /** Interval of a monotone (or antitone) function. */
  const image = (f: (x: number) => number): RealRange => {
    const a = of((e as { readonly a: string }).a);
    const [x, y] = [f(a.low), f(a.high)];
    return { low: Math.min(x, y), high: Math.max(x, y) };
  };
  switch (e.kind) {
    case "input":
      return input;
    case "constant":
      return { low: at(e.value), high: at(e.value) };
    case "state":
      return states.get(e.state) as RealRange;
    case "add":
      return { low: of(e.a).low + of(e.b).low, high: of(e.a).high + of(e.b).high };
    case "sub":
      return { low: of(e.a).low - of(e.b).high, high: of(e.a).high - of(e.b).low };
    case "scale":
      return image((x) => x * at(e.by));
    case "compare":
      return { low: 0, high: 1 };
    case "select":
      return hullOf([of(e.a), of(e.b)]);
    case "clip":
      return image((x) => Math.min(e.high, Math.max(e.low, x)));
    case "quantise":
      return image((x) => quantiseRaw(x, e.quantiser, channel) * at(e.quantiser.scale));
    default:
      return assertNever(e);
  }
}
