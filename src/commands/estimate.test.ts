import { expect, test } from "vitest";
import { defaultConfig } from "../config/defaults.js";
import { estimate } from "./estimate.js";

const checkpoint = "../shared/data/radioml/stress/floor/post.qonnx.onnx";

test("guard and stages add up, and are held against the device and the budget", async () => {
  const found = await estimate({ checkpoint, config: defaultConfig });
  if (!found.ok) throw new Error("no estimate");
  const { guard, stages, total, device, fits, budget } = found.value;
  expect(stages.map((s) => [s.name, s.kind])).toEqual([
    ["layer1", "event"],
    ["layer2", "event"],
    ["layer3", "event"],
    ["logits", "readout"],
  ]);
  expect(guard?.yosys.lut).toBeGreaterThan(0);
  expect(total.yosys.lut).toBe(stages.reduce((sum, s) => sum + s.yosys.lut, guard?.yosys.lut ?? 0));
  expect(device.uses[0]?.used).toBe(total.vivado.lut + total.vivado.lutram);
  expect([fits, budget]).toEqual([true, 100]);
  const most = Math.max(...device.uses.map((use) => use.percent));
  const tight = await estimate({ checkpoint, config: defaultConfig, budget: most / 2 });
  expect(tight.ok && tight.value.fits).toBe(false);
});

test("what doesn't compile isn't estimated", async () => {
  const found = await estimate({ checkpoint: "nowhere.onnx", config: defaultConfig });
  expect(found.diagnostics.map((d) => d.code)).toEqual(["file-not-found"]);
});
