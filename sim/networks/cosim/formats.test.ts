import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { npyArray } from "../../../src/data/npy.js";
import { stimulusOf } from "../../../src/data/stimulus.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { random } from "../../../src/testing/random-model.js";
import { built, dataFolder, must } from "./build.js";
import { expectEqual } from "./equal.js";

const files = readdirSync(join(dataFolder, "formats")).filter((file) => /^dcll_step_.*\.onnx$/.test(file));

/** Two frames of random spikes, one place in `every`. */
function spikes(every: number, shape: Parameters<typeof sizeOf>[0]) {
  const { chance } = random(every);
  const [samples, ticks] = [2, 24];
  const array = Uint8Array.from({ length: samples * ticks * sizeOf(shape) }, () =>
    chance(1 / every) ? 1 : 0,
  );
  const sizes = [samples, ticks, shape.channels, shape.height, shape.width];
  return must(stimulusOf(npyArray("u1", sizes, array), shape));
}

// One DCLL tick of each exporter and rounding mode.
describe.each(files)("%s", (file) => {
  test("RTL equals golden in Icarus and Verilator", async () => {
    const { build } = await built(join(dataFolder, "formats", file), `cosim-formats/${file}`);
    const stimulus = spikes(5, build.compiled.fixed.input);
    const inIcarus = await expectEqual("icarus", build, stimulus);
    const inVerilator = await expectEqual("verilator", build, stimulus);
    expect(inVerilator.cycles).toBe(inIcarus.cycles);
  });
});

test("there are six of them", () => expect(files).toHaveLength(6));
