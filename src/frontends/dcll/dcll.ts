import { diagnostic, type Loc } from "../../diagnostics/diagnostic.js";
import { dcllLayer } from "../../ir/builders.js";
import type { PerChannel, Shape, SpikingLayer, SpikingReadout } from "../../ir/spiking.js";
import { argumentOf, biasOf, type Context, failNetwork, parameter, together } from "./context.js";
import { type Geometry, geometryOf } from "./geometry.js";
import { readoutOf } from "./readouts.js";
import type { FoundLayer } from "./recognise.js";
import { checkDecay, perInputChannel } from "./time-constants.js";

/**
 * A layer as nmi-lab/dcll computes it (dcll/pytorch_libdcll.py: ContinuousConv2D, CLLDenseModule, and their forms with a
 * relative refractory term where its weight is above 0):
 *
 *     eps0 = alphas·eps0 + tau_s·s      eps1 = alpha·eps1 + tau_m·eps0 (the new one)
 *     u    = conv(eps1, W) + b [+ alpharp·arp]      S = u > 0      [arp = alpharp·arp − wrp·S]
 *
 * tau_s and tau_m are the checkpoint's own numbers: they are 1/(1 − decay) only up to float32.
 */
export function dcllLayerOf(
  ctx: Context,
  layer: FoundLayer,
  input: Shape,
  { synapse, pool }: Geometry,
): SpikingLayer {
  const { name, prefix, index } = layer;
  const parts = together(ctx, {
    eps0: () => trace(ctx, layer, input, "alphas", "tau_s__dt"),
    eps1: () => trace(ctx, layer, input, "alpha", "tau_m__dt"),
    weight: () => argumentOf(ctx, "arp", index) ?? argumentOf(ctx, "wrp", index) ?? 0,
    decay: () => argumentOf(ctx, "alpharp", index) ?? 0,
    bias: () => biasOf(ctx, `${prefix}i2h.bias`, synapse.outChannels),
  });
  const { weight, decay, bias } = parts;
  const [[alphas, tauS], [alpha, tauM]] = [parts.eps0, parts.eps1];
  return dcllLayer({
    name,
    input,
    synapse,
    pool,
    form: "pre",
    bias,
    alphas,
    alpha,
    gains: [tauS, tauM],
    ...(weight > 0 ? { refractory: { decay, weight } } : {}),
    origin: synapse.origin,
  });
}

/** Decay and gain of a trace: the checkpoint's, else the network file's. */
function trace(
  ctx: Context,
  layer: FoundLayer,
  input: Shape,
  decayName: "alpha" | "alphas",
  gainName: string,
): readonly [decay: PerChannel, gain: PerChannel] {
  const stored = parameter(ctx, `${layer.prefix}i2h.${decayName}`);
  const said = argumentOf(ctx, decayName, layer.index);
  const gain = parameter(ctx, `${layer.prefix}i2h.${gainName}`);
  const decay = stored === undefined ? [said as number] : perInputChannel(stored, input);
  if (stored !== undefined) {
    checkDecay(decay, decayName, stored.loc);
    sayDifference(ctx, decayName, said, decay, stored.loc);
  }
  return [decay, gain === undefined ? decay.map((a) => 1 / (1 - a)) : perInputChannel(gain, input)];
}

/** A decay of the network file that isn't the checkpoint's: of another training, unless time constants were random. */
function sayDifference(
  ctx: Context,
  key: "alpha" | "alphas",
  said: number | undefined,
  decay: PerChannel,
  counts: Loc,
): void {
  const [have] = decay;
  if (ctx.network === undefined || said === undefined || have === undefined || decay.length > 1) return;
  if (ctx.network.spec.random_tau === true || Math.abs(said - have) < 1e-6) return;
  const loc = ctx.network.locate([key]);
  const notes = [{ text: "this counts", loc: counts }];
  ctx.diagnostics.push(diagnostic("dcll-argument-differs", loc, { key, said, have }, { notes }));
}

/** How a layer is connected. Conv2dDCLLlayer pads windows of n ≥ 3 by ⌊(n − 1)/2⌋ places: these are refused. */
export function dcllGeometryOf(ctx: Context, layer: FoundLayer, input: Shape): Geometry {
  const geometry = geometryOf(ctx, layer, "i2h.weight", input);
  const { pool } = geometry;
  if (ctx.network === undefined || pool === undefined || Math.max(pool.height, pool.width) < 3)
    return geometry;
  const problem = "DCLL's code pads pools of 3 and more by ⌊(n − 1)/2⌋, which is not compiled; 1 and 2 are";
  return failNetwork(ctx.network, ["conv_layers", `${layer.index}`, "pooling"], problem);
}

/**
 * Readouts of a layer on its max-pooled sigmoid(u): the fixed local one, and behind it, on the last layer, the trained
 * one where the file has it.
 */
export function dcllReadouts(
  ctx: Context,
  found: FoundLayer,
  layer: SpikingLayer,
): readonly SpikingReadout[] {
  const last = found.index === ctx.found.layers.length - 1;
  const activation = { kind: "sigmoid", quantiser: undefined } as const;
  return ["i2o", ...(last ? ["output_"] : [])].flatMap((name) => {
    const made = readoutOf(ctx, {
      name: `${layer.name}.${name}`,
      prefix: `${found.prefix}${name}`,
      layer,
      activation,
    });
    return made ?? [];
  });
}
