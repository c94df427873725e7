import { expect, test } from "vitest";
import { withOwnCache } from "../../harness/own-cache.js";
import { runCase } from "../random/run.js";
import { hostileCase } from "./hostile.js";

test("networks under hostile names do what golden says, in both simulators of Verilog", () =>
  withOwnCache(async () => {
    for (let seed = 100; seed < 150; seed++) {
      const { from, design } = hostileCase(seed);
      expect((await runCase(from, design)).difference, `seed ${seed}, Icarus`).toBe("");
      if (seed % 10 !== 0) continue;
      expect((await runCase(from, design, "verilator")).difference, `seed ${seed}, Verilator`).toBe("");
    }
  }));
