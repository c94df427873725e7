import { relative } from "node:path";
import { buildFiles } from "../artifact/files.js";
import { ofAnother } from "../artifact/manifest-file.js";
import type { CompileReport } from "../artifact/report.js";
import { compileSource, type SourceRequest } from "../artifact/source.js";
import { failure, type Result, success } from "../diagnostics/diagnostic.js";
import { checkReplaceable, writeDirectory } from "../host/files.js";
import { noProgress, type Progress } from "../host/progress.js";
import { printDesign } from "../ir/design-printer.js";
import { printFixed } from "../ir/fixed-printer.js";
import { printSpiking } from "../ir/spiking-printer.js";

export type { CompileReport, StageReport } from "../artifact/report.js";

/** What to compile, how, and where to. */
export interface CompileRequest extends SourceRequest {
  readonly output: string;
  /** Nobody named `output`: it doesn't take the place of another checkpoint's build. */
  readonly unnamed?: boolean;
  readonly progress?: Progress;
}

/** The intermediate representations that `--emit` prints. */
export type TextStage = "spiking" | "fixed" | "design";

/** Compiles a checkpoint into a build directory; all of it appears at once, or nothing. */
export async function compile(request: CompileRequest): Promise<Result<CompileReport>> {
  const refusal = checkReplaceable(request.output);
  if (refusal !== undefined) return failure(refusal);
  const { progress = noProgress } = request;
  progress.start("compiling", 0);
  const loaded = compileSource(request);
  progress.end();
  if (!loaded.ok) return loaded;
  const { output, checkpoint, unnamed } = request;
  const other = unnamed === true ? ofAnother(output, checkpoint, loaded.value.files.checkpoint) : undefined;
  if (other !== undefined) return failure(other);
  const from = unnamed === true ? relative(output, checkpoint) : undefined;
  progress.start("measuring against float64 and emitting", 0);
  const { files, report } = await buildFiles(loaded.value, checkpoint, from);
  const written = await writeDirectory(output, files);
  progress.end();
  return written.ok ? success({ ...report, output }, loaded.diagnostics) : written;
}

/** The network's text form after one of the stages; writes nothing. */
export function emitText(request: CompileRequest, stage: TextStage): Result<string> {
  const loaded = compileSource(request);
  if (!loaded.ok) return loaded;
  const { spiking, fixed, design } = loaded.value.compiled;
  const texts = {
    spiking: () => printSpiking(spiking),
    fixed: () => printFixed(fixed),
    design: () => printDesign(design),
  };
  return success(texts[stage](), loaded.diagnostics);
}
