import type { Loc } from "../../diagnostics/diagnostic.js";
import { formatOfRange } from "../../fixed/format.js";
import { fractionBits, NO_FRACTION, simplify, widen, zip } from "../../fixed/per-channel.js";
import { roundQuotient } from "../../fixed/rational.js";
import { inBinaryUnit, shiftLeft, WIDEST } from "./units.js";
import type { Emitter, Value } from "./value.js";

/** Bits below its unit that a value gets for a constant that no number of bits makes exact. */
const ROUNDED_BITS = 16;

/** Bits below `v`'s unit that hold constants of `exact` fraction bits, or a rounded form of them. */
export function refinement(e: Emitter, v: Value, exact: number): number {
  const width = v.id === undefined ? 0 : formatOfRange(e.rangeOf(v.id)).width;
  return exact <= Math.max(ROUNDED_BITS, WIDEST - width) ? exact : ROUNDED_BITS;
}

/**
 * Brings the offset into the integer: exact if it is a multiple of a finer binary unit and the integer stays narrow
 * enough, else rounded to 2^-16 of one.
 */
export function materialise(e: Emitter, given: Value, id: string, origin: readonly Loc[]): Value {
  if (given.offset.every((o) => o === 0)) return given;
  const isGrid = zip(given.offset, given.scale, fractionBits).every((n) => n < NO_FRACTION);
  const v = (isGrid ? undefined : inBinaryUnit(e, given, origin)) ?? given;
  const width = Math.max(v.offset.length, v.scale.length);
  const offset = widen(v.offset, width);
  const scale = widen(v.scale, width);
  const exact = Math.max(0, ...zip(offset, scale, fractionBits));
  const bits = refinement(e, v, exact);
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
