import type { PerChannel, Recurrence, SpikingExpr } from "../ir/spiking.js";

/** A value as a sum: by expression that is no sum itself (an input, a state, a comparison, ...) its factor. */
export type LinearForm = ReadonlyMap<string, number>;

/** Forms that one value may have at most, by the branches of the selects in it; with more, a select is a term. */
const MOST_FORMS = 8;

/**
 * Those sums of a channel in which one value occurs more than once, as linear forms: u − u/4 is 0.75 of u, and
 * x + (y − x)·c is (1 − c) of x and c of y; u − (u or 0) is 0 or u. Intervals of the operands would take one u for two.
 * A sum is always one of its forms.
 */
export function sharedForms(
  graph: Recurrence<string>,
  channel: number,
): ReadonlyMap<string, readonly LinearForm[]> {
  const forms = new Map<string, readonly LinearForm[]>();
  const shared = new Map<string, readonly LinearForm[]>();
  const terms = new Map<string, string>();
  for (const e of graph.exprs) {
    // A state or the input that is read twice is one value.
    const same = e.kind === "state" ? `state ${e.state}` : e.kind === "input" ? "input" : e.id;
    if (!terms.has(same)) terms.set(same, e.id);
    const of = (id: string): readonly LinearForm[] => forms.get(id) as readonly LinearForm[];
    const own = formsOf(e, of, channel);
    const isTerm = own.length === 0 || own.length > MOST_FORMS;
    forms.set(e.id, isTerm ? [new Map([[terms.get(same) as string, 1]])] : own);
    if (isSum(e) && !isTerm && of(e.a).some((a) => of(e.b).some((b) => meet(a, b)))) shared.set(e.id, own);
  }
  return shared;
}

const meet = (a: LinearForm, b: LinearForm): boolean => [...b.keys()].some((term) => a.has(term));

type Sum = Extract<SpikingExpr, { readonly kind: "add" | "sub" }>;
const isSum = (e: SpikingExpr): e is Sum => e.kind === "add" || e.kind === "sub";

/** The forms of a sum, a multiple, a choice or 0; none of all else. */
function formsOf(
  e: SpikingExpr,
  of: (id: string) => readonly LinearForm[],
  channel: number,
): readonly LinearForm[] {
  switch (e.kind) {
    case "add":
    case "sub": {
      const sign = e.kind === "add" ? 1 : -1;
      return of(e.a).flatMap((a) => of(e.b).map((b) => plus(a, sign, b)));
    }
    case "scale": {
      const by = at(e.by, channel);
      return of(e.a).map((form) => new Map([...form].map(([term, factor]) => [term, factor * by])));
    }
    case "select":
      return [...of(e.a), ...of(e.b)];
    case "constant":
      return at(e.value, channel) === 0 ? [new Map()] : [];
    default:
      return [];
  }
}

function plus(a: LinearForm, sign: number, b: LinearForm): LinearForm {
  const form = new Map(a);
  for (const [term, factor] of b) form.set(term, (form.get(term) ?? 0) + sign * factor);
  return form;
}

const at = (values: PerChannel, channel: number): number =>
  (values.length === 1 ? values[0] : values[channel]) as number;
