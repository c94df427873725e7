import { sumRange } from "../analysis/bound-sums.js";
import { exprRange } from "../analysis/intervals.js";
import { invariant } from "../diagnostics/diagnostic.js";
import { formatRange, hull, type Range } from "../fixed/format.js";
import {
  type FixedExpr,
  type FixedGraph,
  type FixedLayer,
  type FixedModel,
  type FixedReadout,
  type FixedSynapse,
  fixedOperandsOf,
} from "../ir/fixed.js";
import { type Pool, type Shape, sizeOf } from "../ir/spiking.js";
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

function equal<T extends string | number>(what: string, have: T, need: T): void {
  invariant(have === need, `${what} is ${have}, must be ${need}`);
}

function unique(names: readonly string[], what: string): void {
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  invariant(twice === undefined, `two ${what} called '${twice}'`);
}

function holds(what: string, outer: Range, inner: Range): void {
  const inside = outer.low <= inner.low && inner.high <= outer.high;
  invariant(inside, `${what}: ${outer.low}..${outer.high} does not hold ${inner.low}..${inner.high}`);
}

const bit: Range = { low: 0n, high: 1n };
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
  equal(`${name}: output`, text(layer.output), text(synapseOutput(input, synapse)));
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

/** Checks one recurrence; the ranges of its expressions. */
function checkGraph(
  where: string,
  graph: FixedGraph<string>,
  input: Range,
  channels: number,
): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>();
  const kept = new Map(graph.states.map((s) => [s.name, storedRange(where, graph, s.next)]));
  for (const expr of graph.exprs) {
    const at = `${where}.${expr.id}`;
    invariant(!ranges.has(expr.id), `${at} is defined twice`);
    for (const id of fixedOperandsOf(expr))
      invariant(ranges.has(id), `${at} reads '${id}', which is not before it`);
    if (expr.kind === "state") invariant(kept.has(expr.state), `${at} reads unknown state '${expr.state}'`);
    checkParameters(at, expr, channels, ranges);
    holds(
      at,
      expr.range,
      exprRange(expr, (id) => ranges.get(id) as Range, input, kept),
    );
    ranges.set(expr.id, expr.range);
  }
  equal(`${where}: inputs`, graph.exprs.filter((e) => e.kind === "input").length, 1);
  for (const [name, id] of Object.entries(graph.outputs))
    invariant(ranges.has(id), `${where}: output '${name}' is unknown '${id}'`);
  for (const s of graph.states) {
    holds(`state '${s.name}'`, formatRange(s.format), kept.get(s.name) as Range);
    perChannel(`state '${s.name}': scale`, s.scale.length, channels);
  }
  return ranges;
}

/** What a state holds between ticks: 0 before the first, its next value after each. */
function storedRange(where: string, graph: FixedGraph<string>, next: string): Range {
  const expr = graph.exprs.find((e) => e.id === next);
  invariant(expr !== undefined, `${where}: a state's next value is unknown '${next}'`);
  return hull(expr.range, { low: 0n, high: 0n });
}

function perChannel(what: string, length: number, channels: number): void {
  invariant(length === 1 || length === channels, `${what} has ${length} values for ${channels} channels`);
}

function checkParameters(
  at: string,
  expr: FixedExpr,
  channels: number,
  ranges: ReadonlyMap<string, Range>,
): void {
  perChannel(`${at}: scale`, expr.scale.length, channels);
  if (expr.kind === "constant") perChannel(at, expr.value.length, channels);
  if (expr.kind === "mulc") perChannel(at, expr.by.length, channels);
  if (expr.kind === "shl") {
    perChannel(at, expr.bits.length, channels);
    invariant(
      expr.bits.every((n) => Number.isInteger(n) && n >= 0),
      `${at} shifts left by ${expr.bits}`,
    );
  }
  if (expr.kind === "shr")
    invariant(Number.isInteger(expr.bits) && expr.bits >= 0, `${at} shifts right by ${expr.bits}`);
  if (expr.kind === "sat") invariant(expr.low <= expr.high, `${at} clamps to ${expr.low}..${expr.high}`);
  if (expr.kind === "select") holds(`${at}: condition`, bit, ranges.get(expr.condition) as Range);
}

function checkReadout(r: FixedReadout, model: FixedModel): void {
  const layer = model.layers.find((l) => l.name === r.layer);
  invariant(layer !== undefined, `readout '${r.name}' of unknown layer '${r.layer}'`);
  equal(`readout '${r.name}': input`, text(r.input), text(pooled(layer.output, r.pool)));
  const inputs = sizeOf(r.input);
  equal(`readout '${r.name}': weights`, r.weights.length, r.classes * inputs);
  checkWeights(`readout '${r.name}'`, r.weights, r.weightBits);
  equal(`readout '${r.name}': biases`, r.bias.length, r.classes);
  equal(`readout '${r.name}': ranks`, r.rank.length, r.classes);
  perChannel(`readout '${r.name}': threshold tables`, r.thresholds.length, r.input.channels);
  for (const table of r.thresholds) checkTable(r, table);
  for (let c = 0; c < r.classes; c++) holds(`readout '${r.name}': logit ${c}`, r.range, logitRange(r, c));
  holds(`readout '${r.name}': sums below 2^53`, exact, r.range);
}

function checkTable(r: FixedReadout, table: readonly bigint[]): void {
  equal(`readout '${r.name}': thresholds`, table.length, 2 ** r.activationBits - 1);
  const fall = table.findIndex((t, i) => i > 0 && t < (table[i - 1] as bigint));
  invariant(fall < 0, `readout '${r.name}': threshold ${fall} is below the one before it`);
}

/** Interval of class c's sum, which starts at its bias, over all activations. */
function logitRange(r: FixedReadout, c: number): Range {
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
