import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

/** Most bytes of a file that are read at once. */
export const fileLimitBytes = 2 ** 31 - 1;

/** Why a file is not read, where the operating system would read it. */
export interface NotRead {
  readonly reason: string;
}

/**
 * Reads `limit` bytes at most of a regular file, or says why not; throws the operating system's errors. Its kind is
 * looked at before it is opened: a pipe would wait for its writer, a device may do anything and has no end.
 */
export function readRegular(path: string, limit: number = fileLimitBytes): Uint8Array | NotRead {
  const other = otherKind(statSync(path));
  if (other !== undefined) return { reason: other };
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    const changed = otherKind(stats);
    if (changed !== undefined) return { reason: changed };
    if (stats.size > limit) return { reason: `it has ${stats.size} bytes, at most ${limit} are read` };
    return readAll(file, stats.size);
  } finally {
    closeSync(file);
  }
}

/** `bytes` bytes of a regular file from an offset on (fewer if it has no more), and how many the file has. */
export function readPart(
  path: string,
  from: number,
  bytes: number,
): { readonly part: Uint8Array<ArrayBuffer>; readonly size: number } | NotRead {
  const other = otherKind(statSync(path));
  if (other !== undefined) return { reason: other };
  if (bytes > fileLimitBytes)
    return { reason: `${bytes} of its bytes are needed, at most ${fileLimitBytes} are read` };
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    const part = readAll(file, Math.max(0, Math.min(size - from, bytes)), from);
    return "reason" in part ? part : { part, size };
  } finally {
    closeSync(file);
  }
}

function readAll(file: number, size: number, from = 0): Uint8Array<ArrayBuffer> | NotRead {
  // A Buffer, as readFileSync gives it; its memory is its own, since it is handed on.
  const bytes = Buffer.allocUnsafeSlow(size);
  let have = 0;
  while (have < size) {
    const more = readSync(file, bytes, have, Math.min(size - have, 2 ** 30), from + have);
    if (more === 0) return { reason: "it became shorter while it was read" };
    have += more;
  }
  return bytes;
}

/** What stands at a path instead of a file with bytes of its own. */
function otherKind(stats: Stats): string | undefined {
  if (stats.isFile()) return undefined;
  if (stats.isDirectory()) return "it is a directory";
  if (stats.isFIFO()) return "it is a pipe, not a file";
  if (stats.isSocket()) return "it is a socket, not a file";
  return "it is a device, not a file";
}
