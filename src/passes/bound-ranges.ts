import { exprRange } from "../analysis/intervals.js";
import { invariant } from "../diagnostics/diagnostic.js";
import { formatRange, hull, type Range } from "../fixed/format.js";
import {
  type FixedGraph,
  type FixedLayer,
  type FixedModel,
  type FixedReadout,
  type FixedSynapse,
  rangeOfId,
} from "../ir/fixed.js";
import type { Pass } from "./pass.js";

/** Iterations after which a state's interval that still grows is widened to all of its format. */
const MAX_ITERATIONS = 4096;

/**
 * Exact worst-case interval of every value, from the real weights and coefficients: accumulators become as narrow
 * as they can be and provably never overflow. States start at {0} and grow to a fixpoint of the recurrence.
 *
 *     mulc X = R * 83   s24 → s31          before: R may be any s24
 *     mulc X = R * 83   s30                after: |R| ≤ wrp/(1−γ) proves a bit fewer
 *
 * Preserves: every value of every run (only `range` fields change).
 */
export const boundRanges: Pass<FixedModel, FixedModel, undefined> = {
  name: "bound-ranges",
  summary: "proves the narrowest interval of every value from weights and coefficients; changes no value",
  run(model) {
    const layers = model.layers.map(boundLayer);
    const readouts = model.readouts.map((readout) => boundReadout(readout));
    return { output: { ...model, layers, readouts }, diagnostics: [] };
  },
};

function boundLayer(layer: FixedLayer): FixedLayer {
  const pre = boundGraph(layer.pre, { low: 0n, high: 1n });
  const operand = rangeOfId(pre, pre.outputs.operand);
  const range = sumRange(layer.synapse, operand);
  return { ...layer, pre, synapse: { ...layer.synapse, range }, post: boundGraph(layer.post, range) };
}

function boundReadout(readout: FixedReadout): FixedReadout {
  const high = (1n << BigInt(readout.activationBits)) - 1n;
  const inputs = readout.weights.length / readout.classes;
  let range: Range | undefined;
  for (let c = 0; c < readout.classes; c++) {
    const sum = rowRange(readout.weights.subarray(c * inputs, (c + 1) * inputs), { low: 0n, high });
    const bias = readout.bias[c] ?? 0n;
    // Partial sums start at the bias, so the interval holds it too.
    const withBias = { low: sum.low + bias, high: sum.high + bias };
    range = range === undefined ? withBias : hull(range, withBias);
  }
  return { ...readout, range: range ?? { low: 0n, high: 0n } };
}

/** Interval of Σ w·x over one row of weights, x anywhere in `operand`; holds every partial sum too. */
function rowRange(weights: Int32Array, operand: Range): Range {
  let positive = 0n;
  let negative = 0n;
  for (const w of weights) {
    if (w > 0) positive += BigInt(w);
    else negative += BigInt(w);
  }
  const low0 = operand.low < 0n ? operand.low : 0n;
  const high0 = operand.high > 0n ? operand.high : 0n;
  return { low: positive * low0 + negative * high0, high: positive * high0 + negative * low0 };
}

/** Interval of a synapse's sums (and partial sums) over all output channels; padding contributes 0. */
export function sumRange(synapse: FixedSynapse, operand: Range): Range {
  const perChannel = synapse.weights.length / synapse.outChannels;
  let range: Range = { low: 0n, high: 0n };
  for (let start = 0; start < synapse.weights.length; start += perChannel) {
    range = hull(range, rowRange(synapse.weights.subarray(start, start + perChannel), operand));
  }
  return range;
}

/** The graph with every expression's interval, for inputs in `input`, over ticks without end. */
export function boundGraph<O extends string>(graph: FixedGraph<O>, input: Range): FixedGraph<O> {
  const states = new Map<string, Range>(graph.states.map((s) => [s.name, { low: 0n, high: 0n }]));
  for (let iteration = 0; ; iteration++) {
    const ranges = evaluate(graph, input, states);
    let stable = true;
    for (const state of graph.states) {
      const before = states.get(state.name) as Range;
      const after = hull(before, ranges.get(state.next) as Range);
      if (after.low === before.low && after.high === before.high) continue;
      stable = false;
      const whole = formatRange(state.format);
      const held = after.low >= whole.low && after.high <= whole.high;
      invariant(held || iteration < 2 * MAX_ITERATIONS, `state '${state.name}' outgrows its format`);
      states.set(state.name, iteration < MAX_ITERATIONS ? after : hull(after, whole));
    }
    if (stable) {
      return { ...graph, exprs: graph.exprs.map((e) => ({ ...e, range: ranges.get(e.id) as Range })) };
    }
  }
}

function evaluate(
  graph: FixedGraph<string>,
  input: Range,
  states: ReadonlyMap<string, Range>,
): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>();
  const of = (id: string): Range => ranges.get(id) as Range;
  for (const expr of graph.exprs) ranges.set(expr.id, exprRange(expr, of, input, states));
  return ranges;
}
