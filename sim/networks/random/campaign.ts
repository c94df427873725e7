import type { Design } from "../../../src/ir/design.js";
import { withOwnCache } from "../../harness/own-cache.js";
import { featuresOf } from "./features.js";
import { type RandomCase, randomCase } from "./models.js";
import { designOf, lintOf, runCase } from "./run.js";

/** What a campaign runs: seeds, and which of them are linted or go through Verilator too. */
export interface CampaignOptions {
  readonly seeds: readonly number[];
  readonly lints: (seed: number) => boolean;
  readonly verilates: (seed: number) => boolean;
  /** How a network is mapped. */
  readonly mapping?: (from: RandomCase) => Design;
}

/** What came of a campaign. */
export interface CampaignResult {
  /** A line for each network that differs, gets stuck, is refused by a tool or does not lint cleanly. */
  readonly failures: readonly string[];
  readonly features: readonly ReadonlySet<string>[];
}

/** Runs random networks through golden and Icarus, two at a time. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const { seeds, lints, verilates, mapping = designOf } = options;
  const failures: string[] = [];
  const features: ReadonlySet<string>[] = [];
  const left = [...seeds];
  const work = async (): Promise<void> => {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      try {
        const from = randomCase(seed);
        const design = mapping(from);
        const lint = lints(seed) ? await lintOf(design) : "";
        if (lint !== "") failures.push(`seed ${seed}: ${lint}`);
        const outcome = await runCase(from, design);
        if (outcome.difference !== "") failures.push(`seed ${seed}: Icarus: ${outcome.difference}`);
        features.push(featuresOf(from, outcome));
        if (!verilates(seed)) continue;
        const { difference } = await runCase(from, design, "verilator");
        if (difference !== "") failures.push(`seed ${seed}: Verilator: ${difference}`);
      } catch (error) {
        failures.push(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
      }
    }
  };
  await withOwnCache(() => Promise.all([work(), work()]));
  return { failures, features };
}
