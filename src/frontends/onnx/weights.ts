import type { Loc } from "../../diagnostics/diagnostic.js";
import type { Weights } from "../../ir/spiking.js";
import { broadcastIndex } from "./broadcast.js";
import { type Context, charge, fail } from "./context.js";
import { formatOfBounds } from "./quant.js";
import type { Tensor } from "./tensor.js";

/** Trained weights of a map with `outChannels` rows: integers where a quantiser made them, else real numbers. */
export function toWeights(ctx: Context, tensor: Tensor, outChannels: number, loc: Loc): Weights {
  const { codes } = tensor;
  if (codes === undefined) return { kind: "real", values: tensor.data };
  charge(ctx, tensor.data.length, "the weight", loc);
  const at = broadcastIndex(codes.scaleDims, tensor.dims);
  const row = tensor.data.length / outChannels;
  const scales = Array.from({ length: outChannels }, (_, o) => codes.scale[at(o * row)] as number);
  for (let i = 0; i < tensor.data.length; i++) {
    if (codes.scale[at(i)] !== scales[Math.floor(i / row)]) {
      const hint = "use one scale for all weights, or one per output channel";
      fail("onnx-quantiser", loc, { reason: "the weights' scale differs within an output channel" }, hint);
    }
  }
  const format = formatOfBounds(codes.low, codes.high);
  const widest = Math.max(-codes.low - 1, codes.high, 1);
  // Unsigned weights are signed ones with a bit more.
  const signedBits = Math.floor(Math.log2(widest)) + 2;
  const signed = format?.signed === true ? format : { bits: signedBits, narrow: false };
  const scale = scales.every((s) => s === scales[0]) ? scales.slice(0, 1) : scales;
  return { kind: "quantised", raw: codes.raw, scale, bits: signed.bits, narrow: signed.narrow };
}
