import { diagnostic } from "../../diagnostics/diagnostic.js";
import { dcllLayer } from "../../ir/builders.js";
import type { PerChannel, Shape, SpikingLayer, SpikingReadout } from "../../ir/spiking.js";
import { argumentOf, biasOf, type Context, failParameter, needParameter, together } from "./context.js";
import type { Geometry } from "./geometry.js";
import { type LifLayerType, lifTypes } from "./lif-types.js";
import { readoutOf } from "./readouts.js";
import type { FoundLayer } from "./recognise.js";
import { checkDecay, perInputChannel } from "./time-constants.js";

/** Taken where the network file names no class: the equations that all versions of the code have in some class. */
const assumedType: LifLayerType = "BaseLIFLayer";

/** The neuron class that was trained; the file has to say it, or is warned. */
export function lifTypeOf(ctx: Context): LifLayerType {
  const said = ctx.network?.spec.lif_layer_type;
  if (said === undefined) {
    const loc = { file: ctx.network?.file ?? ctx.file };
    ctx.diagnostics.push(diagnostic("decolle-layer-type", loc, { type: assumedType }));
  }
  return said ?? assumedType;
}

/**
 * A layer as nmi-lab/decolle-public computes it (lif-types.ts; Q is eps0, P is eps1, R is arp). There the pool stands
 * on U, before the threshold, and R takes the un-pooled spikes: max(U) > 0 exactly where some U > 0, so pooling the
 * spikes gives the same ones.
 */
export function decolleLayerOf(
  ctx: Context,
  layer: FoundLayer,
  input: Shape,
  { synapse, pool }: Geometry,
  type: LifLayerType,
): SpikingLayer {
  const { name, prefix, index } = layer;
  const { gains, loss, orEqual } = lifTypes[type];
  const tau = (which: "tau_m" | "tau_s"): readonly [decay: PerChannel, gain: PerChannel] => {
    const found = needParameter(ctx, `${prefix}${which}`);
    const taus = perInputChannel(found, input);
    const rests = taus.map((t) => 1 / t);
    const decays = rests.map((r) => 1 - r);
    checkDecay(decays, `1 − 1/${which}`, found.loc);
    return [decays, { tau: taus, rest: rests, one: [1] }[gains]];
  };
  const parts = together(ctx, {
    q: () => tau("tau_s"),
    p: () => tau("tau_m"),
    wrp: () => argumentOf(ctx, "wrp", index) ?? argumentOf(ctx, "arp", index) ?? 0,
    decay: () => argumentOf(ctx, "alpharp", index) ?? 0,
    bias: () => biasOf(ctx, `${prefix}base_layer.bias`, synapse.outChannels),
  });
  const { wrp, decay, bias } = parts;
  const [[beta, gainQ], [alpha, gainP]] = [parts.q, parts.p];
  const weight = loss === "wrp" ? wrp : (1 - decay) * wrp;
  const made = dcllLayer({
    name,
    input,
    synapse,
    pool,
    form: "pre",
    delayed: true,
    bias,
    alphas: beta,
    alpha,
    gains: [gainQ, gainP],
    orEqual,
    ...(weight > 0 ? { refractory: { decay, weight, undecayed: true } } : {}),
    origin: synapse.origin,
  });
  const { spike } = made.post.outputs;
  return { ...made, post: { ...made.post, outputs: { spike, potential: spike } } };
}

/** A spike is its own stored value. */
const oneBit = { scale: [1], bits: 1, signed: false, narrow: false, rounding: "half_even" } as const;

/** The readout of a layer: of its pooled spikes, as LenetDECOLLE has it, and so what the layer shows as potential. */
export function decolleReadouts(
  ctx: Context,
  found: FoundLayer,
  layer: SpikingLayer,
): readonly SpikingReadout[] {
  const { index } = found;
  const activation = { kind: "identity", quantiser: oneBit } as const;
  const readout = readoutOf(ctx, {
    name: `${layer.name}.readout`,
    prefix: `readout_layers.${index}`,
    layer,
    activation,
  });
  if (readout === undefined && index > 0 && index === ctx.found.layers.length - 1)
    failParameter(
      { file: ctx.file, name: `${found.prefix}base_layer.weight` },
      "the last layer has no readout of its own: that its potential is the output (with_output_layer) is not compiled",
    );
  return readout === undefined ? [] : [readout];
}
