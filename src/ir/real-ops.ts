import { assertNever } from "../diagnostics/diagnostic.js";
import type { Rounding } from "../fixed/format.js";
import type { Activation, Quantiser } from "./spiking.js";

/** A real number rounded to an integer by `mode`, in doubles: what Brevitas and QONNX compute. */
export function roundReal(x: number, mode: Rounding): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  switch (mode) {
    case "floor":
      return floor;
    case "ceil":
      return Math.ceil(x);
    case "to_zero":
      return Math.trunc(x);
    case "away":
      return x > 0 ? Math.ceil(x) : floor;
    case "half_even":
      return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
    case "half_away":
      return rest > 0.5 || (rest === 0.5 && x > 0) ? floor + 1 : floor;
    case "half_to_zero":
      return rest > 0.5 || (rest === 0.5 && x < 0) ? floor + 1 : floor;
    case "half_to_pos_inf":
      return rest >= 0.5 ? floor + 1 : floor;
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
