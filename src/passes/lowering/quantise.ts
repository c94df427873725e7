import type { Loc } from "../../diagnostics/diagnostic.js";
import { formatRange, type Range } from "../../fixed/format.js";
import { fractionBits, simplify, widen, zip } from "../../fixed/per-channel.js";
import { roundQuotient } from "../../fixed/rational.js";
import type { Quantiser } from "../../ir/spiking.js";
import { binaryRatio, type Emitter, integerOf, relativeError, shiftLeft, type Value } from "./value.js";

/** Most bits below a sum's unit that a constant gets which is added before a quantiser. */
const MAX_OFFSET_BITS = 16;

/** Brings the offset into the integer: exact if it is a multiple of a finer binary unit, else rounded to 2^-16 of one. */
export function materialise(e: Emitter, v: Value, id: string, origin: readonly Loc[]): Value {
  if (v.offset.every((o) => o === 0)) return v;
  const width = Math.max(v.offset.length, v.scale.length);
  const offset = widen(v.offset, width);
  const scale = widen(v.scale, width);
  const exact = Math.max(0, ...zip(offset, scale, fractionBits));
  const bits = Math.min(exact, MAX_OFFSET_BITS);
  const unit = scale.map((s) => s * 2 ** -bits);
  const integers = zip(offset, scale, (o, s) => roundQuotient(o, s, bits));
  if (exact > bits) {
    const off = zip(
      zip(integers, unit, (i, u) => Number(i) * u),
      offset,
      (have, o) => Math.abs(have - o),
    );
    const relative = zip(off, offset, (d, o) => (o === 0 ? 0 : d / Math.abs(o)));
    e.depart({
      kind: "offset",
      where: id,
      text: `a constant is rounded to 2^-${bits} of the unit that it is added in`,
      relativeError: Math.max(...relative),
      error: { at: "operand", base: off },
    });
  }
  const value = simplify(integers);
  const constant = e.put({ kind: "constant", value }, e.fresh(id), origin, unit);
  const fine = shiftLeft(e, { ...v, scale }, [bits], origin);
  return fine.id === undefined
    ? constant
    : e.put({ kind: "add", a: fine.id, b: constant.id }, e.fresh(id), origin, unit);
}

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
    e.depart({
      kind: "scale",
      where: id,
      text,
      relativeError: relativeError(whole, kappa),
      error: {
        at: "operand",
        base: [0],
        slope: { by: zip(off, q.scale, (d, s) => d * s), of: exact.id },
      },
    });
    integer = e.put({ kind: "mulc", a: exact.id, by: simplify(kappa) }, e.fresh(id), origin, q.scale).id;
  }
  if (bits > 0) {
    const rounded = { kind: "shr", a: integer, bits, rounding: q.rounding } as const;
    integer = e.put(rounded, e.fresh(id), origin, q.scale).id;
  }
  return e.put({ kind: "sat", a: integer, ...quantiserRange(q) }, id, origin, q.scale);
}
