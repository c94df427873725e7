import { boundReals, hullOf, type RealRange, rangesOf, sumRanges } from "../analysis/bound-reals.js";
import type {
  LinearReadout,
  PerChannel,
  Recurrence,
  SpikingLayer,
  SpikingModel,
  Synapse,
} from "../ir/spiking.js";
import type { Choice } from "./choice.js";
import type { Calibration } from "./formats/calibration.js";
import { CLIP_QUANTILE, quantiseWeights } from "./formats/quantise-weights.js";
import { chooseStateFormats, type Said } from "./formats/state-formats.js";
import type { Pass } from "./pass.js";

/** Widths, and what is known of the states' ranges. */
export interface FormatOptions {
  readonly weightBits: number;
  readonly stateBits: number;
  /** Bits that decays are rounded to later: what worst-case bounds must hold for. */
  readonly coefficientBits: number;
  readonly calibration?: Calibration | undefined;
}

/**
 * Gives every state, weight and activation that the checkpoint left real a fixed-point format: states the most
 * fraction bits for which their calibrated range and a margin fit, or their worst-case bound; weights a scale per
 * output channel; sigmoids 8 bits.
 *
 *     next 'eps0' = sum         →   sum_q = quantise sum to s24 half_to_pos_inf scale 2^-16
 *                                   next 'eps0' = sum_q
 *
 * What followed the state's next value follows the stored one. States behind the synapse have units of its sum times
 * a power of two, so that they add without a multiplication; a power of two wherever the weight scales are. A layer with
 * a Clip behind its synapse has one power of two for all its weights, unless clips of its weights were measured: bounds
 * of a Clip lie on no other grid. A layer whose potentials are the logits has one scale for all, and no clip.
 *
 * Preserves: whatever has a format already; a fully quantised model is given back as it is. Values change by rounding,
 * and every one is a choice.
 */
export const chooseFormats: Pass<SpikingModel, SpikingModel, FormatOptions> = {
  name: "choose-formats",
  summary: "gives real states, weights and activations a fixed-point format; says each choice",
  run(model, options) {
    const said: Said = { choices: [], errors: [] };
    const shown = new Set(model.readouts.flatMap((r) => (r.kind === "potential" ? [r.layer] : [])));
    const layers = model.layers.map((layer) => chooseLayer(layer, shown.has(layer.name), options, said));
    const readouts = model.readouts.map((readout) => {
      const layer = layers.find((l) => l.name === readout.layer);
      return readout.kind === "linear" ? chooseReadout(readout, layer, options, said.choices) : readout;
    });
    return { output: { ...model, layers, readouts }, choices: said.choices, diagnostics: said.errors };
  },
};

/** `isShown`: potentials of all neurons are compared with each other, and so have one unit. */
function chooseLayer(
  layer: SpikingLayer,
  isShown: boolean,
  options: FormatOptions,
  said: Said,
): SpikingLayer {
  const synapse = chooseWeights(layer, isShown, options, said.choices);
  const pre = chooseStateFormats(layer.pre, () => [{ low: 0, high: 1 }], [1], options, said);
  const inputs = () => inputRanges(pre, synapse);
  const post = chooseStateFormats(layer.post, inputs, sumUnit(synapse, pre), options, said);
  return { ...layer, pre, synapse, post };
}

/** Per channel the unit of the synapse's sums, up to a power of two. */
function sumUnit({ weights }: Synapse, pre: Recurrence<"operand">): PerChannel {
  const operand = pre.exprs.find((e) => e.id === pre.outputs.operand);
  const unit = operand?.kind === "quantise" ? (operand.quantiser.scale[0] as number) : 1;
  return weights.kind === "real" ? [1] : weights.scale.map((s) => s * unit);
}

/** Intervals of the synapse's sums, per output channel; undefined if `pre` is unbounded, which has been said. */
function inputRanges(pre: Recurrence<"operand">, synapse: Synapse): readonly RealRange[] | undefined {
  const bounds = boundReals(pre, [{ low: 0, high: 1 }]);
  return bounds.bounded ? sumRanges(synapse, rangesOf(bounds, pre.outputs.operand)) : undefined;
}

function chooseWeights(
  layer: SpikingLayer,
  isShown: boolean,
  options: FormatOptions,
  choices: Choice[],
): Synapse {
  const { synapse } = layer;
  if (synapse.weights.kind !== "real") return synapse;
  const { values } = synapse.weights;
  const bits = options.weightBits;
  const measured = options.calibration?.clips.get(layer.name)?.quantiles;
  const own = isClamped(layer) ? "power-of-two" : isShown ? "per-tensor" : [CLIP_QUANTILE];
  const quantiles = isShown && own !== "power-of-two" ? own : (measured ?? own);
  const { weights, ...effect } = quantiseWeights(values, synapse.outChannels, bits, quantiles);
  const loc = synapse.origin[0] ?? {};
  choices.push({ kind: "weights", of: "layer", name: layer.name, bits, quantiles, ...effect, loc });
  return { ...synapse, weights };
}

/** Whether bounds that are constants cut a value behind the synapse: they lie on the grid of a power of two alone. */
const isClamped = ({ post }: SpikingLayer): boolean => post.exprs.some((e) => e.kind === "clip");

function chooseReadout(
  readout: LinearReadout,
  layer: SpikingLayer | undefined,
  { weightBits: bits }: FormatOptions,
  choices: Choice[],
): LinearReadout {
  const { name } = readout;
  const loc = readout.origin[0] ?? {};
  let { weights, activation } = readout;
  if (weights.kind === "real") {
    const quantiles = "per-tensor";
    const { weights: made, ...effect } = quantiseWeights(weights.values, readout.classes, bits, quantiles);
    choices.push({ kind: "weights", of: "readout", name, bits, quantiles, ...effect, loc });
    weights = made;
  }
  const open = activation.quantiser === undefined && layer !== undefined;
  const scale = open ? activationScale(activation.kind, layer) : undefined;
  if (scale !== undefined) {
    const base = { bits: 8, signed: false, narrow: false, rounding: "half_even" } as const;
    const quantiser = { ...base, scale: [scale] };
    const { kind, origin } = activation;
    choices.push({
      kind: "activation",
      readout: name,
      activation: kind,
      quantiser,
      loc: origin[0] ?? loc,
    });
    activation = { ...activation, quantiser };
  }
  return { ...readout, weights, activation };
}

/** Unit of an 8-bit activation; an identity has negative values, and so none. */
function activationScale(kind: LinearReadout["activation"]["kind"], layer: SpikingLayer): number | undefined {
  if (kind === "sigmoid") return 2 ** -8;
  if (kind === "identity") return undefined;
  const inputs = inputRanges(layer.pre, layer.synapse);
  const bounds = inputs && boundReals(layer.post, inputs);
  if (!bounds?.bounded) return undefined;
  const { high } = hullOf(rangesOf(bounds, layer.post.outputs.potential));
  return high > 0 ? 2 ** Math.ceil(Math.log2(high / 255)) : 1;
}
