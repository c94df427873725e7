import { roundReal } from "../../ir/real-ops.js";
import type { PerChannel, Weights } from "../../ir/spiking.js";

/** Share of a channel's weights that keep their size where nothing was measured; the few above are clipped. */
export const CLIP_QUANTILE = 0.99;

/** Weights below it are as good as 0: a scale of them could not be computed with. */
const NOTHING = 2 ** -90;

/** Weights made integers, and what that did to them. */
export interface QuantisedWeights {
  readonly weights: Weights;
  readonly clipped: number;
  /** √(Σ error² / Σ weight²). */
  readonly relativeError: number;
}

/**
 * Real weights as narrow integers of `bits` bits: scale = clip/(2^(bits−1)−1), rounded half to even. Every row has a
 * scale and is clipped at its quantile of magnitudes (`quantiles`: one for all rows, or one each); `per-tensor` has
 * one scale for all and clips nothing, `power-of-two` the least such one that is a power of two.
 */
export function quantiseWeights(
  values: Float64Array,
  rows: number,
  bits: number,
  quantiles: PerChannel | "per-tensor" | "power-of-two",
): QuantisedWeights {
  const high = 2 ** (bits - 1) - 1;
  const columns = values.length / rows;
  const row = (r: number): Float64Array => values.subarray(r * columns, (r + 1) * columns);
  const clips =
    typeof quantiles === "string"
      ? [clipAt(values, 1)]
      : Array.from({ length: rows }, (_, r) => clipAt(row(r), (quantiles[r] ?? quantiles[0]) as number));
  // A row of zeros has any scale: the largest of the others.
  const largest = Math.max(...clips) || high;
  const exact = clips.map((clip) => (clip === 0 ? largest : clip) / high);
  const scale = quantiles === "power-of-two" ? exact.map((s) => 2 ** Math.ceil(Math.log2(s))) : exact;
  const raw = new Int32Array(values.length);
  let [clipped, error, total] = [0, 0, 0];
  values.forEach((w, i) => {
    const s = (scale.length === 1 ? scale[0] : scale[Math.floor(i / columns)]) as number;
    const rounded = roundReal(w / s, "half_even");
    raw[i] = Math.min(high, Math.max(-high, rounded));
    if (Math.abs(rounded) > high) clipped += 1;
    error += (w - (raw[i] as number) * s) ** 2;
    total += w ** 2;
  });
  const relativeError = total === 0 ? 0 : Math.sqrt(error / total);
  return { weights: { kind: "quantised", raw, scale, bits, narrow: true }, clipped, relativeError };
}

/** Place of a quantile among `count` magnitudes in ascending order. */
export const quantileIndex = (quantile: number, count: number): number =>
  Math.max(0, Math.ceil(quantile * count) - 1);

/** The least magnitude that `quantile` of all don't exceed; the largest where that is 0. */
function clipAt(values: Float64Array, quantile: number): number {
  const magnitudes = values.map(Math.abs).sort();
  const at = magnitudes[quantileIndex(quantile, magnitudes.length)] ?? 0;
  if (at >= NOTHING) return at;
  const largest = magnitudes.at(-1) ?? 0;
  return largest >= NOTHING ? largest : 0;
}
