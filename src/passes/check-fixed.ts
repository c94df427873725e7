import { sumRange } from "../analysis/bound-sums.js";
import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import { formatRange, type Range } from "../fixed/format.js";
import {
  type FixedLayer,
  type FixedLinearReadout,
  type FixedModel,
  type FixedReadout,
  type FixedSynapse,
  rangeOfId,
} from "../ir/fixed.js";
import { type Pool, type Shape, sizeOf } from "../ir/spiking.js";
import { bit, equal, holds, perChannel, unique } from "./fixed-checks/facts.js";
import { checkGraph } from "./fixed-checks/graph.js";
import type { Pass } from "./pass.js";

/**
 * Verifies a bounded FixedModel: operands stand before their users, every range holds what interval arithmetic gives,
 * states fit their formats, sums stay below 2^53, shapes and lengths agree. What it finds is a bug of the compiler: it
 * throws. To run behind `bound-ranges`.
 *
 * Preserves: everything; gives the model that it got.
 */
export const checkFixed: Pass<FixedModel, FixedModel, undefined> = {
  name: "check-fixed",
  summary: "verifies the integer network; a violation is a bug of the compiler; changes nothing",
  run(model) {
    unique(
      model.layers.map((l) => l.name),
      "layers",
    );
    unique(
      model.layers.flatMap((l) => [...l.pre.states, ...l.post.states].map((s) => s.name)),
      "states",
    );
    let input = model.input;
    for (const layer of model.layers) {
      equal(`input of '${layer.name}'`, text(layer.input), text(input));
      checkLayer(layer);
      input = layer.sent;
    }
    for (const readout of model.readouts) checkReadout(readout, model);
    return { output: model, diagnostics: [] };
  },
};

const text = (s: Shape): string => `${s.channels}x${s.height}x${s.width}`;

const exact: Range = { low: -(2n ** 53n), high: 2n ** 53n };

function checkLayer(layer: FixedLayer): void {
  const { name, synapse } = layer;
  const pre = checkGraph(`${name}.pre`, layer.pre, bit, layer.input.channels);
  checkSynapse(layer, pre.get(layer.pre.outputs.operand) as Range);
  const post = checkGraph(`${name}.post`, layer.post, synapse.range, layer.output.channels);
  holds(`${name}: a spike`, bit, post.get(layer.post.outputs.spike) as Range);
  equal(`${name}: pooled shape`, text(layer.sent), text(pooled(layer.output, layer.pool)));
}

function checkSynapse(layer: FixedLayer, operand: Range): void {
  const { name, input, synapse } = layer;
  const { kernel, outChannels } = synapse;
  const taps = outChannels * input.channels * kernel[0] * kernel[1];
  equal(`${name}: weights`, synapse.weights.length, taps);
  equal(
    `${name}: output`,
    text(layer.output),
    text(pooled(synapseOutput(input, synapse), layer.currentPool)),
  );
  checkWeights(name, synapse.weights, synapse.weightBits);
  holds(`${name}: range of sums`, synapse.range, sumRange(synapse, operand));
  holds(`${name}: sums below 2^53`, exact, synapse.range);
}

function checkWeights(name: string, weights: Int32Array, bits: number): void {
  const format = formatRange({ signed: true, width: bits });
  for (const w of weights)
    invariant(w >= format.low && w <= format.high, `${name}: weight ${w} exceeds ${bits} bits`);
}

function synapseOutput(input: Shape, s: FixedSynapse): Shape {
  const [top, left, bottom, right] = s.padding;
  return {
    channels: s.outChannels,
    height: Math.floor((input.height + top + bottom - s.kernel[0]) / s.stride[0]) + 1,
    width: Math.floor((input.width + left + right - s.kernel[1]) / s.stride[1]) + 1,
  };
}

const pooled = (s: Shape, pool: Pool | undefined): Shape => ({
  ...s,
  height: Math.floor(s.height / (pool?.height ?? 1)),
  width: Math.floor(s.width / (pool?.width ?? 1)),
});

function checkReadout(r: FixedReadout, model: FixedModel): void {
  const layer = model.layers.find((l) => l.name === r.layer);
  invariant(layer !== undefined, `readout '${r.name}' of unknown layer '${r.layer}'`);
  equal(`readout '${r.name}': input`, text(r.input), text(pooled(layer.output, r.pool)));
  equal(`readout '${r.name}': biases`, r.bias.length, r.classes);
  equal(`readout '${r.name}': ranks`, r.rank.length, r.classes);
  equal(`readout '${r.name}': fractions`, r.fraction.values.length, r.classes);
  const below = { low: 0n, high: 2n ** BigInt(r.fraction.bits) - 1n };
  for (const f of r.fraction.values)
    holds(`readout '${r.name}': fraction of a bias`, below, { low: f, high: f });
  holds(`readout '${r.name}': sums below 2^53`, exact, r.range);
  switch (r.kind) {
    case "linear":
      checkLinear(r);
      break;
    case "potential": {
      equal(`readout '${r.name}': classes`, r.classes, sizeOf(r.input));
      const { low, high } = rangeOfId(layer.post, layer.post.outputs.potential);
      for (const bias of r.bias)
        holds(`readout '${r.name}': a logit`, r.range, { low: low + bias, high: high + bias });
      break;
    }
    default:
      assertNever(r);
  }
}

function checkLinear(r: FixedLinearReadout): void {
  equal(`readout '${r.name}': weights`, r.weights.length, r.classes * sizeOf(r.input));
  checkWeights(`readout '${r.name}'`, r.weights, r.weightBits);
  perChannel(`readout '${r.name}': threshold tables`, r.thresholds.length, r.input.channels);
  for (const table of r.thresholds) checkTable(r, table);
  for (let c = 0; c < r.classes; c++) holds(`readout '${r.name}': logit ${c}`, r.range, logitRange(r, c));
}

function checkTable(r: FixedLinearReadout, table: readonly bigint[]): void {
  equal(`readout '${r.name}': thresholds`, table.length, 2 ** r.activationBits - 1);
  const fall = table.findIndex((t, i) => i > 0 && t < (table[i - 1] as bigint));
  invariant(fall < 0, `readout '${r.name}': threshold ${fall} is below the one before it`);
}

/** Interval of class c's sum, which starts at its bias, over all activations. */
function logitRange(r: FixedLinearReadout, c: number): Range {
  const inputs = sizeOf(r.input);
  const high = 2n ** BigInt(r.activationBits) - 1n;
  let [positive, negative] = [0n, 0n];
  for (const w of r.weights.subarray(c * inputs, (c + 1) * inputs)) {
    if (w > 0) positive += BigInt(w);
    else negative += BigInt(w);
  }
  const bias = r.bias[c] as bigint;
  return { low: bias + negative * high, high: bias + positive * high };
}
