import { expect, test } from "vitest";
import { buildSome, tryAll } from "./campaign.js";
import { printTally, refusedOf, type Tally } from "./tally.js";
import { withOwnCache } from "./verilog.js";

const seeds = Array.from({ length: 200 }, (_, i) => 1 + i);
let tally: Tally | undefined;

test("200 random networks: golden and wasm say what the oracle says, or a refusal says why not", async () => {
  tally = await tryAll(seeds);
  process.stdout.write(printTally(tally, 1, 200));
  expect(tally).toMatchObject({ tried: 200, differing: [], unexpected: [] });
  expect(refusedOf(tally)).toBeLessThanOrEqual(0.1 * 200);
});

test("12 of them as Verilog, layers dense and on events", async () => {
  const built = await withOwnCache(() =>
    buildSome(seeds, { each: 6, mostCycles: 8_000, simulators: () => ["icarus"] }),
  );
  expect(built).toEqual({ dense: 6, event: 6, differing: [] });
});
