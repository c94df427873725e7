import type { Loc } from "../../diagnostics/diagnostic.js";
import { formatRange, type Range } from "../../fixed/format.js";
import { simplify, zip } from "../../fixed/per-channel.js";
import { roundQuotient } from "../../fixed/rational.js";
import type { Quantiser } from "../../ir/spiking.js";
import { materialise } from "./materialise.js";
import { binaryRatio, shiftLeft } from "./units.js";
import { type Emitter, integerOf, relativeError, type Value } from "./value.js";

/** Integer bounds of a quantiser. Source: QONNX `Quant`. */
export function quantiserRange(q: Quantiser): Range {
  const range = formatRange({ signed: q.signed, width: q.bits });
  if (!q.narrow) return range;
  return q.signed ? { low: range.low + 1n, high: range.high } : { low: range.low, high: range.high - 1n };
}

/** v rounded and clamped to the quantiser's integers: one rounding, then the saturation. */
export function quantise(
  e: Emitter,
  v: Value,
  q: Quantiser,
  id: string,
  origin: readonly Loc[],
  coefficientBits: number,
): Value {
  const exact = materialise(e, v, id, origin);
  if (exact.id === undefined) return e.put({ kind: "constant", value: [0n] }, id, origin, q.scale);
  const ratio = binaryRatio(exact.scale, q.scale);
  let integer: string;
  let bits: number;
  if (ratio !== undefined) {
    bits = Math.max(0, ...ratio.map((n) => -n));
    const common = ratio.map((n) => n + bits);
    integer = integerOf(e, shiftLeft(e, exact, common, origin), id, origin);
  } else {
    const factor = zip(exact.scale, q.scale, (a, b) => a / b);
    bits = Math.max(0, coefficientBits - 1 - Math.floor(Math.log2(Math.max(...factor))));
    const kappa = zip(exact.scale, q.scale, (a, b) => roundQuotient(a, b, bits));
    const text = `scale over quantiser scale is no power of two: multiplied by round(ratio·2^${bits})/2^${bits}`;
    const whole = factor.map((f) => f * 2 ** bits);
    const off = zip(whole, kappa, (f, c) => Math.abs(Number(c) - f) * 2 ** -bits);
    const slope = { by: zip(off, q.scale, (d, s) => d * s), of: exact.id };
    if (off.some((d) => d > 0))
      e.depart({
        kind: "scale",
        where: id,
        text,
        relativeError: relativeError(whole, kappa),
        error: { at: "operand", base: [0], slope },
      });
    integer = e.put({ kind: "mulc", a: exact.id, by: simplify(kappa) }, e.fresh(id), origin, q.scale).id;
  }
  if (bits > 0) {
    const rounded = { kind: "shr", a: integer, bits, rounding: q.rounding } as const;
    integer = e.put(rounded, e.fresh(id), origin, q.scale).id;
  }
  return e.put({ kind: "sat", a: integer, ...quantiserRange(q) }, id, origin, q.scale);
}
