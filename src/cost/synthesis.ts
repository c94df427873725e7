import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { unwritable } from "../host/files.js";
import { isDiagnostic, QUIET_SECONDS, runProgram } from "../host/process.js";
import { withTemporary } from "../host/temporary.js";
import { type Cost, cost } from "./cost.js";

/** Folder with Verilog and memory contents, `files` by their names without folders, gone when `body` is done. */
export function withVerilog<T>(
  files: ReadonlyMap<string, string>,
  body: (folder: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  return withTemporary("spikec-synthesis", async (folder) => {
    try {
      for (const [path, text] of files) writeFileSync(join(folder, basename(path)), text);
    } catch (error) {
      return failure(unwritable(folder, error));
    }
    return body(folder);
  });
}

/**
 * Cells of one module, flattened, after `synth_xilinx -family xcup`. A latch, a loop of logic or a net with two drivers is
 * a failure. Leaving out cells_xtra.v gives the same counts in less time.
 */
export async function synthesise(
  folder: string,
  module: string,
  quietSeconds: number = QUIET_SECONDS,
): Promise<Result<Cost>> {
  const stat = join(folder, `${module}.stat`);
  const script = [
    "read_verilog -lib +/xilinx/cells_sim.v",
    "read_verilog *.v",
    `hierarchy -check -top ${module}`,
    "proc",
    "flatten",
    "opt_clean",
    "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr t:$sr",
    "check -assert",
    "synth_xilinx -family xcup -flatten -noiopad -run prepare:check",
    `tee -q -o ${stat} stat`,
  ];
  const end = await runProgram("yosys", ["-Q", "-T", "-q", "-p", script.join("; ")], folder, {
    quietSeconds,
    // What it hands to ABC goes with the folder.
    env: { TMPDIR: folder },
  });
  if (isDiagnostic(end)) return failure(end);
  if (end.code !== 0)
    return failure(diagnostic("synthesis-failed", {}, { module, output: end.output.slice(-2000) }));
  return success(cellCost(readFileSync(stat, "utf8")));
}

/**
 * Seconds of a core that Yosys takes for any stage, and for its first 1,000 LUTs; more take more than their share. Set by
 * one stage (8,562 LUTs, those of memory among them: 58 s of a busy machine's core): the size of the wait, not its length.
 */
const STAGE_SECONDS = 3;
const SECONDS_OF_1000 = 4.2;
const GROWTH = 1.2;

/** About how many seconds `synthesise` takes for stages of these costs, one after the other. */
export const synthesisSeconds = (stages: readonly Cost[]): number =>
  stages.reduce(
    (sum, { lut, lutram }) => sum + STAGE_SECONDS + SECONDS_OF_1000 * ((lut + lutram) / 1000) ** GROWTH,
    0,
  );

/** LUTs that a primitive of LUT RAM occupies. */
const lutramOf: Readonly<Record<string, number>> = {
  RAM32X1S: 1,
  RAM64X1S: 1,
  RAM128X1S: 2,
  RAM256X1S: 4,
  RAM512X1S: 8,
  RAM32X1D: 2,
  RAM64X1D: 2,
  RAM128X1D: 4,
  RAM256X1D: 8,
  RAM32M: 4,
  RAM64M: 4,
  RAM32M16: 8,
  RAM64M8: 8,
  SRL16E: 1,
  SRLC32E: 1,
};

/** What the cells that Yosys's `stat` lists take; `$` ones, and cells that are no resource, count nothing. */
export function cellCost(stat: string): Cost {
  const total = { lut: 0, ff: 0, lutram: 0, ramb18: 0, ramb36: 0, uram: 0, dsp: 0 };
  for (const [, cell = "", count] of stat.matchAll(/^ +([A-Z][A-Z0-9_]*) +(\d+)$/gm)) {
    const n = Number(count);
    if (/^LUT[1-6]$/.test(cell)) total.lut += n;
    else if (/^FD[RSCP]E$/.test(cell)) total.ff += n;
    else if (/^RAMB36/.test(cell)) total.ramb36 += n;
    else if (/^RAMB18/.test(cell)) total.ramb18 += n;
    else if (/^URAM288/.test(cell)) total.uram += n;
    else if (/^DSP48/.test(cell)) total.dsp += n;
    else total.lutram += n * (lutramOf[cell] ?? 0);
  }
  return cost(total);
}
