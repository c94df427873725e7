import { expect, test } from "vitest";
import { expectEqual } from "./equal.js";
import { builtMnist } from "./mnist.js";

test("19900 in Verilator: 2 digits of 20 ticks", async () => {
  const { build, stimulus } = await builtMnist("19900", "cosim-mnist", { samples: 2, ticks: 20 });
  await expectEqual("verilator", build, stimulus);
});

test("49 in Verilator, every layer's readout and the trained one: 1 digit of 20 ticks", async () => {
  const config = { readouts: "all" } as const;
  const { build, stimulus } = await builtMnist("49", "cosim-mnist/all", { samples: 1, ticks: 20 }, config);
  expect(build.compiled.fixed.readouts).toHaveLength(4);
  await expectEqual("verilator", build, stimulus);
});
