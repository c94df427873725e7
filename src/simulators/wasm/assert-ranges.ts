import { exprRange } from "../../analysis/intervals.js";
import { invariant } from "../../diagnostics/diagnostic.js";
import type { Range } from "../../fixed/format.js";
import { type FixedGraph, type FixedModel, rangeOfId } from "../../ir/fixed.js";

/**
 * Asserts every interval that the generator derives lanes and splits from: each holds what its operands' intervals
 * give, a state's holds 0 and its next value, a sum's holds the sum of any part of its weights. By induction over
 * ticks, no value leaves its interval. A violation is a bug of the compiler.
 */
export function assertRanges(model: FixedModel): void {
  const bit: Range = { low: 0n, high: 1n };
  for (const layer of model.layers) {
    const { name, pre, post, synapse } = layer;
    assertGraph(`${name}.pre`, pre, bit);
    const operand = rangeOfId(pre, pre.outputs.operand);
    holds(`${name}: sums`, synapse.range, partialSums(synapse.weights, synapse.outChannels, operand));
    assertGraph(`${name}.post`, post, synapse.range);
    holds(`${name}: a spike`, bit, rangeOfId(post, post.outputs.spike));
  }
  for (const readout of model.readouts) {
    if (readout.kind === "potential") continue;
    const { name, classes, weights, activationBits } = readout;
    for (let c = 0; c < classes; c++) {
      const row = weights.subarray((c * weights.length) / classes, ((c + 1) * weights.length) / classes);
      const sum = partialSums(row, 1, { low: 0n, high: 2n ** BigInt(activationBits) - 1n });
      const bias = readout.bias[c] as bigint;
      holds(`${name}: logits`, readout.range, { low: sum.low + bias, high: sum.high + bias });
    }
    invariant(
      readout.thresholds.every((t) => t.length < 2 ** activationBits),
      `${name}: more thresholds than activations`,
    );
  }
}

function assertGraph(where: string, graph: FixedGraph<string>, input: Range): void {
  const ranges = new Map(graph.exprs.map((e) => [e.id, e.range]));
  const rangeOf = (id: string): Range => ranges.get(id) as Range;
  const states = new Map(graph.states.map((s) => [s.name, rangeOf(s.next)]));
  for (const e of graph.exprs) {
    holds(`${where}.${e.id}`, e.range, exprRange(e, rangeOf, input, states));
    if (e.kind === "state") holds(`${where}.${e.id}`, e.range, { low: 0n, high: 0n });
  }
}

function holds(what: string, outer: Range, inner: Range): void {
  const inside = outer.low <= inner.low && inner.high <= outer.high;
  invariant(inside, `${what}: ${outer.low}..${outer.high} does not hold ${inner.low}..${inner.high}`);
}

/** Interval of Σ w·x over any part of the weights of any one of `rows` rows, x in `operand`; exact below 2^53. */
export function partialSums(weights: Int32Array, rows: number, operand: Range): Range {
  const columns = weights.length / rows;
  const low = Math.min(0, Number(operand.low));
  const high = Math.max(0, Number(operand.high));
  let [least, most] = [0, 0];
  for (let row = 0; row < rows; row++) {
    let [positive, negative] = [0, 0];
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      const w = weights[i] as number;
      if (w > 0) positive += w;
      else negative += w;
    }
    least = Math.min(least, positive * low + negative * high);
    most = Math.max(most, positive * high + negative * low);
  }
  invariant(Math.max(-least, most) < 2 ** 53, "a sum of more than 53 bits");
  return { low: BigInt(least), high: BigInt(most) };
}
