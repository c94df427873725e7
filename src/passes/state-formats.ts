import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { exactLog2 } from "../fixed/rational.js";
import { renameOperands } from "../ir/build.js";
import type { PerChannel, Quantiser, Recurrence, SpikingExpr, State } from "../ir/spiking.js";
import { boundReals, hullOf, type RealBounds, type RealRange, rangesOf } from "./bound-reals.js";
import type { Calibration } from "./calibration.js";

/** Part of a calibrated range that is added to it: what the calibration data didn't show. */
const MARGIN = 0.25;
/** Bits of an open format: as good as real where only the rounding counts. */
const OPEN_BITS = 52;

/** Bits that a channel may lose so that all channels have one shift. */
const MAX_SPREAD = 2;
/** Rounds in which worst-case formats and bounds must agree. */
const MAX_ROUNDS = 6;

/** What decides a state's format beside its values. */
export interface StateFormatOptions {
  readonly stateBits: number;
  readonly calibration?: Calibration | undefined;
}

/** Formats for those states of a graph whose next value isn't behind a quantiser. */
export function chooseStateFormats<O extends string>(
  graph: Recurrence<O>,
  inputs: () => readonly RealRange[] | undefined,
  unit: PerChannel,
  options: StateFormatOptions,
  said: Diagnostic[],
): Recurrence<O> {
  const known = new Map<string, Quantiser>();
  for (const state of openStates(graph)) {
    const own = gridOf(graph, state.next);
    const range = options.calibration?.get(state.name);
    if (own !== undefined) known.set(state.name, own);
    else if (range !== undefined && range.max > range.min) {
      const wide = { low: range.min * (1 + MARGIN), high: range.max * (1 + MARGIN) };
      const q = stateQuantiser(unitsFor(graph, unit), [wide], options.stateBits);
      known.set(state.name, q);
      const args = { ...formatArgs(state, q), min: range.min, max: range.max, margin: 100 * MARGIN };
      said.push(diagnostic("state-format-calibrated", locOf(graph, state), args));
    }
  }
  return chooseWorstCase(insertQuantisers(graph, known), inputs, unit, options.stateBits, said);
}

/** The format of a value that lies on a quantiser's grid already, whatever the select it comes through. */
function gridOf(graph: Recurrence<string>, id: string): Quantiser | undefined {
  const e = graph.exprs.find((x) => x.id === id);
  if (e?.kind === "quantise") return e.quantiser;
  if (e?.kind === "compare")
    return { scale: [1], bits: 1, signed: false, narrow: false, rounding: "half_to_pos_inf" };
  if (e?.kind !== "select") return undefined;
  const isZero = (x: string): boolean =>
    graph.exprs.some((c) => c.id === x && c.kind === "constant" && c.value.every((v) => v === 0));
  const [a, b] = [gridOf(graph, e.a), gridOf(graph, e.b)];
  if (isZero(e.a)) return b;
  return isZero(e.b) || JSON.stringify(a) === JSON.stringify(b) ? a : undefined;
}

/** Formats, and the bounds that they follow from. */
interface Round {
  readonly formats: ReadonlyMap<string, Quantiser>;
  readonly bounds: RealBounds & { bounded: true };
}

/** Formats from worst-case bounds, which the rounding of the formats themselves moves: until both agree. */
function chooseWorstCase<O extends string>(
  graph: Recurrence<O>,
  inputs: () => readonly RealRange[] | undefined,
  unit: PerChannel,
  bits: number,
  said: Diagnostic[],
): Recurrence<O> {
  const open = openStates(graph);
  const input = open.length > 0 ? inputs() : undefined;
  if (input === undefined) return graph;
  const units = unitsFor(graph, unit);
  const rounds: Round[] = [];
  for (;;) {
    const chosen = rounds.at(-1)?.formats ?? new Map<string, Quantiser>();
    const rounded = new Map([...chosen].map(([s, q]) => [s, { ...q, bits: OPEN_BITS }]));
    const bounds = boundReals(insertQuantisers(graph, rounded), input);
    if (!bounds.bounded) return unbounded(graph, open, bounds, said);
    const next = new Map(
      open.map((s) => [s.name, coarser(chosen.get(s.name), units, rangesOf(bounds, s.next), bits)]),
    );
    const settled = JSON.stringify([...next]) === JSON.stringify([...chosen]);
    rounds.push({ formats: next, bounds });
    if (settled || rounds.length === MAX_ROUNDS) break;
  }
  // Where rounding alone fills the format (few bits, slow decay), no unit holds the bound: the real one's is best.
  const [first, last] = [rounds[0], rounds.at(-1)] as [Round, Round];
  const formats = rounds.length === MAX_ROUNDS ? first.formats : last.formats;
  for (const s of open) {
    const { low, high } = hullOf(rangesOf(first.bounds, s.next));
    const [min, max] = [low.toPrecision(6), high.toPrecision(6)];
    const args = { ...formatArgs(s, formats.get(s.name) as Quantiser), min, max };
    said.push(diagnostic("state-format-worst-case", locOf(graph, s), args));
  }
  return insertQuantisers(graph, formats);
}

/** Formats only ever get coarser from round to round, so that the rounds end. */
function coarser(
  before: Quantiser | undefined,
  units: PerChannel,
  ranges: readonly RealRange[],
  bits: number,
): Quantiser {
  const q = stateQuantiser(units, ranges, bits);
  if (before === undefined) return q;
  const at = (scale: PerChannel, c: number): number => scale[scale.length === 1 ? 0 : c] as number;
  const length = Math.max(q.scale.length, before.scale.length);
  const scale = Array.from({ length }, (_, c) => Math.max(at(q.scale, c), at(before.scale, c)));
  return { ...q, scale };
}

function unbounded<O extends string>(
  graph: Recurrence<O>,
  open: readonly State[],
  bounds: RealBounds & { bounded: false },
  said: Diagnostic[],
): Recurrence<O> {
  for (const s of open) {
    if (!bounds.states.includes(s.name)) continue;
    said.push(diagnostic("state-unbounded", locOf(graph, s), { state: s.name }));
  }
  return graph;
}

/** A clip needs one unit for all channels: a power of two then. */
const unitsFor = (graph: Recurrence<string>, unit: PerChannel): PerChannel =>
  graph.exprs.some((e) => e.kind === "clip") ? [1] : unit;

/**
 * unit · 2^-f with the largest f for which the range (one for all, or one per channel) fits `bits` signed bits. One f
 * for all channels, so that shifts are constants, unless that costs a channel more than MAX_SPREAD bits.
 */
function stateQuantiser(units: PerChannel, ranges: readonly RealRange[], bits: number): Quantiser {
  const own = units.length > 1 && ranges.length > 1;
  const exponents = units.map((unit, c) =>
    exponentThatHolds(own ? (ranges[c] as RealRange) : hullOf(ranges), unit, bits),
  );
  const known = exponents.filter((e) => e !== undefined);
  const [low, high] = known.length === 0 ? [0, 0] : [Math.min(...known), Math.max(...known)];
  const shared = high - low <= MAX_SPREAD;
  const scale = units.map((unit, c) => unit * 2 ** (shared ? high : (exponents[c] ?? high)));
  const same = scale.every((s) => s === scale[0]);
  const base = { bits, signed: true, narrow: false, rounding: "half_to_pos_inf" } as const;
  return { ...base, scale: same ? scale.slice(0, 1) : scale };
}

/** The least e for which `bits` signed bits of unit · 2^e hold the range; any does for {0}. */
function exponentThatHolds({ low, high }: RealRange, unit: number, bits: number): number | undefined {
  const magnitude = Math.max(-low, high);
  if (magnitude === 0) return undefined;
  const half = 2 ** (bits - 1);
  let exponent = Math.ceil(Math.log2(magnitude / unit)) - bits;
  while (high > (half - 1) * unit * 2 ** exponent || low < -half * unit * 2 ** exponent) exponent += 1;
  return exponent;
}

/** States whose next value isn't a quantise expression. */
const openStates = (graph: Recurrence<string>): readonly State[] =>
  graph.states.filter((s) => graph.exprs.find((e) => e.id === s.next)?.kind !== "quantise");

/** Values that are exact as they are: their other readers don't read the stored form. */
const exactKinds: readonly SpikingExpr["kind"][] = ["input", "constant", "state", "compare"];

/** Puts quantisers behind the next values of the states that `formats` names. */
function insertQuantisers<O extends string>(
  graph: Recurrence<O>,
  formats: ReadonlyMap<string, Quantiser>,
): Recurrence<O> {
  const stored = new Map<string, string>();
  const nexts = new Map<string, string>();
  const current = (id: string): string => stored.get(id) ?? id;
  const ids = new Set(graph.exprs.map((e) => e.id));
  const exprs: SpikingExpr[] = [];
  for (const e of graph.exprs) {
    exprs.push(renameOperands(e, current));
    for (const s of graph.states.filter((s) => s.next === e.id)) {
      const q = formats.get(s.name);
      if (q === undefined) continue;
      let id = `${e.id}_q`;
      while (ids.has(id)) id = `${id}q`;
      ids.add(id);
      exprs.push({ kind: "quantise", id, origin: e.origin, a: e.id, quantiser: q });
      nexts.set(s.name, id);
      if (!exactKinds.includes(e.kind) && !stored.has(e.id)) stored.set(e.id, id);
    }
  }
  if (nexts.size === 0) return graph;
  const outputs = Object.entries<string>(graph.outputs).map(([name, id]) => [name, current(id)]);
  return {
    exprs,
    states: graph.states.map((s) => ({ ...s, next: nexts.get(s.name) ?? current(s.next) })),
    outputs: Object.fromEntries(outputs) as Recurrence<O>["outputs"],
  };
}

const locOf = (graph: Recurrence<string>, state: State) =>
  graph.exprs.find((e) => e.id === state.next)?.origin[0] ?? { name: state.name };

const formatArgs = (state: State, q: Quantiser) => ({
  state: state.name,
  bits: q.bits,
  unit: printUnit(q.scale),
});

/** `2^-16`, or the extremes of several. */
export function printUnit(scale: PerChannel): string {
  const print = (s: number): string => {
    const exponent = exactLog2(s);
    return exponent === undefined ? s.toPrecision(4) : `2^${exponent}`;
  };
  const [low, high] = [Math.min(...scale), Math.max(...scale)];
  return low === high ? print(low) : `${print(low)} to ${print(high)}`;
}
