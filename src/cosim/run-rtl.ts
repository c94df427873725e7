import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventBeats } from "../cycles/event-stage.js";
import type { Stimulus } from "../data/stimulus.js";
import {
  assertNever,
  type Diagnostic,
  diagnostic,
  failure,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";
import { unwritable } from "../host/files.js";
import { QUIET_SECONDS } from "../host/process.js";
import { withTemporary } from "../host/temporary.js";
import { type Design, layerStages, readoutStages, type Stage } from "../ir/design.js";
import { sizeOf } from "../ir/spiking.js";
import { inputStream } from "../ir/stream.js";
import { stateList } from "../simulators/golden.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import type { Observer } from "../simulators/trace.js";
import { assembleTrace, type ReadoutTick, type StageTick } from "./assemble.js";
import { eventLines } from "./events.js";
import { type BenchRun, runBench } from "./simulators.js";
import { readTrace, type TraceRecord } from "./trace-file.js";

type FrameClass = Extract<TraceRecord, { kind: "class" }>;

/** A design whose Verilog and bench lie in a folder, and how many ticks at a frame's start don't vote. */
export interface Emitted {
  /** Holds `rtl` and `sim`. */
  readonly folder: string;
  readonly design: Design;
  readonly burnIn: number;
  /** Seconds of silence after which what builds or runs the bench counts as hung; 0: never. */
  readonly quietSeconds?: number | undefined;
}

/** Files of one run of the bench, in a folder that goes when `body` is done. */
export function withBenchRun<T>(
  emitted: Emitted,
  stimulus: Stimulus,
  body: (run: BenchRun) => Promise<Result<T>>,
): Promise<Result<T>> {
  const lines = eventLines(inputStream(emitted.design).payload, stimulus);
  return withTemporary("spikec-run", async (work) => {
    const events = join(work, "events.hex");
    try {
      writeFileSync(events, lines);
    } catch (error) {
      return failure(unwritable(events, error));
    }
    return body({
      folder: emitted.folder,
      events,
      trace: join(work, "trace.txt"),
      ticks: stimulus.samples * stimulus.ticks,
      frames: stimulus.samples,
      burnIn: emitted.burnIn,
      maxCycles: cycleLimit(emitted.design, stimulus),
      quietSeconds: emitted.quietSeconds ?? QUIET_SECONDS,
      traceLimitBytes: traceLimit(emitted.design, stimulus.samples * stimulus.ticks, 1),
    });
  });
}

/** No tick of a stage takes more cycles, if none downstream does: on events, where every input spikes. */
export function mostCycles(stage: Stage): number {
  const { total } = stage.cycles;
  switch (stage.kind) {
    case "event":
      return eventBeats(stage).reduce((sum, beats) => sum + Math.max(1, beats), total);
    case "dense":
    case "dense-readout":
    case "event-readout":
    case "potential-readout":
      return total;
    default:
      return assertNever(stage);
  }
}

/** Cycles after which a run counts as stuck: four times what its stages and clearing passes need one after the other. */
function cycleLimit({ stages }: Design, stimulus: Stimulus): number {
  const perTick = stages.reduce((sum, stage) => sum + mostCycles(stage), 0);
  const clearing = stages.reduce((sum, s) => sum + Math.max(0, ...s.memories.map((m) => m.depth)), 0);
  const ticks = stimulus.samples * stimulus.ticks + stages.length;
  return Math.min(2 ** 31 - 1, 4 * (perTick * ticks + clearing) + 100_000);
}

/**
 * Bytes of a trace that no run of the design exceeds: a line a stage and tick, and one an element of the ticks that are
 * written in full; 16 times that for Verilog that is wrong, which must show as a difference where it can.
 */
export function traceLimit({ model, stages }: Design, ticks: number, fullTicks: number): number {
  const states = stateList(model).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const spikes = model.layers.reduce((sum, { sent }) => sum + sizeOf(sent), 0);
  const classes = model.readouts.reduce((sum, readout) => sum + readout.classes, 0);
  const perTick = 1024 * (stages.length + 1) + 32 * classes;
  return 2 ** 26 + 16 * (ticks * perTick + 64 * fullTicks * (states + spikes));
}

/** The diagnostic of a run that did not come to its end: which stage is behind. */
export function stuck(
  { folder, design }: Emitted,
  simulator: RtlSimulatorName,
  run: BenchRun,
  closed: readonly number[],
): Diagnostic {
  const slow = closed.indexOf(Math.min(...closed));
  const stage = design.stages[slow]?.name ?? "";
  const holes = { simulator, cycles: run.maxCycles, stage, have: closed[slow] ?? 0, need: run.ticks };
  return diagnostic("simulation-stuck", { file: folder }, holes);
}

/** Runs the emitted Verilog and tells `observer` what it computed, as any simulator does; `onBuilt` before it starts. */
export function runRtl(
  simulator: RtlSimulatorName,
  emitted: Emitted,
  stimulus: Stimulus,
  observer: Observer,
  onBuilt: () => void = () => {},
): Promise<Result<undefined>> {
  return withBenchRun(emitted, stimulus, async (run) => {
    const full = { from: 0, to: run.ticks };
    const traceLimitBytes = traceLimit(emitted.design, run.ticks, run.ticks);
    const ran = await runBench(simulator, { ...run, full, traceLimitBytes, onBuilt });
    if (!ran.ok) return ran;
    const { design } = emitted;
    const stages = layerStages(design).map((): StageTick[] => []);
    const answers = readoutStages(design).map((): ReadoutTick[] => []);
    const classes = answers.map((): FrameClass[] => []);
    const closed = stages.map(() => 0);
    const heads = <T>(queues: readonly T[][]): readonly T[] | undefined =>
      queues.every((queue) => queue.length > 0) ? queues.map((queue) => queue.shift() as T) : undefined;
    let [ticks, samples] = [0, 0];
    // Stages are on different ticks: what all of them have said goes on, so that little has to be kept.
    const pass = (): void => {
      if ([...stages, ...answers].every((queue) => queue.length > 0)) {
        const at = heads(stages) ?? [];
        const rows = heads(answers) ?? [];
        observer.tick?.({
          sample: Math.floor(ticks / stimulus.ticks),
          tick: ticks++ % stimulus.ticks,
          spikes: at.map((s) => Uint8Array.from(s.tensors.at(-1)?.values ?? [])),
          states: at.flatMap((s) => s.tensors.slice(0, -1).map((state) => state.values)),
          logits: rows.map((row) => row.logits.map((v) => v ?? Number.NaN)),
          tickClass: rows.map((row) => row.best),
        });
      }
      while (ticks >= (samples + 1) * stimulus.ticks) {
        const frame = heads(classes);
        if (frame === undefined) return;
        const [best, votes] = [frame.map((c) => c.best), frame.map((c) => [c.votes])];
        observer.sample?.({ sample: samples++, classes: best, votes });
      }
    };
    for await (const item of assembleTrace(design, readTrace(run.trace), full)) {
      if (item.kind === "stage-tick") {
        closed[item.stage] = item.tick + 1;
        stages[item.stage]?.push(item);
      } else if (item.kind === "readout-tick") answers[item.readout]?.push(item);
      else if (item.kind === "class") classes[item.readout]?.push(item);
      else if (item.kind === "end" && !item.complete) return failure(stuck(emitted, simulator, run, closed));
      pass();
    }
    return success(undefined, ran.diagnostics);
  });
}
