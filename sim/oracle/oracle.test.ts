import { expect, test } from "vitest";
import { withOwnCache } from "../harness/own-cache.js";
import { buildSome, tryAll } from "./campaign.js";
import { printTally, refusedOf } from "./tally.js";

const seeds = Array.from({ length: 200 }, (_, i) => 1 + i);

test("200 random networks: golden and wasm say what the oracle says, or a refusal says why not", async () => {
  const tally = await tryAll(seeds);
  process.stdout.write(printTally(tally, 1, 200));
  expect(tally).toMatchObject({ tried: 200, differing: [], unexpected: [], unbounded: 0 });
  expect(refusedOf(tally)).toBeLessThanOrEqual(0.08 * 200);
  expect(tally.powerExact).toBeGreaterThanOrEqual(0.95 * tally.power);
});

test("12 of them as Verilog, layers dense and on events", async () => {
  const built = await withOwnCache(() =>
    buildSome(seeds, { each: 6, mostCycles: 8_000, simulators: () => ["icarus"] }),
  );
  expect(built).toEqual({ dense: 6, event: 6, differing: [] });
});
