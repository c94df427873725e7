import { expect, test } from "vitest";
import { deviceNames, devices } from "./devices.js";

test("every device that a config can name has its totals of DS889", () => {
  expect(Object.keys(devices)).toEqual([...deviceNames]);
  for (const name of deviceNames) {
    expect(devices[name]).toEqual({ ramb36: 1080, uram: 80, dsp: 4272, lut: 425_280, ff: 850_560 });
  }
});

test("eight LUTs and sixteen flip-flops make a CLB of UltraScale+", () => {
  for (const { lut, ff } of Object.values(devices)) {
    expect(lut % 8).toBe(0);
    expect(ff).toBe(2 * lut);
  }
});
