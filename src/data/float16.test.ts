import { expect, test } from "vitest";
import { float16 } from "./float16.js";

test("half-precision bit patterns: ones, the smallest, the largest, infinities, no number", () => {
  expect([0x3c00, 0xbc00, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x3555].map(float16)).toEqual([
    1,
    -1,
    2 ** -24,
    65504,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0.333251953125,
  ]);
  expect(float16(0x8000)).toBe(-0);
  expect(float16(0x7c01)).toBeNaN();
});
