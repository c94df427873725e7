import { expect, test } from "vitest";
import { tryPools } from "./current-pools.js";

test("sums that are pooled before the neurons are golden's in Verilog, cycle for cycle, on both engines", async () => {
  const { count, failures, seen } = await tryPools(6);
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(6);
  expect(seen).toEqual(expect.arrayContaining(["dense 1 to 1", "event 1 to 1", "event 2 to 1"]));
});
