import { type LinearGains, linearGains } from "../analysis/linear-gains.js";
import { simplify, zip } from "../fixed/per-channel.js";
import { exactLog2 } from "../fixed/rational.js";
import { renameOperands } from "../ir/builders.js";
import {
  operandsOf,
  type PerChannel,
  type Recurrence,
  type SpikingExpr,
  type SpikingLayer,
  type SpikingModel,
  type Synapse,
  type Weights,
} from "../ir/spiking.js";
import type { Choice } from "./choice.js";
import type { Pass } from "./pass.js";

/**
 * Moves linear gains out of the recurrences into the weights: states are stored divided by their gain, so that a step
 * of a trace costs one multiplication, its decay's, and spikes enter it as they are.
 *
 *     eps0' = 0.85·eps0 + 6·s           eps0' = 0.85·eps0 + s           eps0 is stored divided by 6
 *     eps1' = 0.92·eps1 + 12·eps0'  →   eps1' = 0.92·eps1 + eps0'       eps1 divided by 72
 *     u     = W·eps1'                   u     = (72·W)·eps1'            per input channel
 *
 * Behind the synapse the weights of each output channel take the gain of the linear part. Real weights take any gain,
 * quantised ones (in their scale) one that is the same for all channels of `pre`, and no power of two only where their
 * scales are none either. A layer that quantises anything is left alone: its formats are the checkpoint's.
 *
 * Preserves: potentials and spikes, up to the rounding of doubles.
 */
export const foldGains: Pass<SpikingModel, SpikingModel, undefined> = {
  name: "fold-gains",
  summary: "moves linear gains of states into the weights; changes no potential",
  run(model) {
    const choices: Choice[] = [];
    const layers = model.layers.map((layer) => foldLayer(layer, choices));
    return { output: { ...model, layers }, choices, diagnostics: [] };
  },
};

function foldLayer(layer: SpikingLayer, choices: Choice[]): SpikingLayer {
  const quantises = [...layer.pre.exprs, ...layer.post.exprs].some((e) => e.kind === "quantise");
  if (quantises) return layer;
  return foldPost(foldPre(layer, choices), choices);
}

/** All of `pre` must be linear: the weights of each input channel take the operand's gain. */
function foldPre(layer: SpikingLayer, choices: Choice[]): SpikingLayer {
  const { pre, synapse } = layer;
  const found = linearGains(pre);
  const gain = simplify(found.gains.get(pre.outputs.operand) ?? [1]);
  const legal = found.linear.size === pre.exprs.length && takesGain(synapse.weights, gain, "input");
  if (found.absorbed.size === 0 || !legal) return layer;
  choices.push(folded(layer, pre, found, [1], gain));
  const weights = withGain(synapse, gain, "input");
  return { ...layer, pre: divide(pre, found, [1]), synapse: { ...synapse, weights } };
}

/** What leaves the linear part of `post` must have one gain: the weights of each output channel take it. */
function foldPost(layer: SpikingLayer, choices: Choice[]): SpikingLayer {
  const { post, synapse } = layer;
  const found = linearGains(post);
  const leaving = new Set([
    ...post.exprs.flatMap((e) => (found.linear.has(e.id) ? [] : operandsOf(e))),
    ...Object.values<string>(post.outputs),
    ...post.states.map((s) => s.next).filter((next) => !found.linear.has(next)),
  ]);
  const gains = [...leaving].flatMap((id) => (found.gains.has(id) ? [found.gains.get(id) ?? []] : []));
  const gain = simplify(gains[0] ?? [1]);
  // Gains are positive (src/analysis/linear-gains.ts), so a pool of the sums takes them too.
  const legal = gains.every((g) => sameGain(g, gain)) && takesGain(synapse.weights, gain, "output");
  if (found.absorbed.size === 0 || !legal) return layer;
  choices.push(folded(layer, post, found, gain, gain));
  const weights = withGain(synapse, gain, "output");
  return { ...layer, synapse: { ...synapse, weights }, post: divide(post, found, gain) };
}

const sameGain = (a: PerChannel, b: PerChannel): boolean => zip(a, b, (x, y) => x === y).every(Boolean);

/** Which weights one gain of `gain` belongs to. */
type Side = "input" | "output";

function takesGain(weights: Weights, gain: PerChannel, side: Side): boolean {
  if (weights.kind === "real") return true;
  const binary = (values: PerChannel): boolean => values.every((x) => exactLog2(x) !== undefined);
  return (side === "output" || gain.length === 1) && (binary(gain) || !binary(weights.scale));
}

function withGain(synapse: Synapse, gain: PerChannel, side: Side): Weights {
  const { weights, outChannels, kernel } = synapse;
  if (weights.kind === "quantised")
    return { ...weights, scale: simplify(zip(weights.scale, gain, (s, g) => s * g)) };
  const taps = kernel[0] * kernel[1];
  const columns = weights.values.length / outChannels;
  const channelOf = (i: number): number => Math.floor(side === "input" ? (i % columns) / taps : i / columns);
  const at = (i: number): number => gain[gain.length === 1 ? 0 : channelOf(i)] as number;
  return { kind: "real", values: weights.values.map((w, i) => w * at(i)) };
}

/** The graph with every linear value divided by its gain over `unit`; absorbed scales go. */
function divide<O extends string>(graph: Recurrence<O>, found: LinearGains, unit: PerChannel): Recurrence<O> {
  const { linear, absorbed } = found;
  const gainOf = (id: string): PerChannel => {
    const gain = found.gains.get(id);
    return gain === undefined ? [1] : zip(gain, unit, (g, u) => g / u);
  };
  const exprs: SpikingExpr[] = [];
  const ids = new Set(graph.exprs.map((e) => e.id));
  const kept = new Map<string, string>();
  /** The divided value of `id`, or that times what takes it to another gain. */
  const at = (id: string, gain: PerChannel): string => {
    const by = simplify(zip(gainOf(id), gain, (have, want) => have / want));
    const own = kept.get(id) as string;
    if (!linear.has(id) || by.every((k) => k === 1)) return own;
    const source = exprs.find((e) => e.id === own) as SpikingExpr;
    let rescaled = `${id}_rescaled`;
    while (ids.has(rescaled)) rescaled += "_";
    ids.add(rescaled);
    if (source.kind === "constant")
      exprs.push({ ...source, id: rescaled, value: zip(source.value, by, (c, k) => c * k) });
    else exprs.push({ kind: "scale", id: rescaled, origin: source.origin, a: own, by });
    return rescaled;
  };
  for (const e of graph.exprs) {
    kept.set(e.id, absorbed.has(e.id) ? (kept.get(operandsOf(e)[0] as string) as string) : e.id);
    if (absorbed.has(e.id)) continue;
    const gain = linear.has(e.id) ? gainOf(e.id) : [1];
    exprs.push(renameOperands(e, (id) => at(id, gain)));
  }
  const outputs = Object.entries<string>(graph.outputs).map(([name, id]) => [name, at(id, gainOf(id))]);
  const states = graph.states.map((s) => ({ ...s, next: at(s.next, gainOf(s.next)) }));
  return { exprs, states, outputs: Object.fromEntries(outputs) as Recurrence<O>["outputs"] };
}

/** What was folded: each state's gain, and what the weights take. */
function folded(
  layer: SpikingLayer,
  graph: Recurrence<string>,
  found: LinearGains,
  unit: PerChannel,
  gain: PerChannel,
): Choice {
  const states = graph.states.flatMap(({ name: state, next }) => {
    const own = found.gains.get(next);
    return own === undefined ? [] : [{ state, gain: zip(own, unit, (g, u) => g / u) }];
  });
  return {
    kind: "gains",
    layer: layer.name,
    gain,
    states,
    loc: layer.origin[0] ?? { name: layer.name },
  };
}
