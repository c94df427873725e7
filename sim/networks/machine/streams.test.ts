import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "spikec-streams-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a reader of standard error that stops early does not stop the work", () => {
  const build = join(folder, "build");
  const line = `dist/cli/main.js compile examples/radioml-small/post.qonnx.onnx -o ${build} 2>&1 | head -c 1`;
  execFileSync("sh", ["-c", `${process.execPath} ${line}`]);
  expect(existsSync(join(build, "manifest.json"))).toBe(true);
});
