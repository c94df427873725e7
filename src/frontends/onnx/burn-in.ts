import { diagnostic, failure, type Result, success } from "../../diagnostics/diagnostic.js";
import { MAX_FRAME_TICKS } from "../../ir/frame.js";
import type { Imported } from "../front-end.js";
import type { OnnxGraph } from "./decode.js";

/** Key of `metadata_props` by which a checkpoint says how many ticks at a frame's start don't vote. */
const key = "spikec.burn_in";

/** Ticks that a core can leave out of the vote. */
const most = MAX_FRAME_TICKS;

/** The burn-in that an ONNX file gives itself; undefined where it says nothing. */
export function burnInOf({ file, metadata }: OnnxGraph): Result<Imported["burnIn"]> {
  const value = metadata.get(key);
  if (value === undefined) return success(undefined);
  const loc = { file, name: key };
  const ticks = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(ticks <= most)) return failure(diagnostic("onnx-burn-in", loc, { value, most }));
  return success({ ticks, key, from: "checkpoint", loc });
}
