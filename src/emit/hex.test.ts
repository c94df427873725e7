import { expect, test } from "vitest";
import { hexFile, literal } from "./hex.js";

test("a line a word, in as many digits as the width needs", () => {
  expect(hexFile({ width: 9, words: [0n, 255n, 256n] })).toBe("000\n0ff\n100\n");
  expect(hexFile({ width: 1, words: [1n] })).toBe("1\n");
});

test("literals are sized and never signed text", () => {
  expect([literal(-8n, 24), literal(5n, 3), literal(-1n, 1)]).toEqual(["24'hfffff8", "3'h5", "1'h1"]);
});
