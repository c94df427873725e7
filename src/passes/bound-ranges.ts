import { boundGraph } from "../analysis/bound-graph.js";
import { rowRange, sumRange } from "../analysis/bound-sums.js";
import { invariant } from "../diagnostics/diagnostic.js";
import { hull, type Range } from "../fixed/format.js";
import {
  type FixedLayer,
  type FixedLinearReadout,
  type FixedModel,
  type FixedReadout,
  rangeOfId,
} from "../ir/fixed.js";
import type { Pass } from "./pass.js";

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
    const readouts = model.readouts.map((readout) => boundReadout(readout, layers));
    return { output: { ...model, layers, readouts }, diagnostics: [] };
  },
};

function boundLayer(layer: FixedLayer): FixedLayer {
  const pre = boundGraph(layer.pre, { low: 0n, high: 1n });
  const operand = rangeOfId(pre, pre.outputs.operand);
  const range = sumRange(layer.synapse, operand);
  return { ...layer, pre, synapse: { ...layer.synapse, range }, post: boundGraph(layer.post, range) };
}

function boundReadout(readout: FixedReadout, layers: readonly FixedLayer[]): FixedReadout {
  if (readout.kind === "linear") return boundLinear(readout);
  const source = layers.find(({ name }) => name === readout.layer);
  invariant(source !== undefined, `readout '${readout.name}' of unknown layer '${readout.layer}'`);
  const { low, high } = rangeOfId(source.post, source.post.outputs.potential);
  const ranges = readout.bias.map((bias) => ({ low: low + bias, high: high + bias }));
  return { ...readout, range: ranges.reduce(hull) };
}

function boundLinear(readout: FixedLinearReadout): FixedLinearReadout {
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
