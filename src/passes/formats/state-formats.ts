import { boundReals, hullOf, type RealBounds, type RealRange, rangesOf } from "../../analysis/bound-reals.js";
import { roundCoefficients } from "../../analysis/round-coefficients.js";
import { type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.js";
import type { PerChannel, Quantiser, Recurrence, State } from "../../ir/spiking.js";
import type { Choice } from "../choice.js";
import type { CalibratedRange, Calibration } from "./calibration.js";
import { gridOf, insertQuantisers, openStates } from "./insert-quantisers.js";

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
  readonly coefficientBits: number;
  readonly calibration?: Calibration | undefined;
}

/** What is chosen on the way, and the errors that leave a state without a format. */
export interface Said {
  readonly choices: Choice[];
  readonly errors: Diagnostic[];
}

/** Formats for those states of a graph whose next value isn't behind a quantiser. */
export function chooseStateFormats<O extends string>(
  graph: Recurrence<O>,
  inputs: () => readonly RealRange[] | undefined,
  unit: PerChannel,
  options: StateFormatOptions,
  said: Said,
): Recurrence<O> {
  const known = new Map<string, Quantiser>();
  const measured = openStates(graph).filter((s) => isMeasured(options.calibration, s));
  const input = measured.length > 0 ? inputs() : undefined;
  const bounds = input && boundReals(graph, input);
  for (const state of openStates(graph)) {
    const own = gridOf(graph, state.next);
    const range = options.calibration?.states.get(state.name);
    if (own !== undefined) known.set(state.name, own);
    else if (range !== undefined && measured.includes(state)) {
      const bound = bounds?.bounded ? hullOf(rangesOf(bounds, state.next)) : undefined;
      const wide = withMargin(range, bound);
      const quantiser = stateQuantiser(unitsFor(graph, unit), [wide], options.stateBits);
      known.set(state.name, quantiser);
      said.choices.push({
        kind: "state-format",
        state: state.name,
        quantiser,
        range: wide,
        measured: range,
        loc: locOf(graph, state),
      });
    }
  }
  return chooseWorstCase(insertQuantisers(graph, known), inputs, unit, options, said);
}

/** A range of zeros is no measurement. */
const isMeasured = (calibration: Calibration | undefined, { name }: State): boolean => {
  const range = calibration?.states.get(name);
  return range !== undefined && range.max > range.min;
};

/** A measured range and a margin, but no more than what can be. */
function withMargin({ min, max }: CalibratedRange, bound: RealRange | undefined): RealRange {
  const wide = { low: min * (1 + MARGIN), high: max * (1 + MARGIN) };
  if (bound === undefined) return wide;
  return { low: Math.max(wide.low, bound.low), high: Math.min(wide.high, bound.high) };
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
  { stateBits, coefficientBits }: StateFormatOptions,
  said: Said,
): Recurrence<O> {
  const open = openStates(graph);
  const input = open.length > 0 ? inputs() : undefined;
  if (input === undefined) return graph;
  const units = unitsFor(graph, unit);
  const rounds: Round[] = [];
  for (;;) {
    const chosen = rounds.at(-1)?.formats ?? new Map<string, Quantiser>();
    const rounded = new Map([...chosen].map(([s, q]) => [s, { ...q, bits: OPEN_BITS }]));
    const lowered = roundCoefficients(insertQuantisers(graph, rounded), coefficientBits, isBinary(input));
    const bounds = boundReals(lowered, input);
    if (!bounds.bounded) return unbounded(graph, open, bounds, said.errors);
    const next = new Map(
      open.map((s) => [s.name, coarser(chosen.get(s.name), units, rangesOf(bounds, s.next), stateBits)]),
    );
    const settled = JSON.stringify([...next]) === JSON.stringify([...chosen]);
    rounds.push({ formats: next, bounds });
    if (settled || rounds.length === MAX_ROUNDS) break;
  }
  // Where rounding alone fills the format (few bits, slow decay), no unit holds the bound: the real one's is best.
  const [first, last] = [rounds[0], rounds.at(-1)] as [Round, Round];
  const formats = rounds.length === MAX_ROUNDS ? first.formats : last.formats;
  for (const s of open) {
    said.choices.push({
      kind: "state-format",
      state: s.name,
      quantiser: formats.get(s.name) as Quantiser,
      range: hullOf(rangesOf(first.bounds, s.next)),
      loc: locOf(graph, s),
    });
  }
  return insertQuantisers(graph, formats);
}

const isBinary = (ranges: readonly RealRange[]): boolean =>
  ranges.every(({ low, high }) => low >= 0 && high <= 1);

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
  errors: Diagnostic[],
): Recurrence<O> {
  for (const s of open) {
    if (!bounds.states.includes(s.name)) continue;
    errors.push(diagnostic("state-unbounded", locOf(graph, s), { state: s.name }));
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

const locOf = (graph: Recurrence<string>, state: State) =>
  graph.exprs.find((e) => e.id === state.next)?.origin[0] ?? { name: state.name };
