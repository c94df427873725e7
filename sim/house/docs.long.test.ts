import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { networks, rowOf } from "./results.js";

test.each(networks)("README: row of $name", async (row) => {
  expect(readFileSync("README.md", "utf8")).toContain(await rowOf(row));
});
