import {
  checkPerChannel,
  checkQuantiser,
  checkRecurrence,
  type Place,
  placeOf,
  shape,
  unusable,
  value,
} from "../analysis/recurrence.js";
import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import {
  type Pool,
  type Shape,
  type SpikingLayer,
  type SpikingModel,
  type SpikingReadout,
  type Synapse,
  sizeOf,
  type Weights,
} from "../ir/spiking.js";
import { printShape } from "../ir/spiking-printer.js";
import type { Pass } from "./pass.js";

function checkWeights(at: Place, w: Weights, outChannels: number, count: number): readonly Diagnostic[] {
  const values = w.kind === "real" ? w.values : w.raw;
  const found = [...shape(at, "the weights' count", values.length, count)];
  if (w.kind === "real") {
    const bad = w.values.find((x) => unusable(x, "term") !== undefined);
    return bad === undefined
      ? found
      : [...found, value(at, "a weight", bad, unusable(bad, "term") as string)];
  }
  const high = 2 ** (w.bits - 1) - 1;
  const low = w.narrow ? -high : -high - 1;
  const bad = w.raw.find((x) => x < low || x > high);
  if (bad !== undefined) found.push(value(at, "a weight", bad, `integers from ${low} to ${high}`));
  return [...found, ...checkPerChannel(at, "the weights' scale", w.scale, outChannels, "scale")];
}

const pooled = (s: Shape, pool: Pool | undefined): Shape =>
  pool === undefined
    ? s
    : { ...s, height: Math.floor(s.height / pool.height), width: Math.floor(s.width / pool.width) };

/** Shape of a synapse's sums: ⌊(size + padding − kernel) / stride⌋ + 1 on either axis. */
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
  const neurons = pooled(synapseOutput(layer.input, synapse), layer.currentPool);
  const empty = [layer.input, layer.output, layer.sent].find((s) => !(sizeOf(s) >= 1));
  return [
    ...(empty === undefined ? [] : [value(at, "a shape", printShape(empty), "at least one element")]),
    ...shape(at, "the input", printShape(layer.input), printShape(input)),
    ...shape(at, "the output", printShape(layer.output), printShape(neurons)),
    ...shape(at, "the pooled output", printShape(layer.sent), printShape(pooled(layer.output, layer.pool))),
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
  if (r.kind === "potential") return shape(at, "the number of classes", r.classes, sizeOf(layer.output));
  const reads = pooled(layer.output, r.pool);
  const { quantiser } = r.activation;
  return [
    ...checkWeights(at, r.weights, r.classes, r.classes * sizeOf(reads)),
    ...shape(at, "the length of the bias", r.bias.length, r.classes),
    ...checkPerChannel(at, "the bias", r.bias, r.bias.length),
    ...(quantiser === undefined ? [] : checkQuantiser(at, quantiser, reads.channels)),
  ];
}

/** A name, and what has it. */
interface Named {
  readonly name: string;
  readonly origin: readonly Loc[];
}

/** What has the name of another one before it, with that other one. */
const repeated = (all: readonly Named[]): readonly (readonly [again: Named, first: Named])[] =>
  all.flatMap((again, i) => {
    const first = all.find(({ name }) => name === again.name) as Named;
    return all.indexOf(first) < i ? [[again, first] as const] : [];
  });

/** Names of layers, of readouts, and of states over all layers, are unique. */
function checkNames(model: SpikingModel): readonly Diagnostic[] {
  const { layers, readouts } = model;
  const states = layers.flatMap(({ pre, post, origin }) =>
    [...pre.states, ...post.states].map(({ name }) => ({ name, origin })),
  );
  const where = `network '${model.name}'`;
  const loc = ({ origin }: Named): Loc => origin[0] ?? {};
  const twice = (what: string, all: readonly Named[]): readonly Diagnostic[] =>
    repeated(all).map(([again, first]) => {
      const args = { where, what: `a ${what}'s name`, value: `'${again.name}'`, need: "to be unique" };
      const notes = [{ text: `the first ${what} of that name`, loc: loc(first) }];
      return diagnostic("model-value", loc(again), args, { notes });
    });
  return [
    ...twice("layer", layers),
    ...twice("readout", readouts),
    ...repeated(states).map(([again, first]) => {
      const args = { where, state: again.name, reason: "is held by several recurrences" };
      const notes = [{ text: "the first layer that holds it", loc: loc(first) }];
      return diagnostic("model-state", loc(again), args, { notes });
    }),
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
