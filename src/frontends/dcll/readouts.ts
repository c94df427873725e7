import { realWeights } from "../../ir/builders.js";
import { type Activation, type SpikingLayer, type SpikingReadout, sizeOf } from "../../ir/spiking.js";
import { biasOf, type Context, failParameter, parameter } from "./context.js";
import { printShape } from "./geometry.js";

/**
 * The linear readout `<prefix>.{weight, bias}` of a layer's pooled potential; undefined where the checkpoint has none.
 * Votes are the majority's, as the training scripts count them, until a pass is told otherwise.
 */
export function readoutOf(
  ctx: Context,
  r: {
    readonly name: string;
    readonly prefix: string;
    readonly layer: SpikingLayer;
    readonly activation: Pick<Activation, "kind" | "quantiser">;
  },
): SpikingReadout | undefined {
  const { name, prefix, layer } = r;
  const weight = parameter(ctx, `${prefix}.weight`);
  if (weight === undefined) return undefined;
  const [classes, inputs] = weight.dims;
  if (weight.dims.length !== 2 || classes === undefined || classes < 1 || inputs !== sizeOf(layer.sent)) {
    const have = `it has shape (${weight.dims.join(", ")})`;
    const need = `${layer.name} sends ${printShape(layer.sent)} = ${sizeOf(layer.sent)} values`;
    failParameter(weight.loc, `${have}, but ${need}`, "check input_shape, padding, stride and pooling");
  }
  const origin = [weight.loc];
  return {
    kind: "linear",
    name,
    origin,
    layer: layer.name,
    activation: { ...r.activation, origin },
    pool: layer.pool,
    weights: realWeights(weight.values),
    bias: biasOf(ctx, `${prefix}.bias`, classes as number),
    classes: classes as number,
    vote: "majority",
  };
}
