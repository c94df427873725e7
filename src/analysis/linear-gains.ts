import { zip } from "../fixed/per-channel.js";
import { operandsOf, type PerChannel, type Recurrence, type SpikingExpr } from "../ir/spiking.js";

/** The part of a recurrence that is linear in its input, and the gains that may leave it. */
export interface LinearGains {
  /** Expressions that depend on the input, on constants and on such states alone, by add, sub and scale alone. */
  readonly linear: ReadonlySet<string>;
  /** Scales outside every loop, by positive factors: no decays, but gains. */
  readonly absorbed: ReadonlySet<string>;
  /**
   * Per linear expression the factor that it is taken out of: the input's is 1, a state's that of what drives it.
   * Expressions of constants alone have none: any suits them.
   */
  readonly gains: ReadonlyMap<string, PerChannel>;
}

/**
 * Finds the gains of a recurrence.
 *
 *     e0' = 0.85·e0 + 6·s     e1' = 0.92·e1 + 12·e0'     →   gains: s 1, e0 6, e1 72; absorbed: 6·s, 12·e0'
 *
 * 0.85·e0 and 0.92·e1 lie in loops (a state, next to itself) and are decays. Where two sums of different gains meet,
 * the first gives the gain.
 */
export function linearGains(graph: Recurrence<string>): LinearGains {
  const linear = linearPart(graph);
  const isGain = (e: SpikingExpr): boolean =>
    e.kind === "scale" && linear.has(e.id) && e.by.every((k) => k > 0) && !isInLoop(graph, e.id);
  const candidates = new Set(graph.exprs.filter(isGain).map((e) => e.id));
  const gains = new Map<string, PerChannel>();
  const next = new Map(graph.states.map((s) => [s.name, s.next]));
  const gainOf = (e: SpikingExpr): PerChannel | undefined => {
    switch (e.kind) {
      case "input":
        return [1];
      case "state":
        return gains.get(next.get(e.state) as string);
      case "add":
      case "sub":
        return gains.get(e.a) ?? gains.get(e.b);
      case "scale": {
        const gain = gains.get(e.a);
        return gain && candidates.has(e.id) ? zip(gain, e.by, (g, k) => g * k) : gain;
      }
      default:
        return undefined;
    }
  };
  // A state learns its gain from its next value, which may learn it from another state: as often as it takes.
  for (let known = -1; known < gains.size; ) {
    known = gains.size;
    for (const e of graph.exprs) {
      const gain = linear.has(e.id) && !gains.has(e.id) ? gainOf(e) : undefined;
      if (gain !== undefined) gains.set(e.id, gain);
    }
  }
  // A constant times a constant is none.
  return { linear, absorbed: new Set([...candidates].filter((id) => gains.has(id))), gains };
}

/** The largest set of expressions that only such expressions and states enter. */
function linearPart(graph: Recurrence<string>): ReadonlySet<string> {
  const kinds: readonly SpikingExpr["kind"][] = ["input", "constant", "state", "add", "sub", "scale"];
  const linear = new Set(graph.exprs.filter((e) => kinds.includes(e.kind)).map((e) => e.id));
  for (let before = Number.POSITIVE_INFINITY; linear.size < before; ) {
    before = linear.size;
    for (const e of graph.exprs) if (!entering(graph, e).every((id) => linear.has(id))) linear.delete(e.id);
  }
  return linear;
}

/** What an expression's value comes from: its operands, or the next value of the state that it reads. */
function entering(graph: Recurrence<string>, e: SpikingExpr): readonly string[] {
  if (e.kind !== "state") return operandsOf(e);
  return graph.states.filter((s) => s.name === e.state).map((s) => s.next);
}

/** Whether an expression comes, over ticks, from itself. */
function isInLoop(graph: Recurrence<string>, id: string): boolean {
  const seen = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const expr = graph.exprs.find((e) => e.id === at);
    for (const from of expr === undefined ? [] : entering(graph, expr)) {
      if (from === id) return true;
      if (!seen.has(from)) open.push(from);
      seen.add(from);
    }
  }
  return false;
}
