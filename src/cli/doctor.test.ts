import { expect, test } from "vitest";
import { json, spikec } from "./testing/spikec.js";

test("doctor prints tools and exits with 1 if one is missing", async () => {
  const ended = await spikec(["doctor"]);
  expect(ended.code).toBe(1);
  expect(ended.out).toContain("yosys  missing  -        0.23      lints     apt\n");
  expect(ended.out).toContain(
    "bench cache  SPIKEC_CACHE  unusable  3.0 GiB  /cache/benches  permission denied\n",
  );
  expect(json((await spikec(["doctor", "--json"])).out)).toMatchObject({ ok: false, report: { ok: false } });
});
