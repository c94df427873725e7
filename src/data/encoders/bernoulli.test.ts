import { expect, test } from "vitest";
import { bernoulliSpikes } from "./bernoulli.js";

const images = {
  count: 2,
  shape: { channels: 1, height: 1, width: 3 },
  pixels: Uint8Array.from([0, 255, 51, 255, 0, 0]),
};

test("spikes come at the rate of the pixel, and the same ones for the same seed", () => {
  const { shape, data } = bernoulliSpikes(images, 2, 4000, 0.5, 1);
  expect(shape).toEqual([2, 4000, 1, 3]);
  const rate = (sample: number, pixel: number): number =>
    Array.from({ length: 4000 }, (_, t) => Number(data[(sample * 4000 + t) * 3 + pixel])).reduce(
      (a, b) => a + b,
    ) / 4000;
  expect(rate(0, 0)).toBe(0);
  expect(rate(0, 1)).toBeCloseTo(0.5, 1);
  expect(rate(0, 2)).toBeCloseTo(0.1, 1);
  expect(rate(1, 0)).toBeCloseTo(0.5, 1);
  expect(bernoulliSpikes(images, 2, 4000, 0.5, 1).data).toEqual(data);
  expect(bernoulliSpikes(images, 2, 4000, 0.5, 2).data).not.toEqual(data);
});
