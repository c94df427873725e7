import { existsSync, lstatSync, mkdirSync, realpathSync, rmdirSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { checkReplaceable, readText, unwritable } from "./files.js";
import { type FolderKind, kindOfFolder } from "./ownership.js";
import { codeOf } from "./system-error.js";
import { siblingOf } from "./whole-file.js";

/** What a command may write over, said before it starts: nothing that it reads, nothing of a build, no file but its own. */

/** A path as it is, links followed; what doesn't exist yet lies where its folder does. */
function realPath(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole)) return realpathSync(whole);
  const folder = dirname(whole);
  return folder === whole
    ? whole
    : `${realPath(folder)}${sep}${whole.slice(folder.length).replace(/^[/\\]/, "")}`;
}

/** Whether a path is `folder`, or lies in it. */
const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);

/** Whether a path that is read is `place`, or lies in it; what isn't there, a pipe or a device is not. */
function isReadFrom(path: string | undefined, place: string): path is string {
  if (path === undefined || !existsSync(path) || isStream(path)) return false;
  return isWithin(realpathSync(path), place);
}

/** Whether a pipe or a device stands at a path: it takes what comes, and nothing stands beside it. */
function isStream(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** Why nothing can be written at `place`: what is written stands beside it first, so that is tried, with a folder. */
function checkWritable(target: string, place: string): Diagnostic | undefined {
  let first = place;
  const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  while (!isThere(dirname(first)) && dirname(first) !== first) first = dirname(first);
  for (const path of [first, dirname(first)])
    if (isThere(path) && !existsSync(path))
      return diagnostic(
        "output-unwritable",
        { file: target },
        { path: target, reason: `${path} is a link to what is not there` },
      );
  const tried = siblingOf(first, "new");
  try {
    mkdirSync(tried);
    rmdirSync(tried);
    return undefined;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") return unwritable(target, error);
    const reason = `nothing new can be made in ${dirname(first)}`;
    return diagnostic("output-unwritable", { file: target }, { path: target, reason });
  }
}

/** Why an output, a file or a folder, may not stand at `target`: it would take the place of what is read, or lie in a build. */
export function checkApart(target: string, reads: readonly (string | undefined)[]): Diagnostic | undefined {
  try {
    if (isStream(target)) return undefined;
    const place = realPath(target);
    const read = reads.find((path) => isReadFrom(path, place));
    if (read !== undefined) return diagnostic("output-is-read", { file: target }, { path: target, read });
    for (let folder = dirname(place); ; folder = dirname(folder)) {
      const kind = kindOfFolder(folder);
      if (kind !== undefined)
        return diagnostic("output-inside", { file: target }, { path: target, kind, folder });
      if (folder === dirname(folder)) break;
    }
    return checkWritable(target, place);
  } catch (error) {
    return unwritable(target, error);
  }
}

/** Why a folder of a kind may not be written to `target`: as for `checkApart`, or because of what stands there. */
export const checkFolder = (
  target: string,
  kind: FolderKind,
  reads: readonly (string | undefined)[],
): Diagnostic | undefined => checkApart(target, reads) ?? checkReplaceable(target, kind);

/** A kind of file that spikec writes, and how one is known. */
export interface OwnFile {
  readonly what: string;
  readonly isOne: (text: string) => boolean;
}

/** Why a file may not be written to `target`: as for `checkApart`, or because another file than such a one stands there. */
export function checkFile(
  target: string,
  { what, isOne }: OwnFile,
  reads: readonly (string | undefined)[],
): Diagnostic | undefined {
  const apart = checkApart(target, reads);
  if (apart !== undefined || !existsSync(target) || isStream(target)) return apart;
  if (statSync(target).isDirectory())
    return diagnostic("output-unwritable", { file: target }, { path: target, reason: "it is a directory" });
  const text = readText(target);
  if (text.ok && (text.value === "" || isOne(text.value))) return undefined;
  return diagnostic("output-not-own-file", { file: target }, { path: target, what });
}
