import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "spikec-full-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a file that can't be written to its end leaves what was there, and nothing else", () => {
  const target = join(folder, "report.csv");
  writeFileSync(target, "before");
  // The system cuts files off at 512 bytes; Node sees an error after these.
  const program = `
    import { writeText } from ${JSON.stringify(resolve("dist/host/files.js"))};
    const { ok, diagnostics } = writeText(${JSON.stringify(target)}, "x".repeat(5000));
    console.log(ok, diagnostics[0]?.text.split(": ")[1]);`;
  const args = ["-c", 'ulimit -f 1; exec "$0" "$@"', process.execPath, "--input-type=module", "-e", program];
  expect(execFileSync("/bin/sh", args, { encoding: "utf8" })).toBe(
    "false it would be larger than this process may write\n",
  );
  expect(readdirSync(folder)).toEqual(["report.csv"]);
  expect(readFileSync(target, "utf8")).toBe("before");
});
