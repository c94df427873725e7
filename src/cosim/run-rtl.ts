import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Build } from "../build.js";
import type { RtlEngineName } from "../config/schema.js";
import type { Stimulus } from "../data/stimulus.js";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { denseStages } from "../ir/design.js";
import type { Observer } from "../simulators/trace.js";
import { assembleTrace, type ReadoutTick, type StageTick } from "./assemble.js";
import { eventLines } from "./events.js";
import { type BenchRun, runBench } from "./simulators.js";
import { readTrace } from "./trace-file.js";

/** Files of one run of the bench, in a folder that goes when `body` is done. */
export async function withBenchRun<T>(
  build: Build,
  stimulus: Stimulus,
  body: (run: BenchRun) => Promise<T>,
): Promise<T> {
  const work = mkdtempSync(join(tmpdir(), "spikec-run-"));
  try {
    const events = join(work, "events.hex");
    writeFileSync(events, eventLines(stimulus));
    return await body({
      build: resolve(build.path),
      events,
      trace: join(work, "trace.txt"),
      ticks: stimulus.samples * stimulus.ticks,
      frames: stimulus.samples,
      burnIn: build.config.readout.burnIn,
      maxCycles: cycleLimit(build, stimulus),
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Cycles after which a run counts as stuck: four times what its stages and clearing passes need one after the other. */
function cycleLimit(build: Build, stimulus: Stimulus): number {
  const { stages } = build.compiled.design;
  const perTick = stages.reduce((sum, stage) => sum + stage.cycles.total, 0);
  const clearing = stages.reduce((sum, s) => sum + Math.max(0, ...s.memories.map((m) => m.depth)), 0);
  const ticks = stimulus.samples * stimulus.ticks + stages.length;
  return Math.min(2 ** 31 - 1, 4 * (perTick * ticks + clearing) + 100_000);
}

/** The diagnostic of a run that did not come to its end: which stage is behind. */
export function stuck(build: Build, engine: RtlEngineName, run: BenchRun, closed: readonly number[]) {
  const slow = closed.indexOf(Math.min(...closed));
  const stage = build.compiled.design.stages[slow]?.name ?? "";
  const holes = { engine, cycles: run.maxCycles, stage, have: closed[slow] ?? 0, need: run.ticks };
  return diagnostic("simulation-stuck", { file: build.path }, holes);
}

/** Runs the emitted Verilog and tells `observer` what it computed, as any simulator does. */
export function runRtl(
  engine: RtlEngineName,
  build: Build,
  stimulus: Stimulus,
  observer: Observer,
): Promise<Result<undefined>> {
  return withBenchRun(build, stimulus, async (run) => {
    const ran = await runBench(engine, run);
    if (!ran.ok) return ran;
    const { design } = build.compiled;
    const dense = denseStages(design);
    const readouts = design.stages.length - dense.length;
    const closed = dense.map(() => 0);
    const stages = new Map<string, StageTick>();
    const answers = new Map<string, ReadoutTick>();
    const classes = new Map<string, number>();
    const votes = new Map<string, number>();
    for await (const item of assembleTrace(design, readTrace(run.trace))) {
      if (item.kind === "stage-tick") {
        closed[item.layer] = item.tick + 1;
        stages.set(`${item.layer}/${item.tick}`, item);
      } else if (item.kind === "readout-tick") answers.set(`${item.readout}/${item.tick}`, item);
      else if (item.kind === "frame-class") {
        classes.set(`${item.readout}/${item.sample}`, item.best);
        votes.set(`${item.readout}/${item.sample}`, item.votes);
      } else if (!item.complete) return failure(stuck(build, engine, run, closed));
    }
    for (let tick = 0; tick < run.ticks; tick++) {
      const at = dense.map((_, l) => stages.get(`${l}/${tick}`) as StageTick);
      const rows = Array.from({ length: readouts }, (_, r) => answers.get(`${r}/${tick}`) as ReadoutTick);
      const sample = Math.floor(tick / stimulus.ticks);
      observer.tick?.({
        sample,
        tick: tick % stimulus.ticks,
        spikes: at.map((s) => Uint8Array.from(s.spikes.values)),
        states: at.flatMap((s) => s.states.map((state) => state.values)),
        logits: rows.map((row) => row.logits.map((v) => v ?? Number.NaN)),
        tickClass: rows.map((row) => row.best),
      });
      if ((tick + 1) % stimulus.ticks !== 0) continue;
      observer.sample?.({
        sample,
        classes: rows.map((_, r) => classes.get(`${r}/${sample}`) as number),
        votes: rows.map((_, r) => [votes.get(`${r}/${sample}`) as number]),
      });
    }
    return success(undefined);
  });
}
