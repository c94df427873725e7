import { join } from "node:path";
import { encodeNpy, type NpyArray } from "../data/npy.js";
import type { Result } from "../diagnostics/diagnostic.js";
import { writeDirectory, writeText } from "../host/files.js";
import { withTemporary } from "../host/temporary.js";
import type { LoadedBuild } from "./builds.js";

const PREFIX = "spikec-library";

/** Hands `body` a directory that holds the build: its own, or one that goes when `body` is done. */
export function inFolder<T>(
  build: LoadedBuild,
  body: (folder: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  if (build.folder !== undefined) return body(build.folder);
  return withTemporary(PREFIX, async (work) => {
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
  return withTemporary(PREFIX, async (work) => {
    const path = join(work, "input.npy");
    const written = writeText(path, encodeNpy(array));
    return written.ok ? body(path) : written;
  });
}
