import { boundReals, hullOf, type RealRange, rangesOf, sumRanges } from "../analysis/bound-reals.js";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import type {
  PerChannel,
  Recurrence,
  SpikingLayer,
  SpikingModel,
  SpikingReadout,
  Synapse,
} from "../ir/spiking.js";
import { type Calibration, noCalibration } from "./formats/calibration.js";
import { CLIP_QUANTILE, quantiseWeights } from "./formats/quantise-weights.js";
import { chooseStateFormats, printUnit } from "./formats/state-formats.js";
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
 * a power of two, so that they add without a multiplication; a power of two wherever the weight scales are.
 *
 * Preserves: whatever has a format already; a fully quantised model is given back as it is. Values change by rounding,
 * and every choice is said.
 */
export const chooseFormats: Pass<SpikingModel, SpikingModel, FormatOptions> = {
  name: "choose-formats",
  summary: "gives real states, weights and activations a fixed-point format; says each choice",
  run(model, options) {
    const diagnostics: Diagnostic[] = [...checkCalibration(model, options)];
    const layers = model.layers.map((layer) => chooseLayer(layer, options, diagnostics));
    const readouts = model.readouts.map((readout) => {
      const layer = layers.find((l) => l.name === readout.layer);
      return chooseReadout(readout, layer, options, diagnostics);
    });
    return { output: { ...model, layers, readouts }, diagnostics };
  },
};

/** What a calibration says of other networks, other layers and other widths. */
function checkCalibration(
  model: SpikingModel,
  { calibration = noCalibration, ...options }: FormatOptions,
): readonly Diagnostic[] {
  const { states, clips, bits } = calibration;
  const known = new Set(model.layers.flatMap((l) => [...l.pre.states, ...l.post.states].map((s) => s.name)));
  const unknown = [...states]
    .filter(([state]) => !known.has(state))
    .map(([state, range]) => diagnostic("calibration-unknown-state", range.loc ?? {}, { state }));
  const clipped = [...clips].flatMap(([layer, { quantiles, loc = {} }]) => {
    const synapse = model.layers.find((l) => l.name === layer)?.synapse;
    if (synapse?.weights.kind !== "real") return [diagnostic("calibration-unknown-layer", loc, { layer })];
    const [have, need] = [quantiles.length, synapse.outChannels];
    return have === 1 || have === need ? [] : [diagnostic("calibration-clips", loc, { layer, have, need })];
  });
  const have = options.weightBits;
  const other = bits !== undefined && clips.size > 0 && bits.weightBits !== have;
  const made = other ? [diagnostic("calibration-bits", {}, { made: bits.weightBits, have })] : [];
  return [...unknown, ...clipped, ...made];
}

function chooseLayer(layer: SpikingLayer, options: FormatOptions, said: Diagnostic[]): SpikingLayer {
  const synapse = chooseWeights(layer, options, said);
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

function chooseWeights(layer: SpikingLayer, options: FormatOptions, said: Diagnostic[]): Synapse {
  const { synapse } = layer;
  if (synapse.weights.kind !== "real") return synapse;
  const { values } = synapse.weights;
  const bits = options.weightBits;
  const quantiles = options.calibration?.clips.get(layer.name)?.quantiles ?? [CLIP_QUANTILE];
  const made = quantiseWeights(values, synapse.outChannels, bits, quantiles);
  const scales = `one scale per output channel for the ${printClips(quantiles)} quantile`;
  const what = `layer '${layer.name}'`;
  said.push(
    diagnostic("weights-quantised", synapse.origin[0] ?? {}, { what, bits, scales, ...effect(made) }),
  );
  return { ...synapse, weights: made.weights };
}

/** `0.99`, or the least and the largest. */
const printClips = (quantiles: PerChannel): string =>
  [...new Set([Math.min(...quantiles), Math.max(...quantiles)])].join(" to ");

const effect = (made: ReturnType<typeof quantiseWeights>) => ({
  clipped: made.clipped,
  error: (100 * made.relativeError).toPrecision(2),
});

function chooseReadout(
  readout: SpikingReadout,
  layer: SpikingLayer | undefined,
  options: FormatOptions,
  said: Diagnostic[],
): SpikingReadout {
  const loc = readout.origin[0] ?? {};
  const what = `readout '${readout.name}'`;
  let { weights, activation } = readout;
  if (weights.kind === "real") {
    const made = quantiseWeights(weights.values, readout.classes, options.weightBits, "per-tensor");
    const args = { what, bits: options.weightBits, scales: "one scale", ...effect(made) };
    said.push(diagnostic("weights-quantised", loc, args));
    weights = made.weights;
  }
  const open = activation.quantiser === undefined && layer !== undefined;
  const scale = open ? activationScale(activation.kind, layer) : undefined;
  if (scale !== undefined) {
    const base = { bits: 8, signed: false, narrow: false, rounding: "half_even" } as const;
    const args = { readout: readout.name, activation: activation.kind, unit: printUnit([scale]) };
    said.push(diagnostic("activation-format", activation.origin[0] ?? loc, args));
    activation = { ...activation, quantiser: { ...base, scale: [scale] } };
  }
  return { ...readout, weights, activation };
}

/** Unit of an 8-bit activation; an identity has negative values, and so none. */
function activationScale(
  kind: SpikingReadout["activation"]["kind"],
  layer: SpikingLayer,
): number | undefined {
  if (kind === "sigmoid") return 2 ** -8;
  if (kind === "identity") return undefined;
  const inputs = inputRanges(layer.pre, layer.synapse);
  const bounds = inputs && boundReals(layer.post, inputs);
  if (!bounds?.bounded) return undefined;
  const { high } = hullOf(rangesOf(bounds, layer.post.outputs.potential));
  return high > 0 ? 2 ** Math.ceil(Math.log2(high / 255)) : 1;
}
