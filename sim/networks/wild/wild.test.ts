import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compile } from "../../../src/commands/compile.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import { oneSample } from "../../../src/data/stimulus.js";
import { expectEqual } from "../../../src/simulators/wasm/testing/compare.js";
import { expectEqual as equalInRtl } from "../cosim/equal.js";
import { refusals, rows } from "./rows.js";
import {
  classesOf,
  goldenAgainstExpected,
  networkBeside,
  referenceAgainstExpected,
  spikesExpected,
  wild,
  wildRun,
} from "./wild.js";

/** What rounding the weights to 8 bits does, a line a network: printed when all are done. */
const rounding: string[] = [];
afterAll(() => {
  process.stdout.write(`spikes that 8-bit weights change:\n${rounding.join("\n")}\n`);
});

describe.each(rows)("$file", (row) => {
  test("reference is what was expected, wasm is golden, rounding changes as little as was measured", async () => {
    const run = await wildRun(row, "wild");
    const spikes = spikesExpected(run);
    const reference = referenceAgainstExpected(run, row);
    expect(reference).toMatchObject({ spikes, differ: 0, first: [] });
    // Something real-valued was compared too: states or logits, and the classes that the row names.
    expect(reference.values).toBeGreaterThan(0);
    if (classesOf(run, row) !== undefined) expect(reference.classes).toBeGreaterThan(0);
    expect(expectEqual(run.build.compiled.fixed, run.stimulus, run.build.config.readout.burnIn)).toBe(true);
    const golden = goldenAgainstExpected(run);
    expect(golden.spikes).toBe(spikes);
    rounding.push(`  ${row.file}: ${golden.differ} of ${spikes}`);
    expect(golden.differ).toBeLessThanOrEqual(row.mostDiffer);
    if (row.rtl === undefined) return;
    await equalInRtl("icarus", run.build, oneSample(run.stimulus, 0, row.rtl));
  });
});

test.each(refusals)("$file is refused: $code", async ({ file, code, node, says }) => {
  const config = fillDefaults(networkBeside(file));
  const result = await compile({ checkpoint: join(wild, file), config, output: "build/wild/refused" });
  expect(result.ok).toBe(false);
  const said = result.diagnostics.find((d) => d.code === code);
  expect(said, result.diagnostics.map((d) => `${d.code}: ${d.text}`).join("\n")).toBeDefined();
  if (node !== undefined) expect(said?.loc.name).toBe(node);
  expect(`${said?.text}\n${said?.hint}`).toMatch(says);
});
