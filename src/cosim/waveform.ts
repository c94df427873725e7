import { basename, dirname, join, resolve } from "node:path";
import { failure, type Result, success } from "../diagnostics/diagnostic.js";
import { designNames } from "../emit/names.js";
import { readBytesAt, unwritable } from "../host/files.js";
import { signFiles, waveformFolder } from "../host/ownership.js";
import { writeWhole } from "../host/whole-file.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import type { LocatedDifference } from "./difference.js";
import type { Emitted } from "./run-rtl.js";
import { saveFile, signalsOf } from "./save-file.js";
import { type BenchRun, runBench } from "./simulators.js";

/** Cycles of waveform before and after a difference. */
const WAVEFORM_BEFORE = 200;
const WAVEFORM_AFTER = 50;

/** Files of a recorded difference: a waveform, and how GTKWave is to show it. */
export interface Recorded {
  readonly waveform: string;
  readonly view: string;
}

/** Most bytes of a waveform's start that are searched for the declarations of its signals. */
const HEAD_BYTES = 2 ** 27;

/**
 * Runs once more, and keeps the signals of the cycles around a difference, with a save file for GTKWave beside them: the
 * differing signal first, a marker where it differs.
 */
export async function recordWaveform(
  simulator: RtlSimulatorName,
  { folder, design }: Emitted,
  run: BenchRun,
  difference: LocatedDifference,
  remark: string,
): Promise<Result<Recorded>> {
  const { cycle } = difference;
  const file = join(folder, waveformFolder, `${simulator}.vcd`);
  const view = file.replace(/\.vcd$/, ".gtkw");
  const waveform = {
    file: resolve(file),
    from: Math.max(0, cycle - WAVEFORM_BEFORE),
    to: cycle + WAVEFORM_AFTER,
  };
  const ran = await runBench(simulator, { ...run, waveform });
  if (!ran.ok) return ran;
  const recorded = readBytesAt(file, 0, HEAD_BYTES);
  if (!recorded.ok) return recorded;
  const text = new TextDecoder("latin1").decode(recorded.value.part);
  const head = text.slice(0, text.indexOf("$enddefinitions"));
  const signals = signalsOf(design, designNames(design), difference);
  const shown = { simulator, waveform: resolve(file), saved: resolve(view), signals, remark, cycle };
  try {
    writeWhole(view, saveFile(head, shown));
    signFiles(dirname(file), [basename(file), basename(view)]);
  } catch (error) {
    return failure(unwritable(view, error));
  }
  return success({ waveform: file, view });
}
