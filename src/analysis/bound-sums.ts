import { hull, type Range } from "../fixed/format.js";
import type { FixedSynapse } from "../ir/fixed.js";

/** Interval of Σ w·x over one row of weights, x anywhere in `operand`; holds every partial sum too. */
export function rowRange(weights: Int32Array, operand: Range): Range {
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
