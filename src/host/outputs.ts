import { accessSync, constants, existsSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { readText, unwritable } from "./files.js";
import { kindOfFolder } from "./ownership.js";

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

/** Why nothing can be written at `place`, by the folder that is there, or that it would lie in. */
function checkWritable(target: string, place: string): Diagnostic | undefined {
  let folder = dirname(place);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return unwritable(target, error);
  }
}

/** Why an output, a file or a folder, may not stand at `target`: it would take the place of what is read, or lie in a build. */
export function checkApart(target: string, reads: readonly (string | undefined)[]): Diagnostic | undefined {
  const place = realPath(target);
  const read = reads.find(
    (path) => path !== undefined && existsSync(path) && isWithin(realpathSync(path), place),
  );
  if (read !== undefined) return diagnostic("output-is-read", { file: target }, { path: target, read });
  const locked = checkWritable(target, place);
  if (locked !== undefined) return locked;
  for (let folder = dirname(place); ; folder = dirname(folder)) {
    const kind = kindOfFolder(folder);
    if (kind !== undefined)
      return diagnostic("output-inside", { file: target }, { path: target, kind, folder });
    if (folder === dirname(folder)) return undefined;
  }
}

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
  // A pipe or a device takes what comes.
  if (apart !== undefined || !existsSync(target) || !statSync(target).isFile()) return apart;
  const text = readText(target);
  if (text.ok && (text.value === "" || isOne(text.value))) return undefined;
  return diagnostic("output-not-own-file", { file: target }, { path: target, what });
}
