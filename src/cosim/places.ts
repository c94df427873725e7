import { mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isDirectory } from "../host/files.js";
import { reasonOf } from "../host/system-error.js";
import { CACHE_LIMIT_BYTES, CACHE_LIMIT_DAYS, cacheFolder, cacheUse, unusable } from "./bench-cache.js";

/** A folder that spikec writes to. A run works without it, slower: another one takes its place. */
export interface PlaceReport {
  readonly name: "bench cache" | "temporary folder";
  /** What says where it is. */
  readonly variable: "SPIKEC_CACHE" | "TMPDIR";
  readonly path: string;
  readonly state: "ok" | "unusable" | "low on space";
  /** Why it can't be used, or what it holds. */
  readonly detail: string;
  /** Bytes that its disk has left; undefined if there is no such folder. */
  readonly freeBytes: number | undefined;
}

/** Below this a Verilator build of a large network may not finish. */
const lowBytes = 2 ** 30;

/** Looks at the cache of benches and at the temporary folder, as this process would use them. */
export function examinePlaces(): readonly PlaceReport[] {
  return [cachePlace(), temporaryPlace()];
}

function cachePlace(): PlaceReport {
  const path = cacheFolder();
  const about = { name: "bench cache", variable: "SPIKEC_CACHE" } as const;
  if (path === undefined) {
    const detail = "this user has no home folder";
    return { ...about, path: "~/.cache", state: "unusable", detail, freeBytes: undefined };
  }
  const reason = unusable(path);
  const { benches, bytes } = cacheUse(path);
  const limits = `at most ${megabytes(CACHE_LIMIT_BYTES)}, ${CACHE_LIMIT_DAYS} days unused`;
  const detail = reason ?? `${benches} benches, ${megabytes(bytes)} (${limits})`;
  return { ...about, path, detail, ...stateOf(path, reason) };
}

function temporaryPlace(): PlaceReport {
  const path = resolve(tmpdir());
  const reason = trial(path);
  const about = { name: "temporary folder", variable: "TMPDIR" } as const;
  return { ...about, path, detail: reason ?? "", ...stateOf(path, reason) };
}

/** Why no folder can be made in `path`, if so. */
function trial(path: string): string | undefined {
  try {
    rmSync(mkdtempSync(join(path, "spikec-doctor-")), { recursive: true });
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

function stateOf(path: string, reason: string | undefined): Pick<PlaceReport, "state" | "freeBytes"> {
  const freeBytes = freeOf(path);
  const isLow = freeBytes !== undefined && freeBytes < lowBytes;
  return { state: reason !== undefined ? "unusable" : isLow ? "low on space" : "ok", freeBytes };
}

/** Bytes that are left where a folder is, or would be. */
function freeOf(path: string): number | undefined {
  const there = isDirectory(path) ? path : dirname(path);
  try {
    const { bavail, bsize } = statfsSync(there);
    return bavail * bsize;
  } catch {
    return there === dirname(there) ? undefined : freeOf(dirname(there));
  }
}

/** Bytes as a table shows them. */
export const megabytes = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
