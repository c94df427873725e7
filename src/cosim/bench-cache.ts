import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { readBytes, readText } from "../host/files.js";
import { guardPath, isRunning } from "../host/interrupt.js";
import { reasonOf } from "../host/system-error.js";
import { lastingTemporary } from "../host/temporary.js";

/**
 * Executables of benches that were built once. A bench is a folder with `bench` and, written last, `bench.sha256`: the
 * hash of the executable and of what it was built from. One whose hashes don't fit is built again.
 */

/** Bytes of all benches together, above which those unused for longest go. */
export const CACHE_LIMIT_BYTES = 2 ** 30;

/** Days after which a bench that nobody used goes. */
export const CACHE_LIMIT_DAYS = 30;

/** A bench that was used so lately is never pruned for room: it may be about to run. */
const IN_USE_MS = 3_600_000;

const DAY_MS = 86_400_000;

/** What builds a bench in a folder of its own: it must leave `bench` there. */
export type BuildBench = (folder: string) => Promise<Result<undefined>>;

/** Folder of finished benches: below $SPIKEC_CACHE, $XDG_CACHE_HOME/spikec or ~/.cache/spikec; undefined without a home. */
export function cacheFolder(): string | undefined {
  const { SPIKEC_CACHE, XDG_CACHE_HOME } = process.env;
  if (SPIKEC_CACHE) return resolve(SPIKEC_CACHE, "benches");
  if (XDG_CACHE_HOME) return resolve(XDG_CACHE_HOME, "spikec", "benches");
  const home = homeFolder();
  return home === undefined ? undefined : join(home, ".cache", "spikec", "benches");
}

/** The user's folder; undefined where the system knows none. */
function homeFolder(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}

/** Makes a folder if it isn't there; why nothing can be written there, if so. */
export function unusable(folder: string): string | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Takes the place of a cache that can't be used, by its path, until this process ends. */
const substitutes = new Map<string, string>();

/** The cache, or what takes its place, of which the first use of a process warns. */
function usableCache(): Result<string> {
  const wanted = cacheFolder();
  const reason = wanted === undefined ? "this user has no home folder" : unusable(wanted);
  if (wanted !== undefined && reason === undefined) return success(wanted);
  const path = wanted ?? "~/.cache";
  const known = substitutes.get(path);
  if (known !== undefined && existsSync(known)) return success(known);
  const made = lastingTemporary("spikec-benches");
  if (!made.ok) return made;
  substitutes.set(path, made.value);
  const said = diagnostic("cache-unusable", {}, { path, reason: reason ?? "" });
  return success(made.value, [said, ...made.diagnostics]);
}

/** Path of the bench that is built from what `source` is the SHA-256 (hex) of: out of the cache, or built and put there. */
export async function cachedBench(tool: string, source: string, build: BuildBench): Promise<Result<string>> {
  const cache = usableCache();
  if (!cache.ok) return cache;
  const folder = join(cache.value, `${tool}-${source.slice(0, 24)}`);
  const found = benchIn(folder, source);
  if (found !== undefined) return success(found, cache.diagnostics);
  const work = makeWork(cache.value);
  if (!work.ok) return work;
  const release = guardPath(work.value);
  try {
    const built = await build(work.value);
    if (!built.ok) return failure(...cache.diagnostics, ...built.diagnostics);
    const bench = keep(work.value, folder, source);
    if (!bench.ok) return bench;
    prune(cache.value);
    return success(bench.value, [...cache.diagnostics, ...built.diagnostics]);
  } finally {
    rmSync(work.value, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    release();
  }
}

function makeWork(cache: string): Result<string> {
  try {
    return success(mkdtempSync(join(cache, `work-${process.pid}-`)));
  } catch (error) {
    return failure(
      diagnostic("output-unwritable", { file: cache }, { path: cache, reason: reasonOf(error) }),
    );
  }
}

/** The bench of a folder, if it is whole and built from `source`; it counts as used now. */
function benchIn(folder: string, source: string): string | undefined {
  const bench = join(folder, "bench");
  const mark = join(folder, "bench.sha256");
  const said = readText(mark);
  if (!said.ok || said.value !== markOf(bench, source)) return undefined;
  try {
    const now = new Date();
    utimesSync(mark, now, now);
  } catch {
    // A cache that may only be read is of use, too.
  }
  return bench;
}

/** What stands in `bench.sha256`; undefined without an executable. */
function markOf(bench: string, source: string): string | undefined {
  const bytes = readBytes(bench);
  if (!bytes.ok) return undefined;
  return `${createHash("sha256").update(bytes.value).digest("hex")} ${source}\n`;
}

/** Moves what was built in `work` to `folder`, with its hashes, alone and at once. */
function keep(work: string, folder: string, source: string): Result<string> {
  const bench = join(folder, "bench");
  try {
    for (const name of readdirSync(work))
      if (name !== "bench") rmSync(join(work, name), { recursive: true, force: true });
    const mark = markOf(join(work, "bench"), source);
    if (mark === undefined) throw new Error("compiler bug: the bench that was built is gone");
    writeFileSync(join(work, "bench.sha256"), mark);
    // Another process may have finished the same bench meanwhile; a broken one makes room.
    if (benchIn(folder, source) !== undefined) return success(bench);
    if (existsSync(folder)) moveAway(folder);
    renameSync(work, folder);
    return success(bench);
  } catch (error) {
    if (benchIn(folder, source) !== undefined) return success(bench);
    return failure(
      diagnostic("output-unwritable", { file: folder }, { path: folder, reason: reasonOf(error) }),
    );
  }
}

/** Removes a bench at once: nobody sees half of it. */
function moveAway(folder: string): void {
  const aside = mkdtempSync(join(folder, "..", `work-${process.pid}-`));
  renameSync(folder, aside);
  removeQuietly(aside);
}

/** One entry of the cache. */
interface Kept {
  readonly path: string;
  readonly bytes: number;
  readonly usedMs: number;
}

/** What the cache holds: benches, and how many folders of unfinished builds. */
export function cacheUse(cache: string): { readonly benches: number; readonly bytes: number } {
  const kept = benchesOf(cache);
  return { benches: kept.length, bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Removes benches that nobody used for long, then those used least lately until the rest has room; and what builds left that were killed. */
export function prune(
  cache: string,
  nowMs: number = Date.now(),
  limitBytes: number = CACHE_LIMIT_BYTES,
): void {
  for (const name of namesIn(cache)) {
    const owner = /^work-(\d+)-/.exec(name)?.[1];
    const isLeft = owner === undefined ? name.startsWith("work-") : !isRunning(Number(owner));
    if (isLeft) removeQuietly(join(cache, name));
  }
  const kept = [...benchesOf(cache)].sort((a, b) => b.usedMs - a.usedMs);
  let bytes = 0;
  for (const bench of kept) {
    bytes += bench.bytes;
    const age = nowMs - bench.usedMs;
    if (age > CACHE_LIMIT_DAYS * DAY_MS || (bytes > limitBytes && age > IN_USE_MS)) removeQuietly(bench.path);
  }
}

function benchesOf(cache: string): readonly Kept[] {
  return namesIn(cache)
    .filter((name) => /^(icarus|verilator)-[0-9a-f]{24}$/.test(name))
    .flatMap((name) => {
      const path = join(cache, name);
      try {
        const bytes = readdirSync(path, { recursive: true, encoding: "utf8" }).reduce(
          (sum, file) => sum + statSync(join(path, file)).size,
          0,
        );
        const mark = join(path, "bench.sha256");
        return [{ path, bytes, usedMs: statSync(existsSync(mark) ? mark : path).mtimeMs }];
      } catch {
        // Another process prunes, too.
        return [];
      }
    });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Somebody else's; what stays is no harm.
  }
}
