import {
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import {
  type Diagnostic,
  diagnostic,
  failure,
  invariant,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";
import { guardPath } from "./interrupt.js";
import { type FolderKind, foreignFiles, kindOfFolder, kindOfManifest, manifestName } from "./ownership.js";
import { readPart, readRegular } from "./regular-file.js";
import { codeOf, reasonOf } from "./system-error.js";
import { siblingOf, sweep, writeWhole } from "./whole-file.js";

/** Most bytes of a text that is read: none that a person or spikec writes comes near. */
const textLimitBytes = 2 ** 24;

/** Reads a whole file of `limit` bytes at most; a missing one, one without permission and what is no file is a diagnostic. */
export function readBytes(path: string, limit?: number): Result<Uint8Array> {
  try {
    const read = readRegular(path, limit);
    return read instanceof Uint8Array
      ? success(read)
      : failure(diagnostic("file-unreadable", { file: path }, { path, reason: read.reason }));
  } catch (error) {
    return failure(unreadable(path, error));
  }
}

/** Reads bytes of a file from an offset on (fewer if it has no more), in memory of their own, and how many it has. */
export function readBytesAt(
  path: string,
  from: number,
  bytes: number,
): Result<{ readonly part: Uint8Array<ArrayBuffer>; readonly size: number }> {
  try {
    const read = readPart(path, from, bytes);
    return "reason" in read
      ? failure(diagnostic("file-unreadable", { file: path }, { path, reason: read.reason }))
      : success(read);
  } catch (error) {
    return failure(unreadable(path, error));
  }
}

/** Reads a whole UTF-8 text file. */
export function readText(path: string): Result<string> {
  const bytes = readBytes(path, textLimitBytes);
  if (!bytes.ok) return bytes;
  try {
    return success(new TextDecoder("utf-8", { fatal: true }).decode(bytes.value));
  } catch {
    return failure(diagnostic("file-unreadable", { file: path }, { path, reason: "it is not UTF-8 text" }));
  }
}

/** Writes a file whole, as `writeWhole` does. Returns the absolute path. */
export function writeText(target: string, text: string | Uint8Array): Result<string> {
  try {
    return success(writeWhole(target, text));
  } catch (error) {
    return failure(unwritable(target, error));
  }
}

/**
 * Writes a directory as one: `files` maps paths relative to `target` to their contents and holds `manifest.json`.
 * Either all of it appears under `target`, or nothing changes. An existing directory is replaced only if all that it
 * holds is as spikec wrote it, and it is what is written now: a build or a recording. Returns the absolute path.
 */
export async function writeDirectory(
  target: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<Result<string>> {
  const kind = kindOfManifest(files.get(manifestName) ?? "");
  invariant(kind !== undefined, `a directory to write needs ${manifestName}`);
  return replaceDirectory(target, kind, async (folder) => {
    for (const [name, content] of files) {
      const inside = normalize(name);
      invariant(!isAbsolute(inside) && !inside.startsWith(".."), `'${name}' leaves the output directory`);
      const path = join(folder, inside);
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
      } catch (error) {
        return failure(unwritable(join(target, inside), error));
      }
      // Lets signals through; nothing is under way while one is handled.
      await new Promise(setImmediate);
    }
    return success(resolve(target));
  });
}

/**
 * Runs `fill` on a new folder beside `target` and, if it succeeds, renames that folder to `target`; if it fails or
 * throws, the folder goes and `target` stays as it was.
 */
export async function replaceDirectory<T>(
  target: string,
  kind: FolderKind,
  fill: (folder: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const refusal = checkReplaceable(target, kind);
  if (refusal !== undefined) return failure(refusal);
  const place = existsSync(target) ? realpathSync(target) : resolve(target);
  const folder = siblingOf(place, "new");
  const release = guardPath(folder);
  try {
    try {
      mkdirSync(dirname(place), { recursive: true });
      sweep(place);
      mkdirSync(folder);
    } catch (error) {
      return failure(unwritable(target, error));
    }
    const filled = await fill(folder);
    if (!filled.ok) return filled;
    // Filling may have taken long: what came meanwhile stays, too.
    const late = checkReplaceable(target, kind);
    if (late !== undefined) return failure(late);
    try {
      swap(folder, place);
    } catch (error) {
      return failure(unwritable(target, error));
    }
    return filled;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    release();
  }
}

/** Why `target` may not be written over: a file, a directory that holds what spikec did not write, or one of another kind. */
export function checkReplaceable(target: string, kind: FolderKind): Diagnostic | undefined {
  try {
    if (readdirSync(target).length === 0) return undefined;
    const { added, changed } = foreignFiles(target);
    const named = [...changed.map((path) => `${path} (edited)`), ...added];
    const found = kindOfFolder(target);
    if (named.length === 0 && found === kind) return undefined;
    if (named.length === 0 && found !== undefined)
      return diagnostic("output-of-another-kind", { file: target }, { path: target, found, kind });
    const more = named.length > NAMED ? ` and ${named.length - NAMED} more` : "";
    const files = `${named.slice(0, NAMED).join(", ") || "folders"}${more}`;
    return diagnostic("output-not-ours", { file: target }, { path: target, files });
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : unwritable(target, error);
  }
}

/** Files that a diagnostic names. */
const NAMED = 6;

/** Whether `path` is an existing directory. */
export function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Renames at once, which no signal comes between: one that is handled waits, and `folder` is guarded. */
function swap(folder: string, place: string): void {
  if (!existsSync(place)) {
    renameSync(folder, place);
    return;
  }
  const old = siblingOf(place, "old");
  renameSync(place, old);
  try {
    renameSync(folder, place);
  } catch (error) {
    renameSync(old, place);
    throw error;
  }
  const release = guardPath(old);
  rmSync(old, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  release();
}

/** The diagnostic for a file that could not be written; anything but a file system's error goes on as a bug. */
export function unwritable(path: string, error: unknown): Diagnostic {
  return diagnostic("output-unwritable", { file: path }, { path, reason: reasonOf(error) });
}

/** The diagnostic for a file that could not be read; anything but a file system's error goes on as a bug. */
export function unreadable(path: string, error: unknown): Diagnostic {
  const reason = reasonOf(error);
  if (codeOf(error) === "ENOENT") return diagnostic("file-not-found", { file: path }, { path });
  return diagnostic("file-unreadable", { file: path }, { path, reason });
}
