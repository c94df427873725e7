import { invariant } from "../diagnostics/diagnostic.js";

/** A finite double taken apart: value = mantissa · 2^exponent, mantissa an odd integer (or 0 with exponent 0). */
export interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Every finite double is an exact binary fraction: this is it. */
export function toDyadic(value: number): Dyadic {
  invariant(Number.isFinite(value), `toDyadic(${value})`);
  if (value === 0) return { mantissa: 0n, exponent: 0 };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  let mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  let exponent = (biased === 0 ? 1 : biased) - 1075;
  while ((mantissa & 1n) === 0n) {
    mantissa >>= 1n;
    exponent += 1;
  }
  return { mantissa: bits >> 63n === 1n ? -mantissa : mantissa, exponent };
}

/** log2 of a positive power of two; undefined for every other double. */
export function exactLog2(value: number): number | undefined {
  if (!(value > 0) || !Number.isFinite(value)) return undefined;
  const d = toDyadic(value);
  return d.mantissa === 1n ? d.exponent : undefined;
}

/** ⌊numerator / denominator⌋, exact for any finite doubles, denominator > 0. */
export function floorQuotient(numerator: number, denominator: number): bigint {
  invariant(denominator > 0, "floorQuotient by a value that is not positive");
  const a = toDyadic(numerator);
  const b = toDyadic(denominator);
  const shift = a.exponent - b.exponent;
  const n = shift >= 0 ? a.mantissa << BigInt(shift) : a.mantissa;
  const d = shift >= 0 ? b.mantissa : b.mantissa << BigInt(-shift);
  const q = n / d;
  return n % d !== 0n && n < 0n ? q - 1n : q;
}

/** Nearest integer to numerator / denominator · 2^shift (ties up), exact for any finite doubles, denominator > 0. */
export function roundQuotient(numerator: number, denominator: number, shift: number): bigint {
  const a = toDyadic(numerator);
  const b = toDyadic(denominator);
  invariant(b.mantissa > 0n, "roundQuotient by a value that is not positive");
  const e = a.exponent - b.exponent + shift + 1;
  const n = e >= 0 ? a.mantissa << BigInt(e) : a.mantissa;
  const d = e >= 0 ? b.mantissa : b.mantissa << BigInt(-e);
  const twice = n / d - (n % d !== 0n && n < 0n ? 1n : 0n);
  return (twice + 1n) >> 1n;
}
