import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ground, whileFull } from "./full.js";

const folder = mkdtempSync(join(tmpdir(), "spikec-full-"));
const disk = join(folder, "disk");
mkdirSync(disk);

/** A disk of its own, where this process may mount one. */
const mounted = (() => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
afterAll(() => {
  if (mounted) execFileSync("umount", [disk]);
  rmSync(folder, { recursive: true, force: true });
});

const check = (out: string, reason: RegExp, before?: string): void => {
  for (const { file, codes, err, changed } of whileFull(folder, out, before)) {
    expect([file, codes, changed], err).toEqual([file, [2, 2], []]);
    expect(err.match(reason), err).toHaveLength(2);
  }
};

test("what can't be written to its end leaves what was there, and nothing else", () => {
  const out = join(folder, "out");
  ground(folder, out);
  // The system cuts files off at 512 bytes.
  check(out, /error\[output-unwritable\].*than this process may write/g, "ulimit -f 1");
});

test.skipIf(!mounted)("so does a full disk", () => {
  const out = join(disk, "out");
  ground(folder, out);
  // Nothing is left but the page that the folder `new` may take.
  expect(() => writeFileSync(join(disk, "filler"), new Uint8Array(8 * 2 ** 20))).toThrow("ENOSPC");
  check(out, /error\[output-unwritable\].*the disk is full/g);
});
