import { boundReals, hullOf, type RealBounds, type RealRange, rangesOf } from "../../analysis/bound-reals.js";
import { lostDecays, roundCoefficients } from "../../analysis/round-coefficients.js";
import { type Diagnostic, diagnostic } from "../../diagnostics/diagnostic.js";
import type { PerChannel, Quantiser, Recurrence, State } from "../../ir/spiking.js";
import type { Choice } from "../choice.js";
import type { CalibratedRange, Calibration } from "./calibration.js";
import { gridOf, insertQuantisers, openStates } from "./insert-quantisers.js";
import { coarser, stateQuantiser, unitsFor } from "./state-unit.js";

/** Part of a calibrated range that is added to it: what the calibration data didn't show. */
const MARGIN = 0.25;
/** Bits of an open format: as good as real where only the rounding counts. */
const OPEN_BITS = 52;

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
  // check-coefficients has said it; the bound of a decay that is none says it again.
  if (lostDecays(graph, coefficientBits, isBinary(input)).length > 0) return graph;
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

const locOf = (graph: Recurrence<string>, state: State) =>
  graph.exprs.find((e) => e.id === state.next)?.origin[0] ?? { name: state.name };
