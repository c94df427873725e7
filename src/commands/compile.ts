import { relative } from "node:path";
import { buildFiles } from "../artifact/files.js";
import { missedGoals } from "../artifact/goals.js";
import { ofAnother } from "../artifact/manifest-file.js";
import type { CompileReport } from "../artifact/report.js";
import { compileSource, type SourceRequest } from "../artifact/source.js";
import { readStimulus } from "../data/stimulus.js";
import { failure, type Result, success, warningOf } from "../diagnostics/diagnostic.js";
import { writeDirectory } from "../host/files.js";
import { checkFolder } from "../host/outputs.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { Design } from "../ir/design.js";
import { printDesign } from "../ir/design-printer.js";
import { printFixed } from "../ir/fixed-printer.js";
import { printSpiking } from "../ir/spiking-printer.js";
import { measureCycles, type SpikeCycles } from "../measure/tick-cycles.js";

export type { CompileReport, StageReport } from "../artifact/report.js";

/** What to compile, how, and where to. */
export interface CompileRequest extends SourceRequest {
  readonly output: string;
  /** Nobody named `output`: it doesn't take the place of another checkpoint's build. */
  readonly unnamed?: boolean;
  /** Spikes to say the cycles of: a .npy file in any form that `simulate` takes, and how much of it. */
  readonly input?: string;
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  /** Build what misses its target or does not fit its device, too. */
  readonly force?: boolean;
  readonly progress?: Progress;
}

/** The intermediate representations that `--emit` prints. */
export type TextStage = "spiking" | "fixed" | "design";

/** Compiles a checkpoint into a build directory; all of it appears at once, or nothing. */
export async function compile(request: CompileRequest): Promise<Result<CompileReport>> {
  // What a build holds of its sources is read before it is replaced.
  const refusal = checkFolder(request.output, "build", [request.input]);
  if (refusal !== undefined) return failure(refusal);
  const { progress = noProgress } = request;
  progress.start("compiling", 0);
  const loaded = compileSource(request);
  progress.end();
  if (!loaded.ok) return loaded;
  const { output, checkpoint, unnamed } = request;
  const other = unnamed === true ? ofAnother(output, checkpoint, loaded.value.files.checkpoint) : undefined;
  if (other !== undefined) return failure(other);
  const { compiled, settings } = loaded.value;
  const measured = cyclesOn(request, compiled.design);
  if (!measured.ok) return failure(...loaded.diagnostics, ...measured.diagnostics);
  const from = unnamed === true ? relative(output, checkpoint) : undefined;
  progress.start("measuring against float64 and emitting", 0);
  const { files, report } = await buildFiles(loaded.value, checkpoint, from);
  progress.end();
  const { force = false, written: place } = request;
  const onSpikes = measured.value === undefined ? {} : { onSpikes: measured.value };
  const held = { design: compiled.design, onSpikes: measured.value };
  const missed = missedGoals(report, held, settings.config, { force, written: place });
  const said = [...loaded.diagnostics, ...measured.diagnostics, ...missed];
  if (missed.some(({ severity }) => severity === "error")) return failure(...said);
  const written = await writeDirectory(output, files);
  const { burnIn } = loaded.value;
  return written.ok ? success({ ...report, ...onSpikes, output, burnIn }, said) : written;
}

/**
 * What ticks take on the spikes of the input, where there is one. What is wrong with one that a file names, and not the
 * command line, is only a warning: it is there for `simulate`, and may come later.
 */
function cyclesOn(request: CompileRequest, design: Design): Result<SpikeCycles | undefined> {
  const { input, layout, samples, ticks, written, progress } = request;
  if (input === undefined) return success(undefined);
  const stimulus = readStimulus(input, design.model.input, { layout, samples, ticks });
  if (stimulus.ok)
    return success(measureCycles(design, input, stimulus.value, progress), stimulus.diagnostics);
  const named = written?.(["simulation", "input"])?.file === undefined;
  return named ? stimulus : success(undefined, stimulus.diagnostics.map(warningOf));
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
