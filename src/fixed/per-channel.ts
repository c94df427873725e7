import { bitLength } from "./format.js";
import { exactLog2, roundQuotient, toDyadic } from "./rational.js";

/** Integers c and one exponent e with by ≈ c·2^e, |c| at most `bits` bits; exact where the factors allow it. */
export function coefficients(
  by: readonly number[],
  bits: number,
): { readonly integers: readonly bigint[]; readonly exponent: number; readonly error: number } {
  const parts = by.filter((k) => k !== 0).map(toDyadic);
  const finest = Math.min(...parts.map((d) => d.exponent));
  const widest = Math.max(
    ...parts.map((d) => bitLength(d.mantissa < 0n ? -d.mantissa : d.mantissa) + d.exponent),
  );
  const exponent = Math.max(finest, widest - bits);
  const integers = by.map((k) => roundQuotient(k, 1, -exponent));
  const error = Math.max(
    ...zip(by, integers, (k, c) => (k === 0 ? 0 : Math.abs((Number(c) * 2 ** exponent) / k - 1))),
  );
  return { integers, exponent, error };
}

/** log2(x / y) where x is exactly a power of two times y. */
export function ratioLog2(x: number, y: number): number | undefined {
  const n = exactLog2(x / y);
  return n !== undefined && y * 2 ** n === x ? n : undefined;
}

/** Fraction bits that `value` has in units of `unit`, exactly; NO_FRACTION where the quotient is no binary fraction. */
export function fractionBits(value: number, unit: number): number {
  if (value === 0) return 0;
  const [v, u] = [toDyadic(value), toDyadic(unit)];
  return v.mantissa % u.mantissa === 0n ? Math.max(0, u.exponent - v.exponent) : NO_FRACTION;
}

/** More fraction bits than any binary fraction of doubles has. */
export const NO_FRACTION = 4096;

/** A list of one value, made `width` long. */
export const widen = <T>(values: readonly T[], width: number): readonly T[] =>
  values.length === width ? values : new Array<T>(width).fill(values[0] as T);

/** Combines two per-channel lists; a list of one value serves all channels. */
export function zip<A, B, R>(a: readonly A[], b: readonly B[], combine: (a: A, b: B) => R): readonly R[] {
  const width = Math.max(a.length, b.length);
  const [x, y] = [widen(a, width), widen(b, width)];
  return x.map((value, i) => combine(value, y[i] as B));
}

/** One value where all are equal. */
export function simplify<T>(values: readonly T[]): readonly T[] {
  return values.every((v) => v === values[0]) ? values.slice(0, 1) : values;
}
