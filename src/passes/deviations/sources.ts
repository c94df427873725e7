import type { ErrorSource } from "../../analysis/bound-errors.js";
import type { RealRange } from "../../analysis/bound-reals.js";
import { zip } from "../../fixed/per-channel.js";
import type { DeviationKind } from "../../ir/fixed.js";
import type { PerChannel, Quantiser, Recurrence } from "../../ir/spiking.js";
import { gridOf } from "../formats/insert-quantisers.js";
import type { LoweredGraph } from "../lowering/graph.js";
import type { LocalError } from "../lowering/value.js";

/** One cause of error, with what the report says of it. */
export interface Cause extends ErrorSource {
  readonly kind: DeviationKind;
  readonly where: string;
  readonly text: string;
  readonly relativeError: number;
}

const nowhere: ReadonlyMap<string, PerChannel> = new Map();

/** A cause that enters at expressions' values. */
export const causeAt = (
  said: Pick<Cause, "kind" | "where" | "text" | "relativeError">,
  value: ReadonlyMap<string, PerChannel>,
): Cause => ({ ...said, operand: nowhere, value });

/** The roundings of a lowered recurrence. */
export function roundingCauses(graph: Recurrence<string>, lowered: LoweredGraph<string>): readonly Cause[] {
  return lowered.departures.map(({ expr, error, ...said }) => {
    const kind = graph.exprs.find((e) => e.id === expr)?.kind;
    const place = new Map([[expr, sizeOfError(error, lowered)]]);
    // What is rounded before a select is a branch of it.
    const isOperand = error.at === "operand" && kind !== "select";
    return { ...said, operand: isOperand ? place : nowhere, value: isOperand ? nowhere : place };
  });
}

function sizeOfError({ base, slope }: LocalError, { graph }: LoweredGraph<string>): PerChannel {
  if (slope === undefined) return base;
  const range = graph.exprs.find((e) => e.id === slope.of)?.range ?? { low: 0n, high: 0n };
  const largest = Number(range.high > -range.low ? range.high : -range.low);
  return zip(base, slope.by, (b, s) => b + s * largest);
}

/** A state that got its format from the compiler. */
interface ChosenState {
  readonly name: string;
  readonly next: string;
  readonly quantiser: Quantiser;
  /** The quantise expression's operand: what is stored, before it is rounded. */
  readonly source: string;
}

/** States of `graph` whose quantiser isn't in `real`, and all quantisers that aren't. */
export function chosenStates(
  graph: Recurrence<string>,
  real: Recurrence<string>,
): { readonly states: readonly ChosenState[]; readonly quantisers: ReadonlySet<string> } {
  const own = new Set(real.exprs.filter((e) => e.kind === "quantise").map((e) => e.id));
  const quantisers = new Set(
    graph.exprs.filter((e) => e.kind === "quantise" && !own.has(e.id)).map((e) => e.id),
  );
  const states = graph.states.flatMap(({ name, next }) => {
    const e = graph.exprs.find((x) => x.id === next);
    const before = real.states.find((s) => s.name === name);
    if (e?.kind !== "quantise" || !quantisers.has(next) || before === undefined) return [];
    // A value that lies on a grid already keeps it.
    if (gridOf(real, before.next) !== undefined) return [];
    return [{ name, next, quantiser: e.quantiser, source: e.a }];
  });
  return { states, quantisers };
}

/** What the format of a state that the compiler chose does: half a unit, and all that is beyond what it holds. */
export function stateCauses(
  graph: Recurrence<string>,
  chosen: readonly ChosenState[],
  real: (id: string, channel: number) => RealRange,
  channels: number,
): readonly Cause[] {
  return chosen.flatMap(({ name, next, quantiser: q, source }) => {
    const readers = graph.exprs.filter((e) => e.kind === "state" && e.state === name).map((e) => e.id);
    const places = (value: PerChannel) => new Map([next, ...readers].map((id) => [id, value]));
    const half = q.scale.map((s) => s / 2);
    const largest = 2 ** (q.bits - 1) - 1;
    const rounding = causeAt(
      {
        kind: "state",
        where: name,
        text: `a state that the checkpoint leaves real is stored in ${q.bits} bits`,
        relativeError: 0.5 / largest,
      },
      places(half),
    );
    const excess = Array.from({ length: channels }, (_, c) => excessOf(real(source, c), q, c));
    const most = Math.max(...excess);
    if (most === 0) return [rounding];
    const held = Math.max(...q.scale) * largest;
    const saturation = causeAt(
      {
        kind: "saturation",
        where: name,
        text: `a state saturates at what ${q.bits} bits hold, on inputs beyond those of the calibration`,
        relativeError: most / held,
      },
      places(excess),
    );
    return [rounding, saturation];
  });
}

/** How far an interval reaches beyond a quantiser's. */
export function excessOf({ low, high }: RealRange, q: Quantiser, channel: number): number {
  const unit = (q.scale.length === 1 ? q.scale[0] : q.scale[channel]) as number;
  const least = q.signed ? -(2 ** (q.bits - 1)) + (q.narrow ? 1 : 0) : 0;
  const most = q.signed ? 2 ** (q.bits - 1) - 1 : 2 ** q.bits - 1 - (q.narrow ? 1 : 0);
  const beyond = Math.max(0, high - most * unit, least * unit - low);
  // Formats hold their worst case up to the rounding of doubles.
  return beyond > 2 ** -40 * most * unit ? beyond : 0;
}
