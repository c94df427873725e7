import { asSigned, formatOfRange, type Range } from "../fixed/format.js";

/** Bits of an address of n places, at least one: what every rtl block computes from its sizes. */
export const addressBits = (n: number): number => Math.max(1, Math.ceil(Math.log2(n)));

/** Bits that a counter of n values really has: none for one. */
export const countBits = (n: number): number => (n > 1 ? addressBits(n) : 0);

/** Whether a number is a power of two: 1, 2, 4, …; what counts in that many needs no divider and no adder. */
export const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

/** Signed bits that hold a range; two at least, since the sums of rtl/mac_array.v have a sign and a value. */
export function widthOf(range: Range): number {
  return Math.max(2, asSigned(formatOfRange(range)).width);
}

/** Whether a range is that of a spike. */
export const isBit = (range: Range): boolean => range.low >= 0n && range.high <= 1n;
