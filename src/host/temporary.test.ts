import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { diagnostic, failure, success } from "../diagnostics/diagnostic.js";
import { withEnvironment } from "../testing/environment.js";
import { makeTemporary, withTemporary } from "./temporary.js";

const root = mkdtempSync(join(tmpdir(), "spikec-temporary-"));
afterAll(() => rmSync(root, { recursive: true }));

test("a temporary folder is there for a while", async () => {
  const listeners = process.listenerCount("SIGTERM");
  const made = await withTemporary("spikec-test", async (folder) => {
    writeFileSync(join(folder, "file"), "");
    expect(process.listenerCount("SIGTERM")).toBeGreaterThan(0);
    return success(folder);
  });
  expect(made.ok && [made.value.includes("spikec-test-"), existsSync(made.value)]).toEqual([true, false]);
  expect(process.listenerCount("SIGTERM")).toBe(listeners);
});

test("temporary-unusable: another place is taken, and named beside what else is said", async () => {
  const deep = join(root, "x".repeat(300));
  for (const [TMPDIR, reason] of [
    [join(root, "none"), "no such directory"],
    [deep, "the name is too long"],
  ] as const) {
    const missing = diagnostic("tool-missing", {}, { tool: "vvp" });
    const made = await withEnvironment({ TMPDIR }, () =>
      withTemporary("spikec-test", async () => failure<string>(missing)),
    );
    expect(made.diagnostics.map(({ code, text }) => [code, text])).toEqual([
      ["temporary-unusable", `no temporary folder can be made in ${TMPDIR}: ${reason}`],
      ["tool-missing", "vvp is not installed"],
    ]);
    expect(made.diagnostics[0]?.notes[0]?.text).toMatch(/^\/tmp\/spikec-test-.* is used instead$/);
  }
});

test("temporary-none: no place works", () => {
  const made = makeTemporary("spikec-test", [join(root, "a"), join(root, "b")]);
  expect(made.diagnostics.map(({ code, text }) => [code, text])).toEqual([
    ["temporary-none", `no temporary folder can be made in any of ${root}/a, ${root}/b: no such directory`],
  ]);
});
