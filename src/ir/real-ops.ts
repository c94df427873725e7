import { assertNever } from "../diagnostics/diagnostic.js";
import type { Rounding } from "../fixed/format.js";
import type { Activation, Quantiser } from "./spiking.js";

/** A real number rounded to an integer by `mode`, in doubles: what Brevitas and QONNX compute. */
export function roundReal(x: number, mode: Rounding): number {
  // Of the magnitude, whose fraction is exact; x − ⌊x⌋ isn't for small negative x.
  const sign = x < 0 ? -1 : 1;
  const whole = Math.floor(Math.abs(x));
  const rest = Math.abs(x) - whole;
  const nearest = (tieAway: boolean): number =>
    sign * (rest > 0.5 || (rest === 0.5 && tieAway) ? whole + 1 : whole);
  switch (mode) {
    case "floor":
      return Math.floor(x);
    case "ceil":
      return Math.ceil(x);
    case "to_zero":
      return sign * whole;
    case "away":
      return sign * Math.ceil(Math.abs(x));
    case "half_even":
      return nearest(whole % 2 === 1);
    case "half_away":
      return nearest(true);
    case "half_to_zero":
      return nearest(false);
    case "half_to_pos_inf":
      return nearest(sign > 0);
    default:
      return assertNever(mode);
  }
}

/** The integer that a quantiser stores for x: clamp(round(x / scale)); `channel` selects its scale. */
export function quantiseRaw(x: number, q: Quantiser, channel: number): number {
  const scale = (q.scale.length === 1 ? q.scale[0] : q.scale[channel]) as number;
  const low = q.signed ? -(2 ** (q.bits - 1)) + (q.narrow ? 1 : 0) : 0;
  const high = q.signed ? 2 ** (q.bits - 1) - 1 : 2 ** q.bits - 1 - (q.narrow ? 1 : 0);
  return Math.min(high, Math.max(low, roundReal(x / scale, q.rounding)));
}

/** A readout's activation function in doubles. */
export function activate(kind: Activation["kind"], x: number): number {
  switch (kind) {
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "relu":
      return Math.max(0, x);
    case "identity":
      return x;
    default:
      return assertNever(kind);
  }
}
