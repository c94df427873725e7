import { expect, test } from "vitest";
import { encode, hexFile, literal, pack } from "./hex.js";

test("two's complement in a width", () => {
  expect([encode(-1n, 4), encode(7n, 4), encode(-8n, 4), encode(-1n, 70)]).toEqual([
    15n,
    7n,
    8n,
    (1n << 70n) - 1n,
  ]);
});

test("the first word stands lowest", () => {
  expect(pack([1n, -1n, 2n], 4)).toBe(0x2f1n);
  expect(pack([-1n], 3)).toBe(7n);
  expect(pack([], 8)).toBe(0n);
});

test("a line a word, in as many digits as the width needs", () => {
  expect(hexFile([0n, 255n, 256n], 9)).toBe("000\n0ff\n100\n");
  expect(hexFile([1n], 1)).toBe("1\n");
});

test("literals are sized and never signed text", () => {
  expect([literal(-8n, 24), literal(5n, 3), literal(-1n, 1)]).toEqual(["24'hfffff8", "3'h5", "1'h1"]);
});
