import { expect, test } from "vitest";
import { inputGuard } from "./guard.js";

test("a small map in flip-flops, larger ones in words whose stamps can't repeat before all are swept", () => {
  const shapes = [
    [1, 1, 1],
    [2, 2, 2],
    [1, 4, 4],
    [1, 16, 16],
    [3, 9, 11],
    [784, 1, 1],
    [2, 128, 128],
  ] as const;
  const found = shapes.map(([channels, height, width]) => {
    const { cells, memory } = inputGuard({ channels, height, width });
    const { width: bits, depth } = memory ?? { width: cells, depth: 1 };
    expect(cells * depth).toBeGreaterThanOrEqual(channels * height * width);
    // A written bit and a stamp: as many stamps as words.
    if (memory !== undefined) expect(2 ** (bits - cells - 1)).toBe(depth);
    return `${channels}x${height}x${width}: ${depth} of ${bits} bits`;
  });
  expect(found).toEqual([
    "1x1x1: 1 of 2 bits",
    "2x2x2: 1 of 8 bits",
    "1x4x4: 2 of 10 bits",
    "1x16x16: 32 of 14 bits",
    "3x9x11: 64 of 23 bits",
    "784x1x1: 64 of 23 bits",
    "2x128x128: 512 of 74 bits",
  ]);
});
