import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withOwnCache } from "../harness/own-cache.js";
import { buildSome, tryAll } from "./campaign.js";
import { root } from "./python.js";
import { printTally, refusedOf, type Tally } from "./tally.js";

const networks = Number(process.env.SPIKEC_ORACLE_NETWORKS ?? 10_000);
const builds = Number(process.env.SPIKEC_ORACLE_BUILDS ?? 500);
const first = 1_000;
const seeds = Array.from({ length: networks }, (_, i) => first + i);

/** Where the shards of these very sources stand that were tried before: a campaign goes on where it was stopped. */
function sourcesFolder(): string {
  const hash = createHash("sha256");
  for (const room of ["src", "sim/oracle"]) {
    const files = readdirSync(join(root, room), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((f) => /\.(ts|py|txt)$/.test(f) && !f.endsWith(".test.ts")).sort())
      hash.update(`${file}\n`).update(readFileSync(join(root, room, file)));
  }
  const folder = join(root, "build", "oracle", "shards", hash.digest("hex").slice(0, 16));
  mkdirSync(folder, { recursive: true });
  return folder;
}

test(`${networks} random networks: golden and wasm say what the oracle says, or a refusal says why not`, async () => {
  const folder = sourcesFolder();
  const pathOf = (seed: number): string => join(folder, `${seed}.json`);
  const tally = await tryAll(seeds, {
    get: (seed) =>
      existsSync(pathOf(seed)) ? (JSON.parse(readFileSync(pathOf(seed), "utf8")) as Tally) : undefined,
    set: (seed, done) => writeFileSync(pathOf(seed), JSON.stringify(done)),
  });
  process.stdout.write(printTally(tally, first, first + networks - 1));
  expect(tally).toMatchObject({ tried: networks, differing: [], unexpected: [], unbounded: 0 });
  expect(refusedOf(tally)).toBeLessThanOrEqual(0.08 * networks);
  expect(tally.powerExact).toBeGreaterThanOrEqual(0.95 * tally.power);
});

test(`${builds} of them as Verilog, layers dense and on events, some in Verilator too`, async () => {
  const each = Math.floor(builds / 2);
  const built = await withOwnCache(() =>
    buildSome(seeds, {
      each,
      mostCycles: 60_000,
      simulators: (n) => (n % 25 === 0 ? ["icarus", "verilator"] : ["icarus"]),
    }),
  );
  process.stdout.write(`oracle: ${built.dense} dense and ${built.event} on events as Verilog\n`);
  expect(built).toEqual({ dense: each, event: each, differing: [] });
});
