// From potentials to classes: activations by thresholds, a linear map, the best class of a tick, votes.

/** @import { LoadedReadout } from "./load.js" */
/** @import { Readout, Word } from "./network.js" */
import { maxPool } from "./maps.js";

/**
 * Number of thresholds ≤ x; thresholds ascend. Doubles and BigInts compare exactly.
 * @param {readonly Word[]} thresholds
 * @param {Word} x
 */
export function countThresholds(thresholds, x) {
  let low = 0;
  let high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (thresholds[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Logits of one tick: bias + potential, or bias + Σ weight · activation. The activation of a max-pooled potential is the number of
 * thresholds that it reaches.
 * @param {LoadedReadout} readout
 * @param {readonly Word[]} potentials
 */
export function logitsOf(readout, potentials) {
  if (readout.linear === undefined)
    return potentials.map((u, k) =>
      typeof u === "bigint" ? u + BigInt(readout.bias[k]) : u + Number(readout.bias[k]),
    );
  const { weights, thresholds } = readout.linear;
  const pooled = maxPool(potentials, readout.input, readout.pool);
  const perTable = pooled.length / thresholds.length;
  const logits = [...readout.bias];
  for (let i = 0; i < pooled.length; i++) {
    const activation = countThresholds(thresholds[Math.floor(i / perTable)], pooled[i]);
    if (activation === 0) continue;
    for (let k = 0; k < logits.length; k++) {
      const product = weights[k * pooled.length + i] * activation;
      const logit = logits[k];
      logits[k] = typeof logit === "bigint" ? logit + BigInt(product) : logit + product;
    }
  }
  return logits;
}

/**
 * Index of the largest value; among equal ones that of the highest rank, then the lowest index.
 * @param {readonly Word[]} values
 * @param {readonly number[]} [rank]
 */
export function argmax(values, rank) {
  let best = 0;
  for (let k = 1; k < values.length; k++) {
    const wins = rank !== undefined && rank[k] > rank[best];
    if (values[k] > values[best] || (values[k] === values[best] && wins)) best = k;
  }
  return best;
}

/**
 * Counts a tick: "sum" adds up logits, the other ways count how often each class was the best.
 * @param {Readout["vote"]} vote
 * @param {number[]} votes
 * @param {readonly Word[]} logits
 * @param {number} best
 */
export function countVote(vote, votes, logits, best) {
  if (vote === "sum") for (let k = 0; k < votes.length; k++) votes[k] += Number(logits[k]);
  else votes[best]++;
}

/**
 * Class of a whole sample and what each class has, rounded down: votes or sums, to which the fractions of biases add up.
 * @param {Pick<Readout, "vote" | "fraction">} readout
 * @param {readonly number[]} votes
 * @param {number} counted Ticks that voted.
 * @param {number} last The class of the last tick.
 */
export function frameResult({ vote, fraction }, votes, counted, last) {
  const bits = fraction?.bits ?? 0;
  const exact = votes.map((count, k) => {
    const over = fraction === undefined ? 0n : fraction.values[k] * BigInt(counted);
    return (BigInt(count) << BigInt(bits)) + over;
  });
  const whole = exact.map((sum) => Number(sum >> BigInt(bits)));
  return { best: vote === "last" ? last : argmax(exact), votes: whole };
}
