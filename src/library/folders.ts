import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeNpy, type NpyArray } from "../data/npy.js";
import { failure, type Result } from "../diagnostics/diagnostic.js";
import { unwritable, writeDirectory } from "../host/files.js";
import type { LoadedBuild } from "./builds.js";

/** Runs `body` in a folder that goes when it is done. */
async function withTemporary<T>(body: (folder: string) => Promise<Result<T>>): Promise<Result<T>> {
  let folder: string;
  try {
    folder = mkdtempSync(join(tmpdir(), "spikec-library-"));
  } catch (error) {
    return failure(unwritable(tmpdir(), error));
  }
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Hands `body` a directory that holds the build: its own, or one that goes when `body` is done. */
export function inFolder<T>(
  build: LoadedBuild,
  body: (folder: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (build.folder !== undefined) return body(build.folder);
  return withTemporary(async (work) => {
    const folder = join(work, "build");
    const written = await writeDirectory(folder, build.files);
    return written.ok ? body(folder) : written;
  });
}

/** Hands `body` a .npy file with the array: the one that was named, or one that goes when `body` is done. */
export function inFile<T>(
  array: string | NpyArray,
  body: (path: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (typeof array === "string") return body(array);
  return withTemporary(async (work) => {
    const path = join(work, "input.npy");
    try {
      await writeFile(path, encodeNpy(array));
    } catch (error) {
      return failure(unwritable(path, error));
    }
    return body(path);
  });
}
