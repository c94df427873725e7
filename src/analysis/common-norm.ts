import type { AffineCase } from "./affine-cases.js";

/** Steps that a norm is summed up over at most. */
const MOST_STEPS = 2 ** 16;
/** Relative room for the rounding of everything here. */
const ROOM = 2 ** -36;

type Matrix = readonly (readonly number[])[];

/**
 * Per state a bound of its magnitude that holds at all ticks, whichever case of the comparisons each tick is, where
 * every case shrinks one quadratic norm √(xᵀ·P·x) by a factor q < 1 at least: the norm stays below (what enters in a
 * tick) / (1 − q). A turn and decay of two states, and a reset that sets one of them to 0, are such cases. P is a guess
 * (from doubles); that cases shrink it, and how far it reaches, is proved: a Cholesky decomposition of what must be
 * positive, less more than all rounding. Undefined where the guess is no such norm.
 *
 * `enters` gives what a case's disturbances add at most, each a vector over the states, of either sign.
 */
export function boundByNorm(
  cases: readonly AffineCase[],
  base: AffineCase,
  enters: (one: AffineCase) => readonly (readonly number[])[],
): readonly number[] | undefined {
  let best: readonly number[] | undefined;
  for (const slack of [0.5, 0.1, 0.9]) {
    const norm = guessNorm(base.matrix, slack);
    const q = norm && leastFactor(norm, cases);
    if (norm === undefined || q === undefined) continue;
    const most = Math.max(...cases.map((one) => enters(one).reduce((sum, v) => sum + lengthOf(norm, v), 0)));
    const radius = (most / (1 - q)) * (1 + ROOM);
    const reach = norm.map((_, i) => reachOf(norm, i));
    if (reach.some((r) => r === undefined)) continue;
    const bound = reach.map((r) => radius * Math.sqrt(r as number) * (1 + ROOM));
    if (best === undefined || Math.max(...bound) < Math.max(...best)) best = bound;
  }
  return best;
}

/** Σ (Aᵀ)^k·A^k / r^(2k), r between A's spectral radius and 1: A shrinks its norm by r. */
function guessNorm(matrix: Matrix, slack: number): Matrix | undefined {
  let power = matrix;
  let steps = 1;
  while (sizeOf(power) > 2 ** -20 && steps < MOST_STEPS) {
    power = product(power, power);
    steps *= 2;
  }
  const radius = sizeOf(power) ** (1 / steps);
  if (!(radius < 1)) return undefined;
  const shrunk = matrix.map((row) => row.map((x) => x / (1 - slack * (1 - radius))));
  let [sum, term]: [Matrix, Matrix] = [matrix.map((row) => row.map(() => 0)), identity(matrix.length)];
  for (let k = 0; k < MOST_STEPS && sizeOf(term) > 2 ** -12; k++) {
    const square = product(transposed(term), term);
    sum = sum.map((row, i) => row.map((x, j) => x + at(square, i, j)));
    term = product(term, shrunk);
  }
  const scale = Math.max(...sum.flat());
  return Number.isFinite(scale) ? sum.map((row) => row.map((x) => x / scale)) : undefined;
}

/** About the least q < 1 for which q²·P − Aᵀ·P·A is proved positive for every case. */
function leastFactor(norm: Matrix, cases: readonly AffineCase[]): number | undefined {
  const shrinks = (q: number): boolean =>
    cases.every(({ matrix }) => {
      const after = product(transposed(matrix), product(norm, matrix));
      const sizes = matrix.map((row) => row.map(Math.abs));
      const room = product(
        transposed(sizes),
        product(
          norm.map((r) => r.map(Math.abs)),
          sizes,
        ),
      ).flat();
      const difference = norm.map((row, i) => row.map((x, j) => q * q * x - at(after, i, j)));
      return isPositive(difference, ROOM * (Math.max(...room) + Math.max(...norm.flat().map(Math.abs))));
    });
  let [low, high] = [0, 1 - 2 ** -20];
  if (!shrinks(high)) return undefined;
  // The steps are finer and finer towards 1, where 1/(1 − q) is steep.
  for (let step = 0; step < 30; step++) {
    const middle = 1 - Math.sqrt((1 - low) * (1 - high));
    if (shrinks(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The largest x_i² on the norm's unit ball, (P⁻¹)_ii: the least s found for which s·P − e·eᵀ is proved positive. */
function reachOf(norm: Matrix, state: number): number | undefined {
  const holds = (s: number): boolean =>
    isPositive(
      norm.map((row, i) => row.map((x, j) => s * x - (i === state && j === state ? 1 : 0))),
      ROOM * (1 + s * Math.max(...norm.flat().map(Math.abs))),
    );
  let high = 1;
  while (!holds(high)) {
    high *= 2;
    if (high > 2 ** 30) return undefined;
  }
  let low = high / 2;
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** √(vᵀ·P·v), rounded up. */
function lengthOf(norm: Matrix, v: readonly number[]): number {
  let [sum, size] = [0, 0];
  norm.forEach((row, i) => {
    row.forEach((p, j) => {
      const term = p * (v[i] as number) * (v[j] as number);
      sum += term;
      size += Math.abs(term);
    });
  });
  return Math.sqrt(Math.max(0, sum) + ROOM * size);
}

/** Whether a symmetric matrix less `room` on its diagonal has a Cholesky decomposition in doubles. */
function isPositive(matrix: Matrix, room: number): boolean {
  const lower: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const own: number[] = [];
    for (let j = 0; j <= i; j++) {
      let x = (row[j] as number) - (i === j ? room : 0);
      for (let k = 0; k < j; k++) x -= (own[k] as number) * (i === j ? (own[k] as number) : at(lower, j, k));
      if (i === j && !(x > 0)) return false;
      own.push(i === j ? Math.sqrt(x) : x / at(lower, j, j));
    }
    lower.push(own);
  }
  return true;
}

const at = (matrix: Matrix, i: number, j: number): number => (matrix[i] as readonly number[])[j] as number;
const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
const transposed = (m: Matrix): Matrix => m.map((_, i) => m.map((row) => row[i] as number));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b.map((_, j) => row.reduce((sum, x, k) => sum + x * at(b, k, j), 0)));
const sizeOf = (m: Matrix): number =>
  Math.max(...m.map((row) => row.reduce((sum, x) => sum + Math.abs(x), 0)));
