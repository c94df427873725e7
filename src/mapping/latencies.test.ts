import { expect, test } from "vitest";
import { denseCycles, latencyOf, macLatency, readoutCycles, sweepCycles, walkCycles } from "./latencies.js";

test("a multiply-accumulate takes a product, a sum, and a level of adders for each doubling of its lanes", () => {
  expect([1, 2, 3, 4, 5, 6, 8, 9, 16].map(macLatency)).toEqual([2, 3, 4, 4, 5, 5, 5, 6, 6]);
});

test("a dense tick is its words, its beats, and an overhead that no size changes", () => {
  const shape = { words: 49, beats: 441, simd: 1, preLatency: 6, mergeLatency: 0, postLatency: 8 };
  const cycles = denseCycles(shape);
  expect(cycles).toEqual({ sweep: 49, walk: 441, overhead: 6 + 2 + 1 + (1 + 2 + 1 + 8 + 1) + 2, total: 514 });
  expect(cycles.total).toBe(sweepCycles(49, 6) + walkCycles(441) + 13 + 2);
  const larger = denseCycles({ ...shape, words: 1000, beats: 100_000 });
  expect(larger.overhead).toBe(cycles.overhead);
  expect(denseCycles({ ...shape, simd: 6 }).total).toBe(cycles.total + 3);
  expect(denseCycles({ ...shape, mergeLatency: 1 }).total).toBe(cycles.total + 1);
});

test("a readout takes a beat per slice and one to close, but no less than the argmax scan", () => {
  expect(readoutCycles(100, 10)).toEqual({ sweep: 0, walk: 100, overhead: 1, total: 101 });
  expect(readoutCycles(3, 12)).toEqual({ sweep: 0, walk: 3, overhead: 11, total: 14 });
});

test("wires take no cycle, a product three", () => {
  expect([latencyOf("shift_left"), latencyOf("mul"), latencyOf("add")]).toEqual([0, 3, 1]);
});
