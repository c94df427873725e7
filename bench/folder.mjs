import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `body` with a folder that goes when it is done. */
export async function inFolder(body) {
  const folder = mkdtempSync(join(tmpdir(), "spikec-bench-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
