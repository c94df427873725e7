import { dirname, join } from "node:path";
import { diagnostic, failure, type Result } from "../diagnostics/diagnostic.js";
import { readBytes } from "../files.js";
import type { SpikingModel } from "../ir/spiking.js";
import { importOnnx } from "./onnx/import.js";

/** File endings of checkpoints that are read. */
export const checkpointEndings: readonly string[] = [".onnx"];

/** Reads a checkpoint by its ending. External tensors are looked for beside it. */
export function loadCheckpoint(path: string): Result<SpikingModel> {
  const bytes = readBytes(path);
  return bytes.ok ? decodeCheckpoint(bytes.value, path) : bytes;
}

/** The front end for a checkpoint's ending. */
export function decodeCheckpoint(bytes: Uint8Array, path: string): Result<SpikingModel> {
  if (!path.endsWith(".onnx")) {
    const known = checkpointEndings.join(", ");
    return failure(diagnostic("checkpoint-kind", { file: path }, { known }));
  }
  const externalData = (relative: string): Uint8Array | undefined => {
    const read = readBytes(join(dirname(path), relative));
    return read.ok ? read.value : undefined;
  };
  return importOnnx(bytes, path, { externalData });
}
