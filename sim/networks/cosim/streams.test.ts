import { beforeAll, describe, expect, test } from "vitest";
import type { Build } from "../../../src/artifact/manifest.js";
import { npyArray } from "../../../src/data/npy.js";
import { type Stimulus, stimulusOf } from "../../../src/data/stimulus.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { random } from "../../../src/testing/random-model.js";
import { builtGraph, must } from "./build.js";
import { expectEqual, expectEqualShuffled } from "./equal.js";

// The second layer is the slowest here: the first has to wait for it, the third for spikes.
const lanes = { layer1: { pe: 16 }, layer2: { pe: 2, simd: 16 }, layer3: { pe: 2, simd: 24 } };
const graph = { network: "stress/floor", form: "post" } as const;

let build: Build;
beforeAll(async () => {
  const made = await builtGraph(graph, "cosim-streams", { layers: lanes, readout: { burnIn: 1 } });
  build = made.build;
  const [first = 0, second = 0] = made.report.stages.map((stage) => stage.cyclesPerTick);
  expect(second).toBeGreaterThan(2 * first);
});

/** Random frames with several events in most ticks and none in some. */
function frames(samples: number, ticks: number): Stimulus {
  const { input } = build.compiled.fixed;
  const { chance, real } = random(samples * 1000 + ticks);
  const spikes = Array.from({ length: samples * ticks }, () => {
    const density = chance(0.2) ? 0 : real() * 0.1;
    return Array.from({ length: sizeOf(input) }, () => (chance(density) ? 1 : 0));
  });
  const sizes = [samples, ticks, input.channels, input.height, input.width];
  return must(stimulusOf(npyArray("u1", sizes, Uint8Array.from(spikes.flat())), input));
}

describe("back-pressure changes nothing", () => {
  test.each([
    { pauseIn: 0, pauseOut: 0 },
    { pauseIn: 1, pauseOut: 0 },
    { pauseIn: 0, pauseOut: 1 },
    { pauseIn: 1, pauseOut: 1 },
    { pauseIn: 2, pauseOut: 2 },
    { pauseIn: 2, pauseOut: 1 },
  ])("pauses before the core $pauseIn, behind it $pauseOut (0 none, 1 regular, 2 random)", async (pauses) => {
    await expectEqual("verilator", build, frames(3, 10), pauses);
  });
});

test.each([
  { samples: 16, ticks: 1 },
  { samples: 8, ticks: 2 },
  { samples: 5, ticks: 7 },
])(
  "$samples frames of $ticks ticks back to back each begin with empty states",
  async ({ samples, ticks }) => {
    await expectEqual("verilator", build, frames(samples, ticks), { pauseIn: 0, pauseOut: 2 });
  },
);

test("events of a tick may come in any order", async () => {
  await expectEqualShuffled("verilator", build, frames(2, 12));
});
