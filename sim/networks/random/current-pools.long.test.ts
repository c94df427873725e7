import { expect, test } from "vitest";
import { tryPools } from "./current-pools.js";

test("sums that are pooled: every window on every mapping", async () => {
  const { count, failures, seen } = await tryPools(1);
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(40);
  expect(seen).toEqual([
    "dense 1 to 1",
    "event 1 to 1",
    "event 2 to 1",
    "event 2 to 2",
    "event 3 to 1",
    "event 3 to 3",
  ]);
});
