import { dirname, join } from "node:path";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { readBytes, readText } from "../host/files.js";
import type { SpikingModel } from "../ir/spiking.js";
import { importDcll } from "./dcll/import.js";
import { type NetworkFile, parseNetwork } from "./dcll/network-file.js";
import { importOnnx } from "./onnx/import.js";

/** A front end: a checkpoint's bytes, its path, and the network file, if one was given. */
type FrontEnd = (bytes: Uint8Array, path: string, network: NetworkFile | undefined) => Result<SpikingModel>;

/** The front end of each file ending. */
const frontEnds: ReadonlyMap<string, FrontEnd> = new Map([
  [".onnx", onnx],
  [".pkl", importDcll],
  [".pth", importDcll],
  [".pt", importDcll],
]);

/** File endings of checkpoints that are read. */
export const checkpointEndings: readonly string[] = [...frontEnds.keys()];

/** Reads a checkpoint by its ending. External tensors are looked for beside it. */
export function loadCheckpoint(path: string, network?: NetworkFile): Result<SpikingModel> {
  const bytes = readBytes(path);
  return bytes.ok ? decodeCheckpoint(bytes.value, path, network) : bytes;
}

/** The front end for a checkpoint's ending. */
export function decodeCheckpoint(
  bytes: Uint8Array,
  path: string,
  network?: NetworkFile,
): Result<SpikingModel> {
  const ending = checkpointEndings.find((each) => path.endsWith(each)) ?? "";
  const frontEnd = frontEnds.get(ending);
  if (frontEnd !== undefined) return frontEnd(bytes, path, network);
  const known = checkpointEndings.join(", ");
  return failure(diagnostic("checkpoint-kind", { file: path }, { known }));
}

/** Reads the file that says what checkpoints of parameters lack, if one is given. */
export function readNetwork(path: string | undefined): Result<NetworkFile | undefined> {
  if (path === undefined) return success(undefined);
  const text = readText(path);
  return text.ok ? parseNetwork(text.value, path) : text;
}

function onnx(bytes: Uint8Array, path: string, network: NetworkFile | undefined): Result<SpikingModel> {
  if (network !== undefined)
    return failure(diagnostic("network-not-used", { file: network.file }, { checkpoint: path }));
  const externalData = (relative: string): Uint8Array | undefined => {
    const read = readBytes(join(dirname(path), relative));
    return read.ok ? read.value : undefined;
  };
  return importOnnx(bytes, path, { externalData });
}
