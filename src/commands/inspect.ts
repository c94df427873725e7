import { type OpenOptions, openBuild } from "../artifact/manifest.js";
import { readSource } from "../artifact/source.js";
import { defaultConfig } from "../config/defaults.js";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { printFormat } from "../fixed/format.js";
import { isDirectory } from "../host/files.js";
import type { FixedModel } from "../ir/fixed.js";
import {
  exprOf,
  type Pool,
  type Recurrence,
  type Shape,
  type SpikingLayer,
  type SpikingModel,
  type State,
  sizeOf,
  sumsOf,
  type Vote,
  type Weights,
} from "../ir/spiking.js";

/** A layer as `inspect` shows it. */
export interface LayerSummary {
  readonly name: string;
  readonly synapse: "conv2d" | "linear";
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly input: Shape;
  /** Of the synapse's sums; absent where each neuron reads one. */
  readonly currentPool?: Pool;
  readonly output: Shape;
  readonly pool: Pool | undefined;
  readonly sent: Shape;
  readonly weights: number;
  /** Undefined: the weights are still real. */
  readonly weightBits: number | undefined;
  readonly macsPerTick: number;
}

/** A state as `inspect` shows it. */
export interface StateSummary {
  readonly name: string;
  readonly shape: Shape;
  /** `s24`, or undefined where no format is chosen yet. */
  readonly format: string | undefined;
  /** Real value of the last bit; several where channels differ. */
  readonly scale: readonly number[];
}

/** A readout as `inspect` shows it. */
export interface ReadoutSummary {
  readonly name: string;
  readonly layer: string;
  readonly inputs: number;
  readonly classes: number;
  readonly weightBits: number | undefined;
  readonly vote: Vote;
}

/** What a checkpoint or a build holds. */
export interface InspectReport {
  readonly kind: "checkpoint" | "build";
  readonly name: string;
  readonly input: Shape;
  readonly layers: readonly LayerSummary[];
  readonly states: readonly StateSummary[];
  readonly readouts: readonly ReadoutSummary[];
  readonly total: { readonly weights: number; readonly stateWords: number; readonly macsPerTick: number };
}

/** Says what a checkpoint or a build directory holds; `network` is the network file of checkpoints that need one. */
export async function inspect(
  path: string,
  network?: string,
  options: OpenOptions = {},
): Promise<Result<InspectReport>> {
  if (isDirectory(path)) {
    if (network !== undefined)
      return failure(diagnostic("network-not-used", { file: network }, { checkpoint: path }));
    const build = openBuild(path, options);
    if (!build.ok) return build;
    const { spiking, fixed } = build.value.compiled;
    return success(reportOf("build", spiking, fixed), build.diagnostics);
  }
  const source = readSource({ checkpoint: path, config: { ...defaultConfig, network } });
  return source.ok
    ? success(reportOf("checkpoint", source.value.model, undefined), source.diagnostics)
    : source;
}

function reportOf(
  kind: "checkpoint" | "build",
  model: SpikingModel,
  fixed: FixedModel | undefined,
): InspectReport {
  const layers = model.layers.map(layerSummary);
  const states = model.layers.flatMap((layer) => [
    ...layer.pre.states.map((s) => stateSummary(s, layer.pre, layer.input, fixed)),
    ...layer.post.states.map((s) => stateSummary(s, layer.post, layer.output, fixed)),
  ]);
  const readouts = model.readouts.map((r) => ({
    name: r.name,
    layer: r.layer,
    inputs: r.kind === "linear" ? weightCount(r.weights) / r.classes : r.classes,
    classes: r.classes,
    weightBits: r.kind === "linear" ? bitsOf(r.weights) : undefined,
    vote: r.vote,
  }));
  const readoutWeights = model.readouts.map((r) => (r.kind === "linear" ? weightCount(r.weights) : 0));
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  return {
    kind,
    name: model.name,
    input: model.input,
    layers,
    states,
    readouts,
    total: {
      weights: sum([...layers.map((l) => l.weights), ...readoutWeights]),
      stateWords: sum(states.map((s) => sizeOf(s.shape))),
      macsPerTick: sum([...layers.map((l) => l.macsPerTick), ...readoutWeights]),
    },
  };
}

const weightCount = (w: Weights): number => (w.kind === "real" ? w.values : w.raw).length;
const bitsOf = (w: Weights): number | undefined => (w.kind === "real" ? undefined : w.bits);

function layerSummary(layer: SpikingLayer): LayerSummary {
  const { synapse } = layer;
  const weights = weightCount(synapse.weights);
  const sums = sumsOf(layer);
  return {
    name: layer.name,
    synapse: synapse.kind,
    kernel: synapse.kernel,
    stride: synapse.stride,
    padding: synapse.padding,
    input: layer.input,
    ...(layer.currentPool === undefined ? {} : { currentPool: layer.currentPool }),
    output: layer.output,
    pool: layer.pool,
    sent: layer.sent,
    weights,
    weightBits: bitsOf(synapse.weights),
    macsPerTick: weights * sums.height * sums.width,
  };
}

/** Format from the build's integers if there are any, else from the checkpoint's quantiser. */
function stateSummary(
  state: State,
  graph: Recurrence<string>,
  shape: Shape,
  fixed: FixedModel | undefined,
): StateSummary {
  const graphs = fixed?.layers.flatMap((l) => [...l.pre.states, ...l.post.states]) ?? [];
  const chosen = graphs.find((s) => s.name === state.name);
  if (chosen !== undefined)
    return { name: state.name, shape, format: printFormat(chosen.format), scale: chosen.scale };
  const next = exprOf(graph, state.next);
  if (next.kind !== "quantise") return { name: state.name, shape, format: undefined, scale: [] };
  const { signed, bits, scale } = next.quantiser;
  return { name: state.name, shape, format: printFormat({ signed, width: bits }), scale };
}
