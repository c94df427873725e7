import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commands, interrupt, workshop } from "./interrupts.js";

let folder = "";
beforeAll(async () => {
  folder = await workshop();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COUNT = 50;
const seed = Number(process.env.SPIKEC_SEED ?? 1);

test.each(commands)("50 interrupts leave nothing: $name", async (command) => {
  const { tried, late, faults } = await interrupt(folder, command, COUNT, seed);
  process.stdout.write(
    `${command.name}: seed ${seed}, ${tried} interrupts, ${late} too late, ${faults.length} faults\n`,
  );
  expect(faults).toEqual([]);
  // Most came while the command ran: otherwise this campaign would test nothing.
  expect(late).toBeLessThan(tried / 2);
});
