import { invariant } from "../diagnostics/diagnostic.js";

/** How a quotient by a power of two is rounded to an integer. See `roundShift` in ops.ts for each one's formula. */
export type Rounding =
  | "floor"
  | "ceil"
  | "to_zero"
  | "away"
  | "half_even"
  | "half_away"
  | "half_to_zero"
  | "half_to_pos_inf";

/** All rounding modes, in the order of the RTL's MODE parameter (rtl/fx_round_shift.v). */
export const roundings: readonly Rounding[] = [
  "floor",
  "ceil",
  "to_zero",
  "away",
  "half_even",
  "half_away",
  "half_to_zero",
  "half_to_pos_inf",
];

/** An integer's format: two's complement (or unsigned) of `width` bits. Its real meaning, a scale, stands beside it. */
export interface IntFormat {
  readonly signed: boolean;
  readonly width: number;
}

/** An interval of integers, both ends included. */
export interface Range {
  readonly low: bigint;
  readonly high: bigint;
}

/** Range of all integers of a format. */
export function formatRange(format: IntFormat): Range {
  const w = BigInt(format.width);
  return format.signed
    ? { low: -(1n << (w - 1n)), high: (1n << (w - 1n)) - 1n }
    : { low: 0n, high: (1n << w) - 1n };
}

/** Number of bits of a non-negative integer: 0 for 0, 1 for 1, 2 for 2 and 3. */
export function bitLength(value: bigint): number {
  invariant(value >= 0n, "bitLength of a negative value");
  return value === 0n ? 0 : value.toString(2).length;
}

/** Narrowest format that holds every integer of `range`; at least one bit, signed only if the range reaches below 0. */
export function formatOfRange(range: Range): IntFormat {
  if (range.low >= 0n) return { signed: false, width: Math.max(1, bitLength(range.high)) };
  const magnitude = range.high >= 0n && range.high > -range.low - 1n ? range.high : -range.low - 1n;
  return { signed: true, width: bitLength(magnitude) + 1 };
}

/** The same format, made signed: one bit wider if it was unsigned. */
export function asSigned(format: IntFormat): IntFormat {
  return format.signed ? format : { signed: true, width: format.width + 1 };
}

/** `s24`, `u8`: a format in the text forms. */
export function printFormat(format: IntFormat): string {
  return `${format.signed ? "s" : "u"}${format.width}`;
}

/** Smallest interval that holds both. */
export function hull(a: Range, b: Range): Range {
  return { low: a.low < b.low ? a.low : b.low, high: a.high > b.high ? a.high : b.high };
}
