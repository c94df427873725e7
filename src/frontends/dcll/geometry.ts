import type { Loc } from "../../diagnostics/diagnostic.js";
import { conv, linear, pooledShape, realWeights, synapseOutput } from "../../ir/builders.js";
import { type Pool, type Shape, type Synapse, sizeOf } from "../../ir/spiking.js";
import { type Context, failNetwork, failParameter, needParameter } from "./context.js";
import type { NetworkFile, Pair } from "./network-file.js";
import type { FoundLayer } from "./recognise.js";

/** How a layer is connected: from weights, what the network file says of it, and its input. */
export interface Geometry {
  readonly synapse: Synapse;
  readonly pool: Pool | undefined;
  /** Neurons, and what is sent after pooling. */
  readonly output: Shape;
  readonly sent: Shape;
}

/** Most places of a map: no network for one FPGA is that large. */
const placeLimit = 2 ** 22;

/**
 * Channels, rows and columns of the input where the checkpoint itself says them: of a linear layer; and of time constants
 * that are square maps (versions of the code differ in which of (C, H, W) and (C, W, H) others are).
 */
export function storedInputShape({ tensors, found }: Context): readonly [number, number, number] | undefined {
  const [first] = found.layers;
  if (first?.kind === "linear") return [first.dims[1] as number, 1, 1];
  const tau = found.code === "dcll" ? "i2h.alpha" : "tau_m";
  const map = tensors.get(`${first?.prefix}${tau}`)?.shape ?? [];
  const [channels, height, width] = map;
  if (map.length !== 3 || height !== width) return undefined;
  return [channels as number, height as number, width as number];
}

/** What the first layer reads. */
export function inputShape(ctx: Context): Shape {
  // missing.ts has asked for it where neither says it.
  const [channels, height, width] = ctx.network?.spec.input_shape ?? storedInputShape(ctx) ?? [0, 0, 0];
  const shape = { channels, height, width };
  if (ctx.network !== undefined && sizeOf(shape) > placeLimit)
    failNetwork(ctx.network, ["input_shape"], `${sizeOf(shape)} places, at most ${placeLimit} are taken`);
  return shape;
}

/** The synapse of a layer; `weightName` is the parameter's name behind the layer's prefix. */
export function geometryOf(ctx: Context, layer: FoundLayer, weightName: string, input: Shape): Geometry {
  const weight = needParameter(ctx, `${layer.prefix}${weightName}`);
  const weights = realWeights(weight.values);
  const [outChannels, inChannels, ...kernel] = layer.dims as [number, number, ...number[]];
  const origin = [weight.loc];
  const reads = layer.kind === "linear" ? sizeOf(input) : input.channels;
  if (weight.values.length === 0) failParameter(weight.loc, "it has no element");
  if (inChannels !== reads) {
    const what = layer.kind === "linear" ? "values" : "channels";
    failParameter(
      weight.loc,
      `it reads ${inChannels} ${what}, the layer's input is ${printShape(input)}`,
      "check input_shape, padding and pooling; groups are not compiled",
    );
  }
  if (layer.kind === "linear") {
    const synapse = { ...linear(input, outChannels, weights), origin };
    const output = synapseOutput(input, synapse);
    return { synapse, pool: undefined, output, sent: output };
  }
  const network = ctx.network as NetworkFile;
  const said = convOf(network, layer, weight.loc);
  const [top, left] = said.padding;
  const synapse = conv({
    weights,
    outChannels,
    kernel: kernel as unknown as Pair,
    stride: said.stride,
    padding: [top, left, top, left],
    origin,
  });
  const output = synapseOutput(input, synapse);
  const [height, width] = said.pooling;
  const pool = height === 1 && width === 1 ? undefined : { height, width };
  const sent = pooledShape(output, pool);
  const path = ["conv_layers", `${layer.index}`];
  if (Math.min(sent.height, sent.width) < 1 || sizeOf(output) > placeLimit)
    failNetwork(network, path, `its input ${printShape(input)} makes a map of ${printShape(sent)}`);
  return { synapse, pool, output, sent };
}

/** What the network file says of a convolution; what the weights say too must agree. */
function convOf(network: NetworkFile, layer: FoundLayer, weights: Loc) {
  const { index, dims } = layer;
  const path = ["conv_layers", `${index}`];
  const said = network.spec.conv_layers?.[index] ?? {};
  const [outChannels, , kernelHeight, kernelWidth] = dims;
  const note = { text: `these weights have shape (${dims.join(", ")})`, loc: weights };
  if (said.out_channels !== undefined && said.out_channels !== outChannels)
    failNetwork(
      network,
      [...path, "out_channels"],
      `${said.out_channels}, the checkpoint's weights have ${outChannels}`,
      note,
    );
  const [height, width] = said.kernel_size ?? [kernelHeight, kernelWidth];
  if (height !== kernelHeight || width !== kernelWidth)
    failNetwork(
      network,
      [...path, "kernel_size"],
      `${height} x ${width}, the checkpoint's weights have ${kernelHeight} x ${kernelWidth}`,
      note,
    );
  // missing.ts has asked for padding and pooling.
  return {
    padding: said.padding as Pair,
    pooling: said.pooling as Pair,
    stride: said.stride ?? ([1, 1] as const),
  };
}

/** `16 x 13 x 13`. */
export const printShape = (s: Shape): string => `${s.channels} x ${s.height} x ${s.width}`;
