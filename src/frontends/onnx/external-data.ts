import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { readBytes } from "../../host/files.js";
import { codeOf, reasonOf } from "../../host/system-error.js";
import type { ExternalData } from "./tensor.js";

/**
 * Reads files beside a model: regular ones alone, of `limitBytes` at most, and none through a link, which may lead
 * anywhere (ONNX's own library refuses links, too). The last one is kept, as most models have all their tensors in one.
 */
export function externalDataIn(folder: string, limitBytes: number): ExternalData {
  let last: { readonly path: string; readonly bytes: Uint8Array } | undefined;
  return (relative) => {
    if (last?.path === relative) return last.bytes;
    const path = join(folder, relative);
    try {
      if (realpathSync(path) !== join(realpathSync(folder), relative).replace(trailing, ""))
        return { reason: `'${relative}' is a link, or behind one` };
    } catch (error) {
      const reason = codeOf(error) === "ENOENT" ? undefined : `'${relative}': ${reasonOf(error)}`;
      return reason === undefined ? undefined : { reason };
    }
    const read = readBytes(path, limitBytes);
    if (!read.ok) return { reason: `'${relative}': ${read.diagnostics[0]?.args?.reason ?? "it is gone"}` };
    last = { path: relative, bytes: read.value };
    return read.value;
  };
}

const trailing = new RegExp(`\\${sep}+$`);
