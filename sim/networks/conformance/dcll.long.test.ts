import { test } from "vitest";
import { checkpoints, expectReplay } from "./dcll.js";

test.each(["19900", "49"] as const)("reference is the float64 replay of %s: 8 digits, all ticks", (name) => {
  expectReplay(name, 8, checkpoints[name]);
});
