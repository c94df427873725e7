import { sumRange } from "../analysis/bound-sums.js";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { formatOfRange } from "../fixed/format.js";
import { type Deviation, type FixedLayer, type FixedModel, potentialBits, rangeOfId } from "../ir/fixed.js";
import type { PerChannel, SpikingLayer, SpikingModel } from "../ir/spiking.js";
import { boundDeviations } from "./deviations/bound-deviations.js";
import { type LowerOptions as GraphOptions, lowerGraph } from "./lowering/graph.js";
import { lowerReadout } from "./lowering/readout.js";
import type { Pass } from "./pass.js";

/** Largest integer width that a double holds exactly. */
export const DOUBLE_BITS = 53;

/** What the lowering may choose, and what it is compared with. */
export interface LowerOptions extends GraphOptions {
  /**
   * The network as it was trained, and as formats were chosen for it: what deviations are from. Absent where the
   * network to lower is that itself.
   */
  readonly real?: { readonly trained: SpikingModel; readonly prepared: SpikingModel } | undefined;
}

/**
 * From real numbers to integers: every value gets a unit, decays become c/2^n, comparisons with a real bias become
 * comparisons with an integer, monotone activations become tables of thresholds.
 *
 *     e0' = quantise(β·e0 + s)          →  e0' = sat(shr(mulc(e0, 109) + shl(s, 27), 7, half_even))
 *     S   = (u0 + b + γ·R > 0)          →  S   = (shl(u0, n) + mulc(R, 83) − ⌊−b/unit⌋ > 0)
 *
 * Preserves: with power-of-two scales and representable decays every spike, state and logit of the double-precision
 * run; each departure from that is listed in `deviations`.
 */
export const lowerToFixed: Pass<SpikingModel, FixedModel, LowerOptions> = {
  name: "lower-to-fixed",
  summary: "gives every value an integer format; exact, or listed as a deviation",
  run(model, options) {
    const diagnostics: Diagnostic[] = [];
    const deviations: Deviation[] = [];
    const layers: FixedLayer[] = [];
    /** Of the layers that aren't refused. */
    const potentials = new Map<string, { readonly scale: PerChannel; readonly offset: PerChannel }>();
    for (const layer of model.layers) {
      const lowered = lowerLayer(layer, options);
      diagnostics.push(...lowered.diagnostics);
      deviations.push(...lowered.deviations);
      layers.push(lowered.layer);
      if (lowered.diagnostics.every((d) => d.severity !== "error"))
        potentials.set(layer.name, lowered.potential);
    }
    const readouts = model.readouts.flatMap((readout) => {
      const layer = layers.find((l) => l.name === readout.layer);
      const potential = potentials.get(readout.layer);
      if (layer === undefined || potential === undefined) return [];
      const lowered = lowerReadout(readout, layer, potential);
      diagnostics.push(...lowered.diagnostics);
      deviations.push(...lowered.deviations);
      return lowered.output === undefined ? [] : [lowered.output];
    });
    return { output: { name: model.name, input: model.input, layers, readouts, deviations }, diagnostics };
  },
};

function lowerLayer(layer: SpikingLayer, options: LowerOptions) {
  const weights = layer.synapse.weights;
  const diagnostics: Diagnostic[] = [];
  if (weights.kind === "real") {
    throw new Error(`compiler bug: weights of '${layer.name}' reach the lowering unquantised`);
  }
  const pre = lowerGraph({
    graph: layer.pre,
    input: { low: 0n, high: 1n },
    inputScale: [1],
    where: `${layer.name}.pre`,
    options,
  });
  const operandScale = pre.outputs.operand.scale;
  const { kind, outChannels, kernel, stride, padding, origin } = layer.synapse;
  const shape = { kind, outChannels, kernel, stride, padding, origin };
  const synapse = { ...shape, weights: weights.raw, weightBits: weights.bits, range: { low: 0n, high: 0n } };
  const range = sumRange(synapse, rangeOfId(pre.graph, pre.graph.outputs.operand));
  const sumBits = formatOfRange(range).width;
  if (sumBits > DOUBLE_BITS) {
    const loc = layer.synapse.origin[0] ?? {};
    diagnostics.push(diagnostic("sum-too-wide", loc, { where: layer.name, need: sumBits }));
  }
  if (operandScale.length > 1 || pre.outputs.operand.offset.some((o) => o !== 0)) {
    diagnostics.push(diagnostic("operand-units", layer.synapse.origin[0] ?? {}, { layer: layer.name }));
  }
  const sumScale = weights.scale.map((s) => s * (operandScale[0] as number));
  const post = lowerGraph({
    graph: layer.post,
    input: range,
    inputScale: sumScale,
    where: `${layer.name}.post`,
    options,
  });
  const bits = potentialBits({ post: post.graph, potential: post.outputs.potential });
  if (bits > DOUBLE_BITS) {
    const loc = layer.origin[0] ?? {};
    diagnostics.push(diagnostic("double-not-exact", loc, { layer: layer.name, need: bits }));
  }
  const said = [...diagnostics, ...pre.diagnostics, ...post.diagnostics];
  const formOf = (model: SpikingModel | undefined): SpikingLayer =>
    model?.layers.find((l) => l.name === layer.name) ?? layer;
  const { real } = options;
  const forms = {
    trained: formOf(real?.trained),
    prepared: formOf(real?.prepared),
    spiking: layer,
    pre,
    post,
  };
  return {
    layer: {
      name: layer.name,
      origin: layer.origin,
      input: layer.input,
      output: layer.output,
      sent: layer.sent,
      pre: pre.graph,
      synapse: { ...synapse, range },
      ...(layer.currentPool === undefined ? {} : { currentPool: layer.currentPool }),
      post: post.graph,
      potential: post.outputs.potential,
      pool: layer.pool,
      ...(layer.commutation === undefined ? {} : { commutation: layer.commutation }),
    } satisfies FixedLayer,
    potential: post.outputs.potential,
    deviations: said.some((d) => d.severity === "error") ? [] : boundDeviations(forms),
    diagnostics: said,
  };
}
