import type { Rounding } from "../../fixed/format.js";
import { roundReal } from "../../ir/real-ops.js";
import { broadcastIndex } from "./broadcast.js";
import { isFloat, storedAs } from "./element-type.js";
import type { Codes, Tensor } from "./tensor.js";

/** ONNX's element type of doubles. */
const DOUBLE = 11;

/** QONNX rounding names (upper case) that are compiled. Source: QONNX Quant; ROUND_TO_ZERO is Brevitas' own. */
export const roundingNames: Readonly<Record<string, Rounding>> = {
  ROUND: "half_even",
  HALF_EVEN: "half_even",
  CEIL: "ceil",
  FLOOR: "floor",
  UP: "away",
  DOWN: "to_zero",
  ROUND_TO_ZERO: "to_zero",
  HALF_UP: "half_away",
  HALF_DOWN: "half_to_zero",
};

/** Rounding names that cannot be compiled, and why. */
export const refusedRoundings: Readonly<Record<string, string>> = {
  DPU: "it rounds by the sign of the previous sum, which no fixed-point edge knows",
  LEARNED_ROUND: "it is a training procedure whose choices are not in the file",
  STOCHASTIC_ROUND: "it is random: hardware and simulation could not agree bit for bit",
};

/** Smallest and largest integer of a quantiser. Source: QONNX Quant. */
export function quantiserBounds(
  bits: number,
  signed: boolean,
  narrow: boolean,
): { low: number; high: number } {
  return signed
    ? { low: -(2 ** (bits - 1)) + (narrow ? 1 : 0), high: 2 ** (bits - 1) - 1 }
    : { low: 0, high: 2 ** bits - 1 - (narrow ? 1 : 0) };
}

/** Format whose bounds these are; undefined if no format's are. */
export function formatOfBounds(
  low: number,
  high: number,
): { readonly bits: number; readonly signed: boolean; readonly narrow: boolean } | undefined {
  const signed = low < 0;
  const top = high + 1;
  for (const narrow of signed ? [low === -high] : [false, true]) {
    const bits = Math.log2(signed ? top : narrow ? top + 1 : top) + (signed ? 1 : 0);
    if (!Number.isInteger(bits) || bits < 1) continue;
    const bounds = quantiserBounds(bits, signed, narrow);
    if (bounds.low === low && bounds.high === high) return { bits, signed, narrow };
  }
  return undefined;
}

/**
 * Executes y = clamp(round(x / scale)) · scale on a constant, keeping the integers where they fit 32 bits. The quotient is
 * that of the operands' own type, as it decides the integer: 0.35 / 0.1 is 3.5 in float32, and below it in float64.
 */
export function quantiseTensor(
  x: Tensor,
  name: string,
  scale: Tensor,
  rounding: Rounding,
  bounds: { readonly low: number; readonly high: number },
): Tensor {
  const scaleAt = broadcastIndex(scale.dims, x.dims);
  const type = x.type === scale.type && isFloat(x.type) ? x.type : DOUBLE;
  const integers = x.data.map((value, i) => {
    const quotient = storedAs(type, value / (scale.data[scaleAt(i)] as number));
    const rounded = roundReal(quotient, rounding);
    return Math.min(Math.max(rounded, bounds.low), bounds.high);
  });
  return dequantised(x, name, integers, scale, bounds);
}

/** A constant given by integers and a scale that broadcasts to its dims. */
export function dequantised(
  like: Tensor,
  name: string,
  integers: Float64Array,
  scale: Tensor,
  bounds: { readonly low: number; readonly high: number },
): Tensor {
  const scaleAt = broadcastIndex(scale.dims, like.dims);
  // `+ 0` turns -0 into 0, as integers have none.
  const data = integers.map((q, i) => q * (scale.data[scaleAt(i)] as number) + 0);
  const fits = bounds.low >= -(2 ** 31) && bounds.high < 2 ** 31;
  const codes: Codes | undefined = fits
    ? { raw: Int32Array.from(integers), scale: scale.data, scaleDims: scale.dims, ...bounds }
    : undefined;
  return { name, dims: like.dims, data, type: scale.type, codes, bounds: undefined };
}
