import { assertNever } from "../diagnostics/diagnostic.js";
import {
  operandsOf,
  type PerChannel,
  type Quantiser,
  type Recurrence,
  type SpikingExpr,
} from "../ir/spiking.js";
import type { RealRange } from "./bound-reals.js";

/** Where one source of error enters a recurrence: absolute errors, real, one for all channels or one each. */
export interface ErrorSource {
  readonly input?: PerChannel;
  /** By expression: of what it reads, and of what it gives. */
  readonly operand: ReadonlyMap<string, PerChannel>;
  readonly value: ReadonlyMap<string, PerChannel>;
}

/** A recurrence that is computed with errors, beside the same one without. */
export interface ErrorRequest {
  readonly graph: Recurrence<string>;
  readonly channels: number;
  readonly sources: readonly ErrorSource[];
  /** Quantisers that one of the two doesn't have: what they change is a source. */
  readonly dropped: ReadonlySet<string>;
  /** A comparison that is taken to come out alike in both. */
  readonly alike?: string;
  /** Interval of an expression as it is computed, errors included. */
  range(id: string, channel: number): RealRange;
}

/** By expression and channel: what each source adds at most to |computed − real| after one tick. */
export type Errors = (id: string, channel: number) => readonly number[];

/**
 * Bounds the errors of a recurrence over one tick, source by source: sums add them, factors multiply them, clips pass
 * them on; a quantiser makes steps of them; where a comparison may come out otherwise, what it selects is as wrong as
 * both branches differ. A bound is the sum over the sources.
 */
export function boundErrors(request: ErrorRequest): Errors {
  const channels = Array.from({ length: request.channels }, (_, c) => errorsOf(request, c));
  return (id, channel) => channels[channel]?.get(id) ?? [];
}

/** The value for a channel of a list that holds one for all or one each. */
const at = (values: PerChannel, channel: number): number =>
  (values.length === 1 ? values[0] : values[channel]) as number;

const sum = (errors: readonly number[]): number => errors.reduce((a, b) => a + b, 0);

/** `total` dealt out as `errors` are. */
function dealt(total: number, errors: readonly number[]): readonly number[] {
  const whole = sum(errors);
  if (Number.isFinite(whole) && whole > 0) return errors.map((x) => (x === 0 ? 0 : (total * x) / whole));
  return errors.map((x) => (x > 0 ? total : 0));
}

const larger = (a: readonly number[], b: readonly number[]): readonly number[] =>
  a.map((x, i) => Math.max(x, b[i] as number));

function errorsOf(request: ErrorRequest, channel: number): ReadonlyMap<string, readonly number[]> {
  const { graph, sources } = request;
  const errors = new Map<string, readonly number[]>();
  const of = (id: string): readonly number[] => errors.get(id) as readonly number[];
  const plus = (own: readonly number[], at_: "operand" | "value", id: string): readonly number[] =>
    own.map((x, i) => x + at(sources[i]?.[at_].get(id) ?? [0], channel));
  const none = sources.map(() => 0);
  for (const e of graph.exprs) {
    const first = operandsOf(e)[0];
    const operand = plus(first === undefined ? none : of(first), "operand", e.id);
    const own =
      e.kind === "input"
        ? sources.map((s) => at(s.input ?? [0], channel))
        : passed(request, channel, e, operand, of);
    errors.set(e.id, plus(own, "value", e.id));
  }
  return errors;
}

/** What an expression makes of the errors of its operands; `first` are those of the first one. */
function passed(
  { dropped, alike, range }: ErrorRequest,
  channel: number,
  e: Exclude<SpikingExpr, { readonly kind: "input" }>,
  first: readonly number[],
  of: (id: string) => readonly number[],
): readonly number[] {
  switch (e.kind) {
    case "constant":
    case "state":
    case "clip":
      return first;
    case "add":
    case "sub":
      return first.map((x, i) => x + (of(e.b)[i] as number));
    case "scale":
      return first.map((x) => (at(e.by, channel) === 0 ? 0 : Math.abs(at(e.by, channel)) * x));
    case "compare": {
      const total = sum(first);
      const { low, high } = range(e.a, channel);
      const certain = e.id === alike || total === 0 || low > total || high < -total;
      return certain ? first.map(() => 0) : dealt(1, first);
    }
    case "select": {
      const both = larger(of(e.a), of(e.b));
      if (sum(first) === 0) return both;
      const apart = spread(range(e.a, channel), range(e.b, channel));
      return dealt(apart, first).map((x, i) => x + (both[i] as number));
    }
    case "quantise":
      return dropped.has(e.id) ? first : dealt(stepped(sum(first), e.quantiser, channel), first);
    default:
      return assertNever(e);
  }
}

/** The most that two values of these intervals differ by. */
function spread(a: RealRange, b: RealRange): number {
  const most = Math.max(a.high - b.low, b.high - a.low);
  return Number.isNaN(most) ? Number.POSITIVE_INFINITY : Math.max(0, most);
}

/**
 * The most that a quantiser's results differ by for values that differ by `error`: a step for each unit, and one more;
 * two where 0 alone rounds to 0.
 */
function stepped(error: number, q: Quantiser, channel: number): number {
  if (error === 0) return 0;
  const unit = at(q.scale, channel);
  const steps = Math.floor((error / unit) * (1 + 1e-9)) + (q.rounding === "away" ? 2 : 1);
  return unit * Math.min(steps, 2 ** q.bits - 1);
}
