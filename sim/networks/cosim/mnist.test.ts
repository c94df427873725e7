import { test } from "vitest";
import { expectEqual } from "./equal.js";
import { builtMnist } from "./mnist.js";

test("19900 in Verilator: 2 digits of 20 ticks", async () => {
  const { build, stimulus } = await builtMnist("19900", "cosim-mnist", { samples: 2, ticks: 20 });
  await expectEqual("verilator", build, stimulus);
});
