import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { RtlEngineName } from "../../src/config/schema.js";
import { checkRtl } from "../../src/cosim/check-rtl.js";
import type { Comparison } from "../../src/cosim/compare.js";
import { eventLines } from "../../src/cosim/events.js";
import { expectedRun } from "../../src/cosim/expected.js";
import { isDiagnostic, runProgram } from "../../src/cosim/process.js";
import { verilogFiles } from "../../src/cosim/simulators.js";
import { emitBench, emitVerilog } from "../../src/emit/verilog.js";
import type { Design } from "../../src/ir/design.js";
import { boundRanges } from "../../src/passes/bound-ranges.js";
import { checkDesign } from "../../src/passes/check-design.js";
import { checkShapes } from "../../src/passes/check-shapes.js";
import { lowerToFixed } from "../../src/passes/lower-to-fixed.js";
import { mapStages } from "../../src/passes/map-stages.js";
import type { PassResult } from "../../src/passes/pass.js";
import { type GoldenTick, goldenRun } from "../../src/testing/golden-run.js";
import type { RandomCase } from "./models.js";

/** What came of a random network. */
export interface Outcome {
  readonly design: Design;
  readonly golden: readonly GoldenTick[];
  /** Empty where the hardware did exactly what golden says. */
  readonly difference: string;
  readonly comparison: Comparison;
}

const outputOf = <T>({ output, diagnostics }: PassResult<T>): T => {
  const errors = diagnostics.filter((d) => d.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((d) => `${d.code}: ${d.text}`).join("\n"));
  return output;
};

/** The design of a random network. */
export function designOf({ model, lanes, acts }: Pick<RandomCase, "model" | "lanes" | "acts">): Design {
  outputOf(checkShapes.run(model, undefined));
  const fixed = outputOf(lowerToFixed.run(model, { coefficientBits: 17 }));
  const bounded = outputOf(boundRanges.run(fixed, undefined));
  const goal = { targetCyclesPerTick: undefined, multiplierBudget: 1 };
  const design = outputOf(mapStages.run(bounded, { pe: "auto", simd: "auto", layers: lanes, acts, ...goal }));
  return outputOf(checkDesign.run(design, undefined));
}

/** Writes the Verilog of a design into a folder that goes when `body` is done. */
export async function withEmitted<T>(design: Design, body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "spikec-random-"));
  try {
    for (const [path, text] of [...emitVerilog(design, "generated"), ...emitBench(design, "generated")]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a random network in golden and in a Verilog simulator, and compares all that either says. */
export async function runCase(
  from: RandomCase,
  design: Design,
  engine: RtlEngineName = "icarus",
): Promise<Outcome> {
  const { stimulus, burnIn, pauseIn, pauseOut } = from;
  let golden: readonly GoldenTick[] | undefined;
  const expected = expectedRun(design, stimulus, { burnIn }, undefined, {
    engine: "golden",
    run(spikes, options, observer) {
      const ticks = goldenRun(design.model, spikes, options, observer);
      golden ??= ticks;
    },
  });
  return withEmitted(design, async (folder) => {
    const events = join(folder, "events.hex");
    const trace = join(folder, "trace.txt");
    writeFileSync(events, eventLines(stimulus, from.order));
    const ticks = stimulus.samples * stimulus.ticks;
    const work = design.stages.reduce((sum, stage) => sum + stage.cycles.total, 0);
    const maxCycles = 20_000 + 8 * work * (ticks + design.stages.length);
    const run = { build: folder, events, trace, ticks, frames: stimulus.samples, burnIn, maxCycles };
    const checked = await checkRtl(engine, design, { ...run, pauseIn, pauseOut }, expected);
    if (!checked.ok) throw new Error(checked.diagnostics.map((d) => d.text).join("\n"));
    const { difference, complete, closed } = checked.value;
    const said = !complete
      ? `stuck: ${JSON.stringify(closed)} of ${ticks} ticks`
      : difference === undefined
        ? ""
        : JSON.stringify(difference);
    return { design, golden: golden ?? [], difference: said, comparison: checked.value };
  });
}

/** Warnings and errors of Verilator and Icarus on an emitted design: none, one hopes. */
export function lintOf(design: Design): Promise<string> {
  return withEmitted(design, async (folder) => {
    const files = verilogFiles(folder);
    const core = `${design.name}_core`;
    const tools = [
      ["verilator", "--lint-only", "-Wall", "--language", "1364-2005", "--top-module", core, ...files],
      ["iverilog", "-g2005", "-Wall", "-t", "null", "-s", core, ...files],
    ] as const;
    const said = await Promise.all(
      tools.map(async ([command, ...args]) => {
        const end = await runProgram(command, args, folder);
        if (isDiagnostic(end)) throw new Error(end.text);
        return end.code === 0 ? end.output : `${end.output}exit status ${end.code}`;
      }),
    );
    return said.join("");
  });
}
