import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { isDiagnostic, type RunOptions, runProgram } from "../../../src/host/process.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-process-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Whether a process ends; one that nobody waits for stays as a zombie, which runs no more. */
const ends = (pidFile: string) =>
  vi.waitFor(() => {
    const stat = `/proc/${Number(readFileSync(pidFile, "utf8"))}/stat`;
    expect(existsSync(stat) ? readFileSync(stat, "utf8") : ") Z").toMatch(/\) [ZX]/);
  });

/** What a shell script ends with: its exit code and output, or the diagnostic. */
async function shell(script: string, options: RunOptions = {}) {
  const end = await runProgram("sh", ["-c", script], folder, options);
  return isDiagnostic(end) ? [end.code, end.text] : [end.code, end.output];
}

test("lines are heard one by one, the end of what is said is kept, and the exit code", async () => {
  const heard: string[] = [];
  const onLine = (line: string) => heard.push(line);
  expect(await shell("printf 'a\\nb'; sleep 0.05; printf 'c\\nd'; exit 3", { onLine })).toEqual([
    3,
    "a\nbc\nd",
  ]);
  expect(heard).toEqual(["a", "bc"]);
  const [, output] = await shell("yes | head -c 100000; kill -SEGV $$");
  expect(String(output)).toHaveLength(20_000);
  expect((await shell("kill -SEGV $$"))[0]).toBe(128 + 11);
});

test("tool-hangs: a tool that is silent is stopped, and all that it started; one that speaks is not", async () => {
  const child = join(folder, "child");
  const hangs = `sleep 1000 & echo $! > ${child}; wait`;
  expect(await shell(hangs, { quietSeconds: 0.3 })).toEqual([
    "tool-hangs",
    "sh said nothing for 0.3 seconds, and was stopped",
  ]);
  await ends(child);
  const speaks = "for i in 1 2 3 4 5 6 7; do sleep 0.5; echo $i; done";
  expect((await shell(speaks, { quietSeconds: 3 }))[0]).toBe(0);
});

test("what a program leaves running when it ends is stopped with it", async () => {
  const child = join(folder, "left");
  expect((await shell(`sleep 1000 & echo $! > ${child}`))[0]).toBe(0);
  await ends(child);
});

test("tool-output: files of a tool are bounded by the system", async () => {
  const limited = await shell("yes > big", { fileLimitBytes: 100_000 });
  expect(limited).toEqual(["tool-output", "sh wrote more than 100000 bytes to a file, and was stopped"]);
  expect(statSync(join(folder, "big")).size).toBeLessThanOrEqual(100_352);
  const missing = await runProgram("no-such-tool", [], folder, { fileLimitBytes: 1000 });
  expect(missing).toMatchObject({ code: "tool-missing", text: "no-such-tool is not installed" });
});

test("tool-unstartable: a program that can't be run, arguments that no program takes, a folder that is gone", async () => {
  const starts = (command: string, args: readonly string[], cwd: string) => runProgram(command, args, cwd);
  const said = { code: "tool-unstartable" };
  expect(await starts(folder, [], folder)).toMatchObject({
    ...said,
    text: expect.stringMatching(/permission denied$/),
  });
  expect(await starts("sh", ["x".repeat(2 ** 22)], folder)).toMatchObject(said);
  expect(await starts("sh", ["-c", ":"], join(folder, "none"))).toMatchObject(said);
  expect(existsSync(join(folder, "none"))).toBe(false);
});
