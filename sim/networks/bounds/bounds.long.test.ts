import { expect, test } from "vitest";
import { boundCampaign, printTightness } from "./campaign.js";

const seeds = Array.from({ length: 1500 }, (_, i) => 1000 + i);

test.each(["none", "subtract", "some", "all"] as const)(
  "thousands of random recurrences stay in their bounds, which are near what they reach: reset %s",
  (reset) => {
    const found = boundCampaign(seeds, reset);
    process.stdout.write(`${printTightness(reset, found)}\n`);
    expect(found.outside).toEqual([]);
    if (reset !== "some") expect(found.refused).toEqual([]);
    // Without resets the inputs that reach a bound are known: the drive is as far as any goes.
    if (reset === "none") expect(found.tightness.at(-1)).toBeLessThan(1.02);
  },
);
