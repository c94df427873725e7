import { createHash } from "node:crypto";
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { join, sep } from "node:path";
import type { Result } from "../diagnostics/diagnostic.js";
import { failure, success } from "../diagnostics/diagnostic.js";
import { unreadable } from "../host/files.js";
import { manifestName } from "../host/ownership.js";

/** How a file of a build is not what was compiled; each reads behind the file's name. */
export const changes = {
  changed: "is not as it was compiled",
  missing: "is missing",
  added: "was added",
  odd: "is no file",
  link: "is a link to a folder or out of the build",
  remade: "is not what checkpoint and settings give",
} as const;

/** A file of a build that is not what was compiled. */
export interface Edit {
  readonly file: string;
  readonly how: keyof typeof changes;
}

/** What stands in a build where spikec writes: the hash of each file that has to be there, and what is wrong. */
export interface Contents {
  /** SHA-256 in hex, by path. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly edits: readonly Edit[];
}

/** Folders of a build in which every file is spikec's. What else a user keeps in a build is the user's. */
export const ownFolders = ["checkpoint", "golden", "rtl", "sim"] as const;

/** No file of a build is larger: it need not be read to be another. */
const LARGEST = 2 ** 31;

/** Holds the files of a build against their hashes, and looks for files that none of them is. */
export function readContents(folder: string, listed: ReadonlyMap<string, string>): Result<Contents> {
  const hashes = new Map<string, string>();
  const edits: Edit[] = [];
  try {
    const base = realpathSync(folder);
    const below = (path: string): void => {
      const found = kindOf(folder, base, path);
      if (found === "folder")
        for (const name of readdirSync(join(folder, path)).sort()) below(`${path}/${name}`);
      else if (found === "link" || found === "odd") edits.push({ file: path, how: found });
      else if (found === "file" && !listed.has(path)) edits.push({ file: path, how: "added" });
    };
    for (const name of ownFolders) {
      below(name);
      const needed = [...listed.keys()].some((path) => path.startsWith(`${name}/`));
      if (needed && kindOf(folder, base, name) === "missing") edits.push({ file: name, how: "missing" });
    }
    for (const [path, expected] of listed) {
      if (isNamed(edits, path)) continue;
      const found = kindOf(folder, base, path);
      if (found !== "file") {
        edits.push({ file: path, how: found === "folder" ? "odd" : found });
        continue;
      }
      const hash = hashOf(join(folder, path));
      if (hash !== undefined) hashes.set(path, hash);
      if (hash !== expected) edits.push({ file: path, how: "changed" });
    }
  } catch (error) {
    const path = error instanceof Error && "path" in error ? String(error.path) : folder;
    return failure(unreadable(path, error));
  }
  return success({ hashes, edits });
}

/** Whether a file is among edits, or lies in a folder that is. */
export const isNamed = (edits: readonly Edit[], path: string): boolean =>
  edits.some(({ file }) => path === file || path.startsWith(`${file}/`));

/** Why the manifest of a folder is none to read: a device or a link elsewhere; undefined where it is a file. */
export function manifestOddity(folder: string): Edit["how"] | undefined {
  const found = kindOf(folder, realpathSync(folder), manifestName);
  return found === "file" ? undefined : found === "folder" ? "odd" : found;
}

/** What stands at a path of a build. A link counts as the file that it leads to, if that is one of the build. */
function kindOf(folder: string, base: string, path: string): "file" | "folder" | "missing" | "odd" | "link" {
  const place = join(folder, path);
  const own = statOf(lstatSync, place);
  if (own === undefined) return "missing";
  const real = own.isSymbolicLink() ? statOf(statSync, place) : own;
  if (real === undefined) return "link";
  // A folder on the way may be a link too.
  const inside = realpathSync(place).startsWith(base + sep);
  if (!inside || (own.isSymbolicLink() && real.isDirectory())) return "link";
  return real.isFile() ? "file" : real.isDirectory() ? "folder" : "odd";
}

function statOf(stat: typeof lstatSync, place: string): Stats | undefined {
  try {
    return stat(place, { throwIfNoEntry: false });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTDIR" || code === "ELOOP" || code === "ENOENT") return undefined;
    throw error;
  }
}

/** SHA-256 of a file, read piece by piece; undefined for one that is too large to be a build's. */
function hashOf(path: string): string | undefined {
  if (statSync(path).size > LARGEST) return undefined;
  const hash = createHash("sha256");
  const file = openSync(path, "r");
  try {
    const piece = Buffer.allocUnsafe(1 << 18);
    for (let n = readSync(file, piece); n > 0; n = readSync(file, piece)) hash.update(piece.subarray(0, n));
  } finally {
    closeSync(file);
  }
  return hash.digest("hex");
}
