import { expect, test } from "vitest";
import { addressBits, countBits, isPowerOfTwo } from "./widths.js";

test("an address has a bit at least, a counter of one value none", () => {
  expect([1, 2, 3, 4, 5, 256, 257].map(addressBits)).toEqual([1, 1, 2, 2, 3, 8, 9]);
  expect([1, 2, 3, 4, 5].map(countBits)).toEqual([0, 1, 2, 2, 3]);
});

test("powers of two: 1 is one, 0 is none", () => {
  expect([0, 1, 2, 3, 4, 6, 64, 96].filter(isPowerOfTwo)).toEqual([1, 2, 4, 64]);
});
