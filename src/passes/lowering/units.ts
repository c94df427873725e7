import type { Loc } from "../../diagnostics/diagnostic.js";
import { bitLength, formatOfRange } from "../../fixed/format.js";
import { ratioLog2, simplify, zip } from "../../fixed/per-channel.js";
import { exactLog2, toDyadic } from "../../fixed/rational.js";
import type { PerChannel } from "../../ir/spiking.js";
import type { Emitter, Value } from "./value.js";

/** The same value in units 2^-bits as large: exact. */
export function shiftLeft(e: Emitter, v: Value, bits: readonly number[], origin: readonly Loc[]): Value {
  if (v.id === undefined || bits.every((n) => n === 0)) return v;
  const scale = zip(v.scale, bits, (s, n) => s * 2 ** -n);
  return {
    ...e.put({ kind: "shl", a: v.id, bits: simplify(bits) }, e.fresh(v.id), origin, scale),
    offset: v.offset,
  };
}

/** Widest value that constants refine: a decay of 17 bits times it stays within 63. */
export const WIDEST = 46;

/**
 * Products that take a unit's odd part: of a decay's bits, or of a float32's and a decay's where few more bits come of
 * it, as with what was a spike.
 */
const ODD_PARTS = [
  { bits: 17, width: WIDEST },
  { bits: 31, width: 34 },
] as const;

/** Per channel what a value's integer is multiplied by so that its unit is a power of two; undefined where too long. */
function oddPart(e: Emitter, v: Value & { readonly id: string }): readonly bigint[] | undefined {
  const odd = v.scale.map((s) => toDyadic(s).mantissa);
  const bits = Math.max(...odd.map(bitLength));
  const width = formatOfRange(e.rangeOf(v.id)).width + bits;
  const short = ODD_PARTS.some((most) => bits <= most.bits && width <= most.width);
  return bits === 1 || short ? odd : undefined;
}

/** The same value in a power of two for each channel, exactly; undefined where its unit's odd part is too long. */
export function inBinaryUnit(e: Emitter, v: Value, origin: readonly Loc[]): Value | undefined {
  const { id, offset } = v;
  if (id === undefined) return v;
  const odd = oddPart(e, { ...v, id });
  if (odd === undefined || odd.every((m) => m === 1n)) return odd && v;
  const scale = zip(v.scale, odd, (s, m) => s / Number(m));
  return { ...e.put({ kind: "mulc", a: id, by: simplify(odd) }, e.fresh(id), origin, scale), offset };
}

/** Whether `inBinaryUnit` has one. */
export const canBeBinary = (e: Emitter, v: Value): boolean =>
  v.id === undefined || oddPart(e, { ...v, id: v.id }) !== undefined;

/** Whether a value's unit is a power of two for every channel. */
export const hasBinaryUnit = (v: Value): boolean => v.scale.every((s) => exactLog2(s) !== undefined);

/** Per channel the n with a = b · 2^n, where every channel has one. */
export function binaryRatio(a: PerChannel, b: PerChannel): readonly number[] | undefined {
  const ratio = zip(a, b, ratioLog2);
  return ratio.every((n) => n !== undefined) ? ratio : undefined;
}
