import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Design } from "../ir/design.js";
import { cost } from "./cost.js";
import { synthesisSeconds } from "./synthesis.js";
import { measuredErrors, trustOf } from "./trust.js";

/** A design of one stage, as far as trust looks at it. */
const designOf = (stage: object) => ({ stages: [stage] }) as unknown as Design;
const event = (taps: string, channels: number, ports = 1) =>
  designOf({ kind: "event", taps, channels, ports });
const says = (design: Design) => new Map(trustOf(design).map((t) => [t.column, t]));

test("columns that were measured say their error, the others that nothing was", () => {
  const dense = says(designOf({ kind: "dense" }));
  expect([...dense.keys()]).toEqual(["LUT", "FF", "LUTRAM", "RAMB36", "URAM", "DSP", "cycles/tick"]);
  expect(dense.get("LUT")).toMatchObject({ percent: 12, against: "Yosys 0.23" });
  expect(dense.get("URAM")).toMatchObject({ percent: null, against: "nothing" });
  expect(dense.get("cycles/tick")).toMatchObject({ percent: 0, says: "equal, in every tick" });
  expect(says(event("row", 32)).get("cycles/tick")).toMatchObject({
    percent: null,
    says: expect.stringContaining("a lower bound"),
  });
});

test("LUTs beyond what was measured are said to be so", () => {
  const beyond = (design: Design) => says(design).get("LUT")?.says.includes("not measured");
  expect([event("patch", 8), event("row", 64), event("one", 4, 3)].map(beyond)).toEqual([
    false,
    false,
    false,
  ]);
  expect([event("patch", 16), event("one", 4, 4)].map(beyond)).toEqual([true, true]);
});

test("docs/limits.md has the measured errors", () => {
  const limits = readFileSync("docs/limits.md", "utf8");
  const percent = (key: keyof typeof measuredErrors) => 100 * measuredErrors[key].share;
  expect(limits).toContain(
    `within ${percent("lut")} % of Yosys's LUTs and ${percent("ff")} % of its flip-flops`,
  );
});

test("Yosys takes longer for more stages and for larger ones", () => {
  const stages = (...luts: number[]) => synthesisSeconds(luts.map((lut) => cost({ lut })));
  expect(stages(1000, 1000)).toBeGreaterThan(stages(1000));
  expect(stages(2000)).toBeGreaterThan(stages(1000));
  expect(stages(1000, 2000)).toBe(stages(2000, 1000));
});
