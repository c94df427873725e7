import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `body` with a bench cache of its own: finished benches of random networks are of no use to anyone later. */
export async function withOwnCache<T>(body: () => Promise<T>): Promise<T> {
  const cache = mkdtempSync(join(tmpdir(), "spikec-benches-"));
  const kept = process.env.SPIKEC_CACHE;
  process.env.SPIKEC_CACHE = cache;
  try {
    return await body();
  } finally {
    if (kept === undefined) delete process.env.SPIKEC_CACHE;
    else process.env.SPIKEC_CACHE = kept;
    rmSync(cache, { recursive: true, force: true });
  }
}
