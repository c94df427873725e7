import { boundReals, type RealRange, rangesOf } from "../../../src/analysis/bound-reals.js";
import { conv, graphBuilder, layerOf, realWeights, shape } from "../../../src/ir/builders.js";
import { passThrough, type SpikingLayer } from "../../../src/ir/spiking.js";
import { stepRealLayer } from "../../../src/simulators/reference.js";
import { type Random, random } from "../../../src/testing/random-model.js";

/** What a spike does to the states: nothing, takes the threshold away, or sets a part of them, or all, to 0. */
export type Reset = "none" | "subtract" | "some" | "all";

/** A recurrence x' = A·x + B·w with a reset, as a layer of one neuron; its two input cells have the weights `input`. */
export interface RandomRecurrence {
  readonly layer: SpikingLayer;
  readonly matrix: readonly (readonly number[])[];
  readonly gains: readonly number[];
  readonly input: RealRange;
  readonly radius: number;
  readonly reset: Reset;
}

const entry = (matrix: readonly (readonly number[])[], i: number, j: number): number =>
  (matrix[i] as readonly number[])[j] as number;

/** Spectral radius by Gelfand's formula, from 2^30-th powers. */
function radiusOf(matrix: readonly (readonly number[])[]): number {
  let [power, log] = [matrix, 0];
  for (let k = 0; k < 30; k++) {
    const now = power;
    const square = now.map((row) => row.map((_, j) => row.reduce((s, x, i) => s + x * entry(now, i, j), 0)));
    const size = Math.max(...square.flat().map(Math.abs));
    if (size === 0) return 0;
    log = 2 * log + Math.log(size);
    power = square.map((row) => row.map((x) => x / size));
  }
  return Math.exp(log / 2 ** 30);
}

/** One to three states that feed each other with either sign, of the spectral radius that is given. */
export function randomRecurrence(seed: number, radius: number, reset: Reset): RandomRecurrence {
  const r = random(seed);
  const n = r.int(1, 3);
  const number = (): number => (r.chance(0.5) ? 1 : -1) * (0.1 + r.real());
  const raw = Array.from({ length: n }, () =>
    Array.from({ length: n }, () => (r.chance(0.8) ? number() : 0)),
  );
  raw.forEach((row, i) => {
    row[i] = row[i] === 0 ? number() : (row[i] as number);
  });
  // A turn and decay: the oscillator itself.
  if (n > 1 && r.chance(0.5)) {
    const angle = 0.05 + 3 * r.real();
    for (const row of raw) row.fill(0);
    raw[0]?.splice(0, 2, Math.cos(angle), -Math.sin(angle));
    raw[1]?.splice(0, 2, Math.sin(angle), Math.cos(angle));
    if (n === 3) raw[2]?.splice(0, 3, number(), number(), 0.5);
  }
  const by = radius / Math.max(1e-3, radiusOf(raw));
  const matrix = raw.map((row) => row.map((x) => x * by));
  const gains = Array.from({ length: n }, (_, i) => (i === 0 || r.chance(0.5) ? number() : 0));
  const input = { low: -4 * r.real(), high: 0.5 + 4 * r.real() };
  const post = graphOf(r, matrix, gains, reset);
  const synapse = conv({ outChannels: 1, kernel: [1, 2], weights: realWeights([input.high, input.low]) });
  const layer = layerOf({ name: "l", input: shape(1, 1, 2), synapse }, passThrough([]), post);
  return { layer, matrix, gains, input, radius: radiusOf(matrix), reset };
}

/** The recurrence's expressions; a leak is written c·x, x − (1 − c)·x or x + (0 − x)·(1 − c), as users do. */
function graphOf(
  r: Random,
  matrix: readonly (readonly number[])[],
  gains: readonly number[],
  reset: Reset,
): SpikingLayer["post"] {
  const g = graphBuilder();
  const input = g.input();
  const zero = g.constant("zero", 0);
  const states = matrix.map((_, i) => g.state(`x${i}`, `x${i}`));
  const sums = matrix.map((row, i) => {
    const own = states[i] as string;
    const factor = row[i] as number;
    const leak = 1 - factor;
    const writings = [
      () => g.scale(`k${i}`, own, factor),
      () => g.sub(`k${i}`, own, g.scale(`l${i}`, own, leak)),
      () => g.add(`k${i}`, own, g.scale(`l${i}`, g.sub(`d${i}`, zero, own), leak)),
    ];
    const kept = (writings[r.int(0, 2)] as () => string)();
    const others = row.map((x, j) =>
      j === i || x === 0 ? zero : g.scale(`f${i}${j}`, states[j] as string, x),
    );
    const driven = gains[i] === 0 ? kept : g.add(`b${i}`, kept, g.scale(`w${i}`, input, gains[i] as number));
    return others.reduce((sum, x, j) => (x === zero ? sum : g.add(`s${i}${j}`, sum, x)), driven);
  });
  const potential = sums[0] as string;
  const theta = 0.5 + 8 * r.real();
  const spike = g.compare("spike", g.sub("over", potential, g.constant("theta", theta)));
  sums.forEach((sum, i) => {
    const taken = reset === "all" || (reset === "some" && (i === 0 || r.chance(0.3)));
    if (taken && r.chance(0.5)) g.assign(`x${i}`, g.select(`r${i}`, spike, zero, sum));
    else if (taken) g.assign(`x${i}`, g.sub(`r${i}`, sum, g.select(`t${i}`, spike, sum, zero)));
    else if (reset === "subtract" && i === 0) g.assign("x0", g.sub("r0", sum, g.scale("t0", spike, theta)));
    else g.assign(`x${i}`, sum);
  });
  return g.build({ spike, potential });
}

/** Bounds of a recurrence's states, or undefined where it is refused. */
export function boundsOf({ layer, input }: RandomRecurrence): readonly RealRange[] | undefined {
  const bounds = boundReals(layer.post, [input]);
  if (!bounds.bounded) return undefined;
  return layer.post.states.map(({ next }) => {
    const [{ low, high }] = rangesOf(bounds, next) as [RealRange];
    return { low: Math.min(0, low), high: Math.max(0, high) };
  });
}

/**
 * The least and the largest value of each state while inputs at their extremes follow the sign of its impulse response
 * (of the recurrence without resets), up and down, over `ticks`; then again with a tenth of the signs turned.
 */
export function drive(one: RandomRecurrence, ticks: number, seed: number): readonly RealRange[] {
  const { matrix, gains, layer, input } = one;
  const r = random(seed);
  const found = matrix.map(() => ({ low: 0, high: 0 }));
  for (let target = 0; target < matrix.length; target++) {
    const response: number[] = [];
    let row: readonly number[] = matrix.map((_, i) => (i === target ? 1 : 0));
    for (let k = 0; k < ticks; k++) {
      response.push(row.reduce((sum, x, i) => sum + x * (gains[i] as number), 0));
      row = row.map((_, j) => row.reduce((sum, x, i) => sum + x * entry(matrix, i, j), 0));
    }
    for (const [sign, turned] of [
      [1, 0],
      [-1, 0],
      [1, 0.1],
      [-1, 0.1],
    ] as const) {
      const state = { pre: new Map(), post: new Map(matrix.map((_, i) => [`x${i}`, new Float64Array(1)])) };
      for (let t = 0; t < ticks; t++) {
        const up = sign * (response[ticks - 1 - t] as number) > 0 !== r.real() < turned;
        const weights = Float64Array.of(input.high, input.low);
        stepRealLayer(layer, weights, state, Float64Array.of(up ? 1 : 0, up ? 0 : 1));
        found.forEach((range, i) => {
          const x = state.post.get(`x${i}`)?.[0] as number;
          range.low = Math.min(range.low, x);
          range.high = Math.max(range.high, x);
        });
      }
    }
  }
  return found;
}
