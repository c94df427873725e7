import { describe, expect, test } from "vitest";
import type { TensorLayout } from "../mapping/layout.js";
import { random } from "../testing/random-model.js";
import { hashEvents, hashTensor, sameHash } from "./hash.js";

const layout = (order: readonly number[], lanes: number, width = 24): TensorLayout => ({
  signal: "state",
  shape: { channels: order.length, height: 1, width: 1 },
  lanes,
  width,
  signed: true,
  order: Int32Array.from(order),
});
const straight = layout([...new Array(64).keys()], 4);

describe("hash of a tensor", () => {
  test("changes with any single value, and with its place", () => {
    const { int } = random(5);
    const values = Array.from({ length: 64 }, () => int(-(2 ** 23), 2 ** 23 - 1));
    const hash = hashTensor(values, straight);
    expect(hash.words).toBe(16);
    for (let i = 0; i < 64; i++) {
      const other = values.with(i, int(-(2 ** 23), 2 ** 23 - 1));
      expect(sameHash(hashTensor(other, straight), hash)).toBe(other[i] === values[i]);
    }
    const swapped = values.with(0, values[1] as number).with(1, values[0] as number);
    expect(sameHash(hashTensor(swapped, straight), hash)).toBe(false);
  });

  test("is that of the words in the hardware's order", () => {
    const reversed = layout([...new Array(64).keys()].reverse(), 4);
    const values = Array.from({ length: 64 }, (_, i) => i * 37 - 1000);
    expect(hashTensor(values, reversed)).toEqual(hashTensor([...values].reverse(), straight));
  });

  test("covers every bit of values of more than 32", () => {
    const wide = { ...straight, width: 53 };
    const values = Array.from({ length: 64 }, (_, i) => (i - 32) * 2 ** 40);
    for (const bit of [0, 31, 32, 40, 51]) {
      const other = values.with(9, (values[9] as number) + 2 ** bit);
      expect(sameHash(hashTensor(other, wide), hashTensor(values, wide)), `bit ${bit}`).toBe(false);
    }
  });

  test("an unknown hash equals none", () => {
    const unknown = { words: 16, low: Number.NaN, high: 0 };
    expect(sameHash(unknown, unknown)).toBe(false);
  });
});

test("the order of events counts, and how many there are", () => {
  expect(hashEvents([1, 2])).not.toEqual(hashEvents([2, 1]));
  expect(hashEvents([1])).not.toEqual(hashEvents([1, 0]));
  expect(hashEvents([])).toEqual({ words: 0, low: 0, high: 0 });
});
