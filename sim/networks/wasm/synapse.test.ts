import { expect, test } from "vitest";
import { shape } from "../../../src/ir/builders.js";
import { type FixedLayer, rangeOfId } from "../../../src/ir/fixed.js";
import type { Shape } from "../../../src/ir/spiking.js";
import { splitOf } from "../../../src/simulators/wasm/synapse/split.js";
import {
  everywhere,
  expectEqual,
  layerOf,
  stimulusOf,
  trace,
} from "../../../src/simulators/wasm/testing/compare.js";
import { fixedModel, passedOn } from "../../../src/testing/random-fixed.js";
import { random, randomStimulus } from "../../../src/testing/random-model.js";

test("sums of spikes at the ends of 16- and 32-bit lanes", () => {
  const check = (from: Shape, weight: (i: number) => number, ends: readonly [bigint, bigint]) => {
    const model = fixedModel("ends", [layerOf("l", { input: from, channels: 1, weight })]);
    const { low, high } = (model.layers[0] as FixedLayer).synapse.range;
    expect([low, high]).toEqual(ends);
    expect(expectEqual(model, everywhere(from, 1))).toBe(true);
  };
  check(shape(64, 2, 2), () => -128, [-32768n, 0n]);
  check(shape(257, 1, 1), () => -128, [-32896n, 0n]);
  check(shape(129, 1, 2), () => 127, [0n, 32766n]);
  check(shape(259, 1, 1), () => 127, [0n, 32893n]);
  check(shape(64, 32, 32), () => -32768, [-(2n ** 31n), 0n]);
  check(shape(65, 32, 32), () => -32768, [-(2n ** 31n) - 2n ** 25n, 0n]);
});

test("dense operands: saturated traces of both signs, extreme weights, every split", () => {
  const from = shape(3, 3, 3);
  const lows = new Set<number | undefined>();
  for (const width of [4, 16, 17, 24, 28, 31, 34])
    for (const [name, weight] of [
      ["low", () => -128],
      ["mixed", (i: number) => (i % 2 === 0 ? -128 : 127)],
      ["wide", (i: number) => (i % 3 === 0 ? -32768 : 32767)],
    ] as const) {
      const half = 2n ** BigInt(width - 1);
      for (const [by, offset] of [
        [half - 1n, 0n],
        [half - 1n, half - 1n],
        [-half / 2n, -1n],
      ] as const) {
        const pre = trace("l.s", by, width, offset);
        const layer = layerOf("l", {
          input: from,
          channels: 9,
          kernel: [3, 2],
          padding: [2, 1, 0, 1],
          weight,
          pre,
        });
        const model = fixedModel(`${width} bits, ${name}`, [layer]);
        const made = model.layers[0] as FixedLayer;
        const split = splitOf(made.synapse, rangeOfId(made.pre, "operand"));
        lows.add(split?.low);
        expect(
          expectEqual(
            model,
            stimulusOf(from, 3, (i, tick) => tick > 0 || i % 3 > 0),
          ),
        ).toBe(true);
      }
    }
  expect([...lows]).toEqual(expect.arrayContaining([16, 12, undefined]));
});

test("strides, paddings beyond the kernel, rectangles, one position", () => {
  const r = random(7);
  const from = shape(2, 4, 5);
  for (const kernel of [
    [1, 1],
    [3, 2],
    [4, 5],
  ] as const)
    for (const stride of [
      [1, 1],
      [3, 2],
      [4, 5],
    ] as const)
      for (const padding of [
        [0, 0, 0, 0],
        [2, 4, 1, 3],
      ] as const)
        for (const pre of [passedOn, trace("l.s", 77n, 10, 3n), trace("l.s", 77n, 40, 0n)]) {
          const weight = () => r.int(-128, 127);
          const layer = layerOf("l", { input: from, channels: 2, kernel, stride, padding, weight, pre });
          const model = fixedModel(`${kernel} ${stride} ${padding}`, [layer]);
          expect(expectEqual(model, randomStimulus(r.int(1, 99), from, 1, 2))).toBe(true);
        }
});
