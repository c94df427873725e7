import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands, interrupt, workshop } from "./interrupts.js";

let folder = "";
beforeAll(async () => {
  folder = await workshop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The commands that start tools or write much. */
const some = commands.filter(({ name }) => /^(compile|estimate|simulate in Verilator|verify)$/.test(name));

test.each(some)("interrupts leave nothing: $name", async (command) => {
  const { tried, late, faults } = await interrupt(folder, command, 2, 1, 3000);
  expect(faults).toEqual([]);
  expect(late).toBeLessThanOrEqual(tried);
});
