import { diagnostic, failure, type Result } from "../diagnostics/diagnostic.js";
import { dcllFrontEnd } from "./dcll/front-end.js";
import type { Checkpoint, FrontEnd, Imported } from "./front-end.js";
import { onnxFrontEnd } from "./onnx/front-end.js";

/** Every front end there is. */
const frontEnds: readonly FrontEnd[] = [onnxFrontEnd, dcllFrontEnd];

/** File endings of checkpoints that are read. */
export const checkpointEndings: readonly string[] = frontEnds.flatMap(({ endings }) => endings);

/** Reads a checkpoint with the front end of its content, whatever it is called, else of its ending. */
export function importCheckpoint(checkpoint: Checkpoint): Result<Imported> {
  const { file, bytes } = checkpoint;
  const frontEnd =
    frontEnds.find((each) => each.recognises(bytes)) ??
    frontEnds.find(({ endings }) => endings.some((ending) => file.endsWith(ending)));
  if (frontEnd !== undefined) return frontEnd.read(checkpoint);
  const known = checkpointEndings.join(", ");
  return failure(diagnostic("checkpoint-kind", { file }, { known }));
}
