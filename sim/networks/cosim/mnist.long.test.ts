import { describe, expect, test } from "vitest";
import { expectEqual } from "./equal.js";
import { builtMnist } from "./mnist.js";

describe.each(["19900", "49"] as const)("%s: RTL equals golden", (name) => {
  test("Verilator, 8 digits of 50 ticks", async () => {
    const { build, stimulus } = await builtMnist(name, "cosim-mnist-long", { samples: 8, ticks: 50 });
    await expectEqual("verilator", build, stimulus);
  });

  test("Icarus, 1 digit of 5 ticks", async () => {
    const { build, stimulus } = await builtMnist(name, "cosim-mnist-icarus", { samples: 1, ticks: 5 });
    await expectEqual("icarus", build, stimulus);
  });

  test("Verilator, traces behind the synapse where that is legal, 2 digits of 50 ticks", async () => {
    const config = { traces: "commuted" } as const;
    const made = await builtMnist(name, "cosim-mnist-commuted", { samples: 2, ticks: 50 }, config);
    await expectEqual("verilator", made.build, made.stimulus);
  });
});

test("49 in Verilator, every layer's readout and the trained one: 1 digit of 20 ticks", async () => {
  const config = { readouts: "all" } as const;
  const { build, stimulus } = await builtMnist("49", "cosim-mnist/all", { samples: 1, ticks: 20 }, config);
  expect(build.compiled.fixed.readouts).toHaveLength(4);
  await expectEqual("verilator", build, stimulus);
});
