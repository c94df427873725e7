import { describe, test } from "vitest";
import { expectEqual } from "../cosim/equal.js";
import { rows } from "./rows.js";
import { wildRun } from "./wild.js";

describe.each(rows)("$file", (row) => {
  test.each(["auto", "dense"] as const)("the Verilog is golden on every spike, engine %s", async (engine) => {
    const run = await wildRun({ ...row, config: { engine, ...row.config } }, `wild-${engine}`);
    await expectEqual("icarus", run.build, run.stimulus);
  });
});
