import { quantiseRaw } from "../ir/real-ops.js";
import type { Recurrence } from "../ir/spiking.js";
import { type AffineCase, affineCases } from "./affine-cases.js";
import { boundByNorm } from "./common-norm.js";
import type { RealRange } from "./real-range.js";

/** Ticks that a state is followed back at most: enough for time constants of some hundred ticks. */
const MOST_TICKS = 8192;
/** A state is followed back until this part of what it was is left. */
const LEFT = 2 ** -10;
/** Relative error of a sum of a few products of doubles, and of the factors in it: rounded up generously. */
const ROUNDING = 2 ** -46;

/** Intervals of all states of a recurrence, in its order. */
type Box = readonly RealRange[];

/** What one case of the comparisons, taken as the one between the others, says of all states. */
export interface CoupledStep {
  /** Indices of the states that the case itself keeps or makes grow: it bounds them by nothing. */
  readonly kept: readonly number[];
  /** Intervals that hold the states at all ticks if the given ones do. */
  advance(box: Box): Box;
  /** Intervals that hold the states at all ticks, by a norm that all of several cases shrink: wide, and undefined without. */
  holding(): Box | undefined;
}

/**
 * Steps towards an invariant of a channel's coupled states, one for each case of its comparisons. Where what `advance`
 * gives lies inside what it was given, both are proved.
 *
 * A state i at tick t+1 is, tick by tick back, a sum of what came in and of g_k·x(t−k), where g_0 = e_i and
 * g_(k+1) = g_k·A: what a box of states says of x is used only where g_k has decayed, so that Σ|A^k| bounds an
 * oscillator where intervals of single ticks do not. With h_k ≥ g_k·x at all ticks,
 *
 *     h_k = max(0, h_(k+1) + max g_k·B·w + |g_k·A − g_(k+1)|·|x|,  max g_k·(A'·x + B'·w) of each other case)
 *
 * holds by induction over ticks (0 is each frame's start). The rows g are doubles; how far g_(k+1) is from g_k·A, and
 * every sum from its exact value, is bounded (ROUNDING) and added. None where there is no affine form; with
 * `onlyMixed`, none where all that feeds the states has one sign: intervals of single ticks are the least ones then.
 */
export function coupledSteps(
  graph: Recurrence<string>,
  input: RealRange,
  channel: number,
  onlyMixed: boolean,
): readonly CoupledStep[] {
  const form = affineCases(graph, channel);
  if (form === undefined) return [];
  const { cases } = form;
  if (onlyMixed && !cases.some(isMixed)) return [];
  const ranges = form.disturbances.map((id) => disturbanceRange(graph, id, input, channel));
  return cases.map((base) => {
    const ordered = [base, ...cases.filter((other) => other !== base)];
    const paths = base.matrix.map((_, i) => pathOf(ordered, ranges, i));
    const entering = (one: AffineCase): readonly Row[] =>
      ranges.map(({ low, high }, d) => one.rest.map((row) => Math.max(-low, high) * (row[d] as number)));
    return {
      kept: paths.flatMap(({ left }, i) => (sizeOf(left) < 1 ? [] : [i])),
      advance: (box) => paths.map((path) => boundPath(path, box)),
      holding: () =>
        cases.length === 1
          ? undefined
          : boundByNorm(cases, base, entering)?.map((most) => ({ low: -most, high: most })),
    };
  });
}

/** Whether a state feeds one with a negative sign, or a disturbance two with different ones. */
const isMixed = ({ matrix, rest }: AffineCase): boolean =>
  matrix.some((row) => row.some((x) => x < 0)) ||
  (rest[0] ?? []).some(
    (_, d) => rest.some((row) => (row[d] as number) > 0) && rest.some((row) => (row[d] as number) < 0),
  );

type Row = readonly number[];

/** What a tick may do to g_k·x: `row`·x + an interval. Its ends hold what disturbances and their rounding add. */
interface Change extends RealRange {
  readonly row: Row;
}

/** A state's way back: per tick the base case, where `row` is |g_k|·|A| of what rounding loses, and the other cases. */
interface Path {
  readonly ticks: readonly { readonly base: Change; readonly others: readonly Change[] }[];
  /** The last g. */
  readonly left: Row;
}

function pathOf([base, ...others]: readonly AffineCase[], ranges: Box, state: number): Path {
  const { matrix } = base as AffineCase;
  const ticks: Path["ticks"][number][] = [];
  let row: Row = matrix.map((_, j) => (j === state ? 1 : 0));
  for (let size = 1; ticks.length < MOST_TICKS && size > LEFT && size < LEFT ** -2; size = sizeOf(row)) {
    const sizes = timesMatrix(
      row.map(Math.abs),
      matrix.map((r) => r.map(Math.abs)),
    );
    const added = (one: AffineCase): RealRange => outward(spanOf(row, one.rest, ranges));
    ticks.push({
      base: { row: sizes, ...added(base as AffineCase) },
      others: others.map((one) => ({ row: timesMatrix(row, one.matrix), ...added(one) })),
    });
    row = timesMatrix(row, matrix);
  }
  return { ticks, left: row };
}

function boundPath({ ticks, left }: Path, box: Box): RealRange {
  let now = outward(overBox(left, box));
  for (let k = ticks.length - 1; k >= 0; k--) {
    const { base, others } = ticks[k] as Path["ticks"][number];
    const rounding = overBox(base.row, box).size + Math.max(-now.low, now.high);
    let low = Math.min(0, now.low + base.low - ROUNDING * rounding);
    let high = Math.max(0, now.high + base.high + ROUNDING * rounding);
    for (const other of others) {
      const states = outward(overBox(other.row, box));
      low = Math.min(low, (states.low + other.low) * (1 + ROUNDING));
      high = Math.max(high, (states.high + other.high) * (1 + ROUNDING));
    }
    now = { low, high };
  }
  return now;
}

const sizeOf = (row: Row): number => row.reduce((sum, x) => sum + Math.abs(x), 0);

/** row · matrix. */
const timesMatrix = (row: Row, matrix: readonly Row[]): Row =>
  (matrix[0] as Row).map((_, j) =>
    row.reduce((sum, g, i) => sum + (g === 0 ? 0 : g * ((matrix[i] as Row)[j] as number)), 0),
  );

/** Interval of a linear function: its sum at either end, and the magnitude of all that was added. */
interface Span extends RealRange {
  readonly size: number;
}

function overBox(row: Row, box: Box): Span {
  let [low, high, size] = [0, 0, 0];
  row.forEach((factor, j) => {
    if (factor === 0) return;
    const range = box[j] as RealRange;
    low += factor * (factor > 0 ? range.low : range.high);
    high += factor * (factor > 0 ? range.high : range.low);
    size += Math.abs(factor) * Math.max(Math.abs(range.low), Math.abs(range.high));
  });
  return { low, high, size };
}

/** Interval of row · rest · w, w in `ranges`; its size is that of all products, before any cancels another. */
function spanOf(row: Row, rest: readonly Row[], ranges: Box): Span {
  const sizes = timesMatrix(
    row.map(Math.abs),
    rest.map((r) => r.map(Math.abs)),
  );
  return { ...overBox(timesMatrix(row, rest), ranges), size: overBox(sizes, ranges).size };
}

/** An interval that holds the exact one, whatever the sums in it lost by rounding. */
const outward = ({ low, high, size }: Span): RealRange => ({
  low: low - ROUNDING * size,
  high: high + ROUNDING * size,
});

/** The interval of what isn't a state: the input, constants' 1, comparisons, clips, roundings. */
function disturbanceRange(
  graph: Recurrence<string>,
  id: string,
  input: RealRange,
  channel: number,
): RealRange {
  if (id === "input") return input;
  const e = graph.exprs.find((other) => other.id === id && id !== "one");
  if (e?.kind === "clip") return { low: e.low, high: e.high };
  if (e?.kind !== "quantise") return { low: e === undefined ? 1 : 0, high: 1 };
  const unit = e.quantiser.scale[e.quantiser.scale.length === 1 ? 0 : channel] as number;
  return { low: -unit, high: unit };
}

/** Whether no quantiser saturates for values in `of`: what the affine form takes for granted. */
export function saturatesNowhere(
  graph: Recurrence<string>,
  of: (id: string) => RealRange,
  channel: number,
): boolean {
  return graph.exprs.every((e) => {
    if (e.kind !== "quantise") return true;
    const unit = e.quantiser.scale[e.quantiser.scale.length === 1 ? 0 : channel] as number;
    const { low, high } = of(e.a);
    const kept = (x: number): boolean => Math.abs(quantiseRaw(x, e.quantiser, channel) * unit - x) <= unit;
    return kept(low) && kept(high);
  });
}
