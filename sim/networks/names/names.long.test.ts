import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCase } from "../random/run.js";
import { hostileCase } from "./hostile.js";

let cache = "";
let kept: string | undefined;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "spikec-benches-"));
  kept = process.env.SPIKEC_CACHE;
  process.env.SPIKEC_CACHE = cache;
});
afterAll(() => {
  if (kept === undefined) delete process.env.SPIKEC_CACHE;
  else process.env.SPIKEC_CACHE = kept;
  rmSync(cache, { recursive: true });
});

test("networks under hostile names do what golden says, in both simulators of Verilog", async () => {
  for (let seed = 100; seed < 150; seed++) {
    const { from, design } = hostileCase(seed);
    expect((await runCase(from, design)).difference, `seed ${seed}, Icarus`).toBe("");
    if (seed % 10 !== 0) continue;
    expect((await runCase(from, design, "verilator")).difference, `seed ${seed}, Verilator`).toBe("");
  }
});
