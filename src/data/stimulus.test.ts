import { describe, expect, test } from "vitest";
import type { Shape } from "../ir/spiking.js";
import { type NpyArray, npyArray } from "./npy.js";
import { readStimulus, type StimulusLimits, stimulusOf } from "./stimulus.js";

const shape: Shape = { channels: 1, height: 2, width: 3 };
const loc = { file: "x.npy" };
const stimulus = (array: NpyArray, limits?: StimulusLimits, of: Shape = shape) => {
  const result = stimulusOf(array, of, limits, loc);
  if (!result.ok) throw new Error(result.diagnostics[0]!.text);
  return result.value;
};
const refusal = (array: NpyArray, limits?: StimulusLimits, of: Shape = shape) => {
  const result = stimulusOf(array, of, limits, loc);
  expect(result.ok).toBe(false);
  expect(result.diagnostics[0]!.loc).toEqual(loc);
  return [result.diagnostics[0]!.code, result.diagnostics[0]!.text];
};
const planes = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0);

describe("stimulus", () => {
  test("(sample, tick, C, H, W) and, where C = 1, (sample, tick, H, W) are the same", () => {
    for (const sizes of [
      [2, 2, 1, 2, 3],
      [2, 2, 2, 3],
    ]) {
      const input = stimulus(npyArray("u1", sizes, planes));
      expect(input).toMatchObject({ samples: 2, ticks: 2, shape });
      const active = [input.active(0, 0), input.active(0, 1), input.active(1, 0), input.active(1, 1)];
      expect(active).toEqual([[], [0, 4, 5], [1], [2]]);
    }
  });

  test("(sample, tick) cell indices of any integer type", () => {
    const arrays = [
      npyArray("u1", [1, 3], Uint8Array.of(0, 5, 2)),
      npyArray("i4", [1, 3], Int32Array.of(0, 5, 2)),
      npyArray("i8", [1, 3], BigInt64Array.of(0n, 5n, 2n)),
    ];
    for (const array of arrays) {
      const input = stimulus(array);
      expect([0, 1, 2].map((tick) => input.active(0, tick))).toEqual([[0], [5], [2]]);
    }
  });

  test("limits take the first samples and ticks, and look at nothing behind them", () => {
    const array = npyArray("u1", [2, 2], Uint8Array.of(3, 99, 4, 99));
    const input = stimulus(array, { ticks: 1 });
    expect([input.samples, input.ticks, input.active(0, 0), input.active(1, 0)]).toEqual([2, 1, [3], [4]]);
    expect(stimulus(npyArray("u1", [2, 2, 2, 3], planes), { samples: 1 }).samples).toBe(1);
  });

  test("reads the frames of the example", () => {
    const read = readStimulus("../shared/data/radioml/small/cells.npy", {
      channels: 1,
      height: 16,
      width: 16,
    });
    expect(read.ok && [read.value.samples, read.value.ticks]).toEqual([8, 256]);
    expect(readStimulus("/nowhere.npy", shape).ok).toBe(false);
  });

  test("input-shape", () => {
    expect(refusal(npyArray("u1", [1, 2, 3, 2], new Uint8Array(12)))).toEqual([
      "input-shape",
      "array of shape (1, 2, 3, 2) is no input of a network that reads (sample, tick, 1, 2, 3)",
    ]);
    expect(refusal(npyArray("u1", [6], new Uint8Array(6)))[0]).toBe("input-shape");
    const two: Shape = { channels: 2, height: 2, width: 3 };
    expect(refusal(npyArray("u1", [1, 1, 2, 3], new Uint8Array(6)), {}, two)[0]).toBe("input-shape");
  });

  test("input-element-type", () => {
    expect(refusal(npyArray("f8", [1, 1], new Float64Array(1)))).toEqual([
      "input-element-type",
      "elements of type 'f8' can't be cell numbers",
    ]);
  });

  test("input-empty", () => {
    expect(refusal(npyArray("u1", [0, 4], new Uint8Array(0)))).toEqual([
      "input-empty",
      "array of shape (0, 4) has no samples",
    ]);
    expect(refusal(npyArray("u1", [4, 0], new Uint8Array(0)))[1]).toContain("no ticks");
  });

  test("input-not-binary", () => {
    const wrong = planes.slice();
    wrong[17] = 2;
    expect(refusal(npyArray("u1", [2, 2, 2, 3], wrong))).toEqual([
      "input-not-binary",
      "spikes are 0 or 1: 2 at sample 1, tick 0, channel 0, y 1, x 2",
    ]);
  });

  test("input-cell-range", () => {
    expect(refusal(npyArray("i2", [1, 2], Int16Array.of(5, -1)))).toEqual([
      "input-cell-range",
      "cell -1 at sample 0, tick 1 is outside 0 to 5",
    ]);
    expect(refusal(npyArray("u1", [1, 1], Uint8Array.of(6)))[0]).toBe("input-cell-range");
  });

  test("integers that no double holds are said as they are", () => {
    const large = 2n ** 62n + 1n;
    const wide = npyArray("i8", [1, 2], BigInt64Array.of(0n, large));
    expect(refusal(wide)[1]).toBe(`cell ${large} at sample 0, tick 1 is outside 0 to 5`);
    expect(refusal(wide, { layout: "events" })[1]).toBe(`cell ${large} at event 0 is outside 0 to 5`);
    const events = (...row: readonly bigint[]) =>
      refusal(npyArray("i8", [1, row.length], BigInt64Array.from(row)), { layout: "events" })[1];
    expect(events(large, 1n)).toContain(`event 0 is of tick ${large}: 1 samples of `);
    expect(events(-large, 2n, 1n)).toBe(
      `array of shape (1, 3): event 0 is of sample ${-large}, tick 2: both count from 0`,
    );
    const counts = npyArray("u8", [1, 1, 2, 3, 1], BigUint64Array.of(0n, 1n, 0n, 2n ** 63n + 1n, 0n, 0n));
    expect(refusal(counts, { layout: "NTHWC" })[1]).toContain("spikes are 0 or 1");
  });

  test("input-too-short", () => {
    const array = npyArray("u1", [1, 2], Uint8Array.of(0, 0));
    expect(refusal(array, { samples: 2 })).toEqual([
      "input-too-short",
      "2 samples asked for, the input has 1",
    ]);
    expect(refusal(array, { ticks: 9 })[1]).toBe("9 ticks asked for, the input has 2");
  });

  test("frame-too-long: no more ticks than the hardware counts, of those that are run", () => {
    const long = npyArray("u1", [1, 65_536], new Uint8Array(65_536));
    expect(refusal(long)).toEqual([
      "frame-too-long",
      "samples of 65536 ticks: a frame has 65535 at most, since the hardware counts no further",
    ]);
    expect(stimulus(long, { ticks: 65_535 }).ticks).toBe(65_535);
  });

  test("frame-length: a frame is as long as was said, where it isn't cut", () => {
    const array = npyArray("u1", [1, 4], new Uint8Array(4));
    expect(stimulus(array, { frameTicks: 4 }).ticks).toBe(4);
    expect(stimulus(array, { frameTicks: 9, ticks: 3 }).ticks).toBe(3);
    expect(refusal(array, { frameTicks: 3 })).toEqual([
      "frame-length",
      "samples of 4 ticks: this network was compiled for frames of 3 (--frame-ticks)",
    ]);
    expect(refusal(array, { frameTicks: 5 })[0]).toBe("frame-length");
    const said = stimulusOf(array, shape, { frameTicks: 3 }, loc).diagnostics;
    expect(said[0]!.hint).toBe("--ticks 3 runs frames of that length, or compile with --frame-ticks 4");
  });
});
