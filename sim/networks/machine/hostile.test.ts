import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Io } from "../../../src/cli/io.js";
import { run } from "../../../src/cli/program.js";
import { hostileCase, hostileGround } from "./hostile.js";

const ground = mkdtempSync(join(tmpdir(), "spikec-hostile-"));
const printed = { out: "", err: "" };
const io: Io = {
  out(text) {
    printed.out += text;
  },
  err(text) {
    printed.err += text;
  },
  terminal: undefined,
  colour: false,
  now: () => 0,
};

const home = process.cwd();
beforeAll(() => hostileGround(ground, (args) => run(args, io)));
afterAll(() => {
  process.chdir(home);
  rmSync(ground, { recursive: true, force: true });
});

/** Heavy ones, of which the campaign of test-long has its share, run in a process of their own. */
const heavy = /^(many layers)$/;

test("hostile command lines and files are diagnostics, never bugs", async () => {
  const ended = { good: 0, refused: 0 };
  for (let i = 0; i < 120; i++) {
    const { name, args } = hostileCase(ground, 1, i);
    if (heavy.test(name)) continue;
    // Paths of a hostile command line are relative to here.
    process.chdir(join(ground, "case"));
    Object.assign(printed, { out: "", err: "" });
    const code = await run(args, io);
    const said = `${i}, ${name}: spikec ${args.join(" ").slice(0, 400)}\n${printed.err.slice(0, 2000)}`;
    expect(printed.err, said).not.toContain("a bug of its own");
    if (code === 2) expect(printed.err, said).toMatch(/error\[|"severity": "error"|^$/);
    ended[code === 0 ? "good" : "refused"]++;
  }
  // Some changes are harmless, most aren't: otherwise this would test nothing.
  expect(ended.good).toBeGreaterThan(0);
  expect(ended.refused).toBeGreaterThan(50);
});
