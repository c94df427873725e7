import { unzipSync, zipSync } from "fflate";
import { diagnostic, failure, type Loc, type Result, success } from "../diagnostics/diagnostic.js";
import { readBytes } from "../host/files.js";
import { decodeNpy, encodeNpy, type NpyArray } from "./npy.js";

/** More than this, unpacked, is refused before anything is unpacked. */
const unpackedLimitBytes = 2 ** 31;

/** Reads NumPy's .npz: a zip of .npy files, by name without the ending. */
export function readNpz(path: string): Result<ReadonlyMap<string, NpyArray>> {
  const bytes = readBytes(path);
  return bytes.ok ? decodeNpz(bytes.value, { file: path }) : bytes;
}

/** Decodes the bytes of a .npz file; diagnostics of a member name it. */
export function decodeNpz(bytes: Uint8Array, loc: Loc): Result<ReadonlyMap<string, NpyArray>> {
  let members: Readonly<Record<string, Uint8Array>>;
  let unpackedBytes = 0;
  try {
    members = unzipSync(bytes, {
      filter: (file) => {
        unpackedBytes += file.originalSize;
        if (unpackedBytes > unpackedLimitBytes) throw new Error("unpacked it is larger than 2 GiB");
        return file.name.endsWith(".npy");
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(diagnostic("npz-malformed", loc, { reason }));
  }
  const arrays = new Map<string, NpyArray>();
  for (const [name, content] of Object.entries(members)) {
    const array = decodeNpy(content, { ...loc, name });
    if (!array.ok) return array;
    arrays.set(name.slice(0, -".npy".length), array.value);
  }
  return success(arrays);
}

/** Encodes arrays as a .npz file; the same arrays give the same bytes. */
export function encodeNpz(arrays: ReadonlyMap<string, NpyArray>): Uint8Array {
  const members = [...arrays].map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  return zipSync(Object.fromEntries(members), { mtime: new Date(1980, 0, 1) });
}
