import { randomBytes } from "node:crypto";
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
import { basename, dirname, join, resolve } from "node:path";
import { guardPath, isRunning } from "./interrupt.js";

/** What is written whole is made under a name beside its place, and renamed: a reader sees all of it, or what was there. */

/** A name beside `place`, of this process. */
export const siblingOf = (place: string, what: "new" | "old"): string =>
  join(dirname(place), `.${basename(place)}.${what}-${process.pid}-${randomBytes(6).toString("hex")}`);

/** What a process left beside `place` that was killed: an older version comes back if nothing is there, the rest goes. */
export function sweep(place: string): void {
  const folder = dirname(place);
  const left = readdirSync(folder).filter((name) => name.startsWith(`.${basename(place)}.`));
  for (const name of left) {
    const [, what, owner] = /\.(new|old)-(\d+)-[0-9a-f]{12}$/.exec(name) ?? [];
    if (what === undefined || isRunning(Number(owner))) continue;
    if (what === "old" && !existsSync(place)) renameSync(join(folder, name), place);
    else rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Writes a file: all of it appears under `target`, or what was there stays, with the permissions that it had. A pipe or
 * a device is written to as it is. Returns the absolute path; throws the operating system's errors.
 */
export function writeWhole(target: string, content: string | Uint8Array): string {
  const before = statSync(target, { throwIfNoEntry: false });
  if (before !== undefined && !before.isFile()) {
    // By the name that was given: a pipe behind /dev/stdout has no other.
    writeFileSync(target, content);
    return resolve(target);
  }
  const place = before === undefined ? resolve(target) : realpathSync(target);
  const written = siblingOf(place, "new");
  const release = guardPath(written);
  try {
    mkdirSync(dirname(place), { recursive: true });
    sweep(place);
    writeFileSync(written, content, { mode: before?.mode ?? 0o666 });
    renameSync(written, place);
    return place;
  } finally {
    rmSync(written, { force: true });
    release();
  }
}
