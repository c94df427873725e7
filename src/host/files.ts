import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, normalize, resolve } from "node:path";
import {
  type Diagnostic,
  diagnostic,
  failure,
  invariant,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";
import { foreignFiles, manifestName } from "./ownership.js";

/** Reads a whole file; a missing one, a directory or one without permission is a diagnostic. */
export function readBytes(path: string): Result<Uint8Array> {
  try {
    return success(readFileSync(path));
  } catch (error) {
    return failure(unreadable(path, error));
  }
}

/** Reads a whole UTF-8 text file. */
export function readText(path: string): Result<string> {
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  try {
    return success(new TextDecoder("utf-8", { fatal: true }).decode(bytes.value));
  } catch {
    return failure(diagnostic("file-unreadable", { file: path }, { path, reason: "it is not UTF-8 text" }));
  }
}

/** Writes a text file: all of it appears under `target`, or what was there stays. Returns the absolute path. */
export async function writeText(target: string, text: string): Promise<Result<string>> {
  const place = existsSync(target) ? realpathSync(target) : resolve(target);
  const written = join(dirname(place), `.${basename(place)}.new-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(dirname(place), { recursive: true });
    await writeFile(written, text);
    await rename(written, place);
    return success(place);
  } catch (error) {
    return failure(unwritable(target, error));
  } finally {
    await rm(written, { force: true });
  }
}

/**
 * Writes a directory as one: `files` maps paths relative to `target` to their contents and holds `manifest.json`.
 * Either all of it appears under `target`, or nothing changes. An existing directory is replaced only if all that it
 * holds is as spikec wrote it. Returns the absolute path.
 */
export async function writeDirectory(
  target: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<Result<string>> {
  invariant(files.has(manifestName), `a directory to write needs ${manifestName}`);
  return replaceDirectory(target, async (folder) => {
    for (const [name, content] of files) {
      const inside = normalize(name);
      invariant(!isAbsolute(inside) && !inside.startsWith(".."), `'${name}' leaves the output directory`);
      const path = join(folder, inside);
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, content);
      } catch (error) {
        return failure(unwritable(join(target, inside), error));
      }
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
  fill: (folder: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  const refusal = checkReplaceable(target);
  if (refusal !== undefined) return failure(refusal);
  const place = existsSync(target) ? realpathSync(target) : resolve(target);
  const sibling = (what: string) =>
    join(dirname(place), `.${basename(place)}.${what}-${randomBytes(6).toString("hex")}`);
  const folder = sibling("new");
  const old = sibling("old");
  try {
    await mkdir(dirname(place), { recursive: true });
    await mkdir(folder);
  } catch (error) {
    return failure(unwritable(target, error));
  }
  try {
    const filled = await fill(folder);
    if (!filled.ok) return filled;
    // Filling may have taken long: what came meanwhile stays, too.
    const late = checkReplaceable(target);
    if (late !== undefined) return failure(late);
    try {
      await swap(folder, place, old);
    } catch (error) {
      return failure(unwritable(target, error));
    }
    return filled;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

/** Why `target` may not be written over: a file, or a directory that holds what spikec did not write. */
export function checkReplaceable(target: string): Diagnostic | undefined {
  try {
    if (readdirSync(target).length === 0) return undefined;
    const { added, changed } = foreignFiles(target);
    const named = [...changed.map((path) => `${path} (edited)`), ...added];
    if (named.length === 0 && existsSync(join(target, manifestName))) return undefined;
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
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function swap(folder: string, place: string, old: string): Promise<void> {
  if (!existsSync(place)) return rename(folder, place);
  await rename(place, old);
  try {
    await rename(folder, place);
  } catch (error) {
    await rename(old, place);
    throw error;
  }
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

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "a part of the path is a file",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
  ENOENT: "no such directory",
  ERR_FS_FILE_TOO_LARGE: "it is larger than 2 GiB",
};

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) throw error;
  return reasons[code] ?? code;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
