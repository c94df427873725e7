import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "spikec-node-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The entry alone, without the program behind it, in a Node that calls itself `version`. */
function entryIn(version: string) {
  execFileSync("node_modules/.bin/tsc", [
    ..."--outDir".split(" "),
    folder,
    ..."--module nodenext --target es2022 --types node --skipLibCheck --noCheck --noResolve --ignoreConfig".split(
      " ",
    ),
    "src/cli/main.ts",
  ]);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const fake = `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
  writeFileSync(join(folder, "fake.cjs"), fake);
  const ended = spawnSync("node", ["--require", "./fake.cjs", "main.js", "--version"], {
    cwd: folder,
    encoding: "utf8",
  });
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

test("Node below 20 is refused by name, before anything of the program is read", () => {
  for (const version of ["18.19.1", "12.22.12"])
    expect(entryIn(version)).toEqual({
      status: 2,
      stdout: "",
      stderr: expect.stringMatching(`^spikec needs Node 20 or newer; this is Node ${version} \\(.+\\)\n$`),
    });
  const new20 = entryIn("20.0.0");
  expect(new20.status).toBe(1);
  expect(new20.stderr).toContain("spikec is not installed whole");
});
