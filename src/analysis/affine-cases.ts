import { assertNever } from "../diagnostics/diagnostic.js";
import type { PerChannel, Recurrence, SpikingExpr } from "../ir/spiking.js";

/** What a recurrence does to its states x in a tick whose comparisons come out in one way: matrix·x + rest·w. */
export interface AffineCase {
  /** Row of each state, in the order of the recurrence: the factor of every state before the tick. */
  readonly matrix: readonly (readonly number[])[];
  /** Row of each state: the factor of every disturbance. */
  readonly rest: readonly (readonly number[])[];
}

/** The cases of a recurrence, and their disturbances: `input`, `one` (what constants are multiples of), expressions. */
export interface AffineCases {
  readonly disturbances: readonly string[];
  readonly cases: readonly AffineCase[];
}

/** Comparisons that select, at most: their outcomes are told apart, 2^n cases. */
const MOST_GATES = 6;

/** A value as factors of states and of disturbances. */
interface Affine {
  readonly states: readonly number[];
  readonly rest: readonly number[];
}

/**
 * The affine normal form of one tick of a recurrence, a case for each outcome of the comparisons that select:
 *
 *     v' = select(s, 0, v + (i − v)/2)     →   s = 0: 0.5·v + 0.5·i     s = 1: 0
 *
 * Occurrences of one state add up, across expressions. Input, comparisons that select nothing, and clips are
 * disturbances, each an interval of its own; so is what a quantiser's rounding adds, at most a unit, for
 * values that the quantiser doesn't saturate. Undefined where too many comparisons select.
 */
export function affineCases(graph: Recurrence<string>, channel: number): AffineCases | undefined {
  const gates = [...new Set(graph.exprs.flatMap((e) => (e.kind === "select" ? [e.condition] : [])))];
  if (gates.length > MOST_GATES) return undefined;
  const own = graph.exprs.filter((e) => isDisturbance(e) && !gates.includes(e.id)).map((e) => e.id);
  const disturbances = ["input", "one", ...own];
  const cases = new Map<string, AffineCase>();
  for (let outcome = 0; outcome < 2 ** gates.length; outcome++) {
    const gate = new Map(gates.map((id, g) => [id, (outcome >> g) & 1]));
    const one = caseOf({ graph, channel, gate, disturbances });
    cases.set(JSON.stringify(one), one);
  }
  return { disturbances, cases: [...cases.values()] };
}

const isDisturbance = ({ kind }: SpikingExpr): boolean =>
  kind === "compare" || kind === "clip" || kind === "quantise";

/** One outcome of the comparisons that select. */
interface Outcome {
  readonly graph: Recurrence<string>;
  readonly channel: number;
  readonly gate: ReadonlyMap<string, number>;
  readonly disturbances: readonly string[];
}

function caseOf(outcome: Outcome): AffineCase {
  const values = new Map<string, Affine>();
  for (const e of outcome.graph.exprs) values.set(e.id, affineOf(e, outcome, values));
  const next = outcome.graph.states.map((s) => values.get(s.next) as Affine);
  return { matrix: next.map(({ states }) => states), rest: next.map(({ rest }) => rest) };
}

function affineOf(e: SpikingExpr, outcome: Outcome, values: ReadonlyMap<string, Affine>): Affine {
  const { graph, channel, gate, disturbances } = outcome;
  const of = (id: string): Affine => values.get(id) as Affine;
  const none: Affine = { states: graph.states.map(() => 0), rest: disturbances.map(() => 0) };
  const disturbance = (id: string, factor = 1): Affine => ({
    ...none,
    rest: disturbances.map((other) => (other === id ? factor : 0)),
  });
  switch (e.kind) {
    case "input":
      return disturbance("input");
    case "constant":
      return disturbance("one", at(e.value, channel));
    case "state":
      return { ...none, states: graph.states.map(({ name }) => (name === e.state ? 1 : 0)) };
    case "add":
      return plus(of(e.a), 1, of(e.b));
    case "sub":
      return plus(of(e.a), -1, of(e.b));
    case "scale":
      return plus(none, at(e.by, channel), of(e.a));
    case "compare": {
      const known = gate.get(e.id);
      return known === undefined ? disturbance(e.id) : disturbance("one", known);
    }
    case "select":
      return gate.get(e.condition) === 1 ? of(e.a) : of(e.b);
    case "clip":
      return disturbance(e.id);
    case "quantise":
      return plus(of(e.a), 1, disturbance(e.id));
    default:
      return assertNever(e);
  }
}

const plus = (a: Affine, by: number, b: Affine): Affine => ({
  states: a.states.map((x, i) => x + by * (b.states[i] as number)),
  rest: a.rest.map((x, i) => x + by * (b.rest[i] as number)),
});

const at = (values: PerChannel, channel: number): number =>
  (values.length === 1 ? values[0] : values[channel]) as number;
