import type { Diagnostic, Loc } from "../diagnostics/diagnostic.js";
import { diagnostic } from "../diagnostics/diagnostic.js";
import {
  operandsOf,
  type PerChannel,
  type Pool,
  type Quantiser,
  type Recurrence,
  type Shape,
  type SpikingExpr,
  type SpikingLayer,
  type SpikingModel,
  type SpikingReadout,
  type Synapse,
  sizeOf,
  type Weights,
} from "../ir/spiking.js";
import type { Pass } from "./pass.js";

/** A place in the model and in the checkpoint that it came from. */
interface Place {
  readonly where: string;
  readonly loc: Loc;
}

const print = (s: Shape): string => `${s.channels}x${s.height}x${s.width}`;
const placeOf = (where: string, origin: readonly Loc[]): Place => ({ where, loc: origin[0] ?? {} });

const shape = (
  at: Place,
  what: string,
  have: string | number,
  need: string | number,
): readonly Diagnostic[] =>
  String(have) === String(need)
    ? []
    : [diagnostic("model-shape", at.loc, { where: at.where, what, have, need })];

const value = (at: Place, what: string, have: string | number, need: string): Diagnostic =>
  diagnostic("model-value", at.loc, { where: at.where, what, value: have, need });

/** Numbers are finite (and positive, where they are scales), one for all or one per channel. */
function checkPerChannel(
  at: Place,
  what: string,
  values: PerChannel,
  channels: number,
  positive = false,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (values.length !== 1) found.push(...shape(at, `${what}'s length`, values.length, channels));
  const bad = values.find((x) => !Number.isFinite(x) || (positive && x <= 0));
  if (bad !== undefined)
    found.push(value(at, what, bad, positive ? "positive finite numbers" : "finite numbers"));
  return found;
}

function checkQuantiser(at: Place, q: Quantiser, channels: number): readonly Diagnostic[] {
  const sound = Number.isInteger(q.bits) && q.bits >= 1 && q.bits <= 53;
  const bits = sound ? [] : [value(at, "the quantiser's bits", q.bits, "1 to 53")];
  return [...bits, ...checkPerChannel(at, "the quantiser's scale", q.scale, channels, true)];
}

function checkExpr(
  at: Place,
  e: SpikingExpr,
  channels: number,
  kinds: ReadonlyMap<string, string>,
): readonly Diagnostic[] {
  switch (e.kind) {
    case "constant":
      return checkPerChannel(at, `'${e.id}'`, e.value, channels);
    case "scale":
      return checkPerChannel(at, `the factor of '${e.id}'`, e.by, channels);
    case "quantise":
      return checkQuantiser(at, e.quantiser, channels);
    case "clip": {
      const sound = Number.isFinite(e.low) && Number.isFinite(e.high) && e.low <= e.high;
      return sound
        ? []
        : [value(at, `the bounds of '${e.id}'`, `${e.low} to ${e.high}`, "finite and in order")];
    }
    case "select": {
      const kind = kinds.get(e.condition);
      if (kind === undefined || kind === "compare") return [];
      return [value(at, `the condition of '${e.id}'`, kind, "a comparison")];
    }
    default:
      return [];
  }
}

/** Ids are unique, operands stand before their users, states are declared, read by name and assigned. */
function checkRecurrence(
  part: string,
  layer: SpikingLayer,
  r: Recurrence<string>,
  channels: number,
): readonly Diagnostic[] {
  const where = `layer '${layer.name}' ${part}`;
  const found: Diagnostic[] = [];
  const kinds = new Map<string, string>();
  const states = new Set(r.states.map((s) => s.name));
  for (const e of r.exprs) {
    const at = placeOf(where, e.origin);
    const refuse = (operand: string, reason: string): void => {
      found.push(diagnostic("model-operand", at.loc, { where, expr: e.id, operand, reason }));
    };
    for (const operand of operandsOf(e))
      if (!kinds.has(operand)) refuse(operand, "no expression before it defines");
    if (e.kind === "state" && !states.has(e.state)) refuse(e.state, "is not among the recurrence's states");
    if (kinds.has(e.id)) refuse(e.id, "is defined a second time");
    found.push(...checkExpr(at, e, channels, kinds));
    kinds.set(e.id, e.kind);
  }
  const layerAt = placeOf(where, layer.origin);
  for (const [output, id] of Object.entries(r.outputs)) {
    if (kinds.has(id)) continue;
    const args = { where, expr: output, operand: id, reason: "no expression defines" };
    found.push(diagnostic("model-operand", layerAt.loc, args));
  }
  for (const s of r.states) {
    if (kinds.has(s.next)) continue;
    const reason = `takes '${s.next}', which no expression defines`;
    found.push(diagnostic("model-state", layerAt.loc, { where, state: s.name, reason }));
  }
  return found;
}

function checkWeights(at: Place, w: Weights, outChannels: number, count: number): readonly Diagnostic[] {
  const values = w.kind === "real" ? w.values : w.raw;
  const found = [...shape(at, "the weights' count", values.length, count)];
  if (w.kind === "real") {
    const bad = w.values.find((x) => !Number.isFinite(x));
    return bad === undefined ? found : [...found, value(at, "a weight", bad, "finite numbers")];
  }
  const high = 2 ** (w.bits - 1) - 1;
  const low = w.narrow ? -high : -high - 1;
  const bad = w.raw.find((x) => x < low || x > high);
  if (bad !== undefined) found.push(value(at, "a weight", bad, `integers from ${low} to ${high}`));
  return [...found, ...checkPerChannel(at, "the weights' scale", w.scale, outChannels, true)];
}

const pooled = (s: Shape, pool: Pool | undefined): Shape =>
  pool === undefined
    ? s
    : { ...s, height: Math.floor(s.height / pool.height), width: Math.floor(s.width / pool.width) };

/** Shape of the neurons that a synapse feeds: ⌊(size + padding − kernel) / stride⌋ + 1 on either axis. */
function synapseOutput(input: Shape, s: Synapse): Shape {
  const [top, left, bottom, right] = s.padding;
  const height = Math.floor((input.height + top + bottom - s.kernel[0]) / s.stride[0]) + 1;
  const width = Math.floor((input.width + left + right - s.kernel[1]) / s.stride[1]) + 1;
  return { channels: s.outChannels, height, width };
}

function checkLayer(layer: SpikingLayer, input: Shape): readonly Diagnostic[] {
  const at = placeOf(`layer '${layer.name}'`, layer.origin);
  const { synapse } = layer;
  const count = synapse.outChannels * layer.input.channels * synapse.kernel[0] * synapse.kernel[1];
  const empty = [layer.input, layer.output, layer.sent].find((s) => !(sizeOf(s) >= 1));
  return [
    ...(empty === undefined ? [] : [value(at, "a shape", print(empty), "at least one element")]),
    ...shape(at, "the input", print(layer.input), print(input)),
    ...shape(at, "the output", print(layer.output), print(synapseOutput(layer.input, synapse))),
    ...shape(at, "the pooled output", print(layer.sent), print(pooled(layer.output, layer.pool))),
    ...checkWeights(
      placeOf(`layer '${layer.name}' synapse`, synapse.origin),
      synapse.weights,
      synapse.outChannels,
      count,
    ),
    ...checkRecurrence("pre", layer, layer.pre, layer.input.channels),
    ...checkRecurrence("post", layer, layer.post, layer.output.channels),
  ];
}

function checkReadout(model: SpikingModel, r: SpikingReadout): readonly Diagnostic[] {
  const at = placeOf(`readout '${r.name}'`, r.origin);
  const layer = model.layers.find((l) => l.name === r.layer);
  if (layer === undefined) return [value(at, "the layer", `'${r.layer}'`, "a layer's name")];
  const reads = pooled(layer.output, r.pool);
  const { quantiser } = r.activation;
  return [
    ...checkWeights(at, r.weights, r.classes, r.classes * sizeOf(reads)),
    ...shape(at, "the bias' length", r.bias.length, r.classes),
    ...checkPerChannel(at, "the bias", r.bias, r.classes),
    ...(quantiser === undefined ? [] : checkQuantiser(at, quantiser, reads.channels)),
  ];
}

/** Names of layers, and of states over all layers, are unique. */
function checkNames(model: SpikingModel): readonly Diagnostic[] {
  const repeated = (names: readonly string[]): readonly string[] =>
    names.filter((n, i) => names.indexOf(n) !== i);
  const states = model.layers.flatMap((l) => [...l.pre.states, ...l.post.states].map((s) => s.name));
  const at = placeOf(`network '${model.name}'`, model.layers[0]?.origin ?? []);
  return [
    ...repeated(model.layers.map((l) => l.name)).map((n) =>
      value(at, "a layer's name", `'${n}'`, "to be unique"),
    ),
    ...repeated(states).map((state) =>
      diagnostic("model-state", at.loc, { where: at.where, state, reason: "is held by several recurrences" }),
    ),
  ];
}

/** Consistency of a whole model; says everything that is wrong, and changes nothing. */
export const checkShapes: Pass<SpikingModel, SpikingModel, undefined> = {
  name: "check-shapes",
  summary:
    "every shape follows from the one before, every operand and state is defined, every number is finite",
  run(model) {
    const layers = model.layers.flatMap((layer, i) =>
      checkLayer(layer, i === 0 ? model.input : (model.layers[i - 1] as SpikingLayer).sent),
    );
    const readouts = model.readouts.flatMap((r) => checkReadout(model, r));
    return { output: model, diagnostics: [...layers, ...readouts, ...checkNames(model)] };
  },
};
