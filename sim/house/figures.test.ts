import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Figure {
  readonly what: string;
  readonly value: number | string;
  readonly goal: string;
  readonly holds: boolean;
  readonly against: readonly string[];
}

/** What `make figures` counts; it ends with 1 where a goal is missed. */
function figures(): readonly Figure[] {
  try {
    return JSON.parse(
      execFileSync(process.execPath, ["sim/house/figures.mjs", "--json"], { encoding: "utf8" }),
    );
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (stdout === undefined || stdout === "") throw error;
    return JSON.parse(stdout);
  }
}

test("the house holds its figures, and docs/map.md has them", () => {
  const map = readFileSync("docs/map.md", "utf8");
  const rows = figures();
  expect(rows.filter(({ holds }) => !holds)).toEqual([]);
  for (const { what, value, goal } of rows) expect(map).toContain(`| ${what} | ${value} | ${goal} |`);
});
