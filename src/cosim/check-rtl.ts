import { type Result, success } from "../diagnostics/diagnostic.js";
import type { Design } from "../ir/design.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import { type Comparison, compareTrace } from "./compare.js";
import type { LocatedDifference } from "./difference.js";
import type { Expected } from "./expected.js";
import { locateDifference } from "./locate.js";
import { type BenchRun, runBench } from "./simulators.js";
import { readTrace } from "./trace-file.js";

/** A comparison whose difference, if there is one, is located. */
export type Checked = Comparison & { readonly difference: LocatedDifference | undefined };

/**
 * Runs the bench and compares it with what is expected, hash by hash. Where a tensor differs the bench runs once more,
 * up to there, and writes that one tick in full: that says which element.
 */
export async function checkRtl(
  simulator: RtlSimulatorName,
  design: Design,
  run: BenchRun,
  expected: Expected,
): Promise<Result<Checked>> {
  const ran = await runBench(simulator, run);
  if (!ran.ok) return ran;
  const paced = (run.pauseIn ?? 0) === 0 && (run.pauseOut ?? 0) === 0;
  const comparison = await compareTrace(design, expected, readTrace(run.trace), paced);
  const { difference } = comparison;
  if (difference === undefined || "signal" in difference)
    return success({ ...comparison, difference }, ran.diagnostics);

  const { tick, cycle } = difference;
  const trace = `${run.trace}.full`;
  const { onTick: _, onBuilt: __, ...quiet } = run;
  const again = { ...quiet, trace, full: { from: tick, to: tick + 1 }, maxCycles: cycle + 1 };
  const rerun = await runBench(simulator, again);
  if (!rerun.ok) return rerun;
  const located = await locateDifference(design, expected, tick, readTrace(trace));
  if (located === undefined) throw new Error(`compiler bug: hashes of tick ${tick} differ, its values don't`);
  return success({ ...comparison, difference: located }, ran.diagnostics);
}
