import { writeFileSync } from "node:fs";
import { expect } from "vitest";
import { type Build, emittedOf } from "../../../src/artifact/manifest.js";
import {
  GOLDEN_TICKS,
  type Pauses,
  type SimulatorComparison,
  verifyIn,
} from "../../../src/commands/verify.js";
import { compareTrace } from "../../../src/cosim/compare.js";
import { eventLines } from "../../../src/cosim/events.js";
import { expectedRun, holdAgainstGolden } from "../../../src/cosim/expected.js";
import { withBenchRun } from "../../../src/cosim/run-rtl.js";
import { runBench } from "../../../src/cosim/simulators.js";
import { readTrace } from "../../../src/cosim/trace-file.js";
import type { Stimulus } from "../../../src/data/stimulus.js";
import { success } from "../../../src/diagnostics/diagnostic.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { inputStream } from "../../../src/ir/stream.js";
import { stateList } from "../../../src/simulators/golden.js";
import type { RtlSimulatorName } from "../../../src/simulators/names.js";
import { random } from "../../../src/testing/random-model.js";
import { must } from "./build.js";

/**
 * The emitted Verilog does what golden does: every spike, every state word of every tick, logits, classes, votes, and
 * each stage busy for exactly its model's cycles in every tick (compareTrace holds them against the design).
 */
export async function expectEqual(
  simulator: RtlSimulatorName,
  build: Build,
  stimulus: Stimulus,
  pauses?: Pauses,
): Promise<SimulatorComparison> {
  const expected = expectedRun(build.compiled.design, stimulus, { burnIn: build.config.readout.burnIn });
  holdAgainstGolden(build.compiled.design, stimulus, expected, GOLDEN_TICKS);
  const comparison = must(await verifyIn(simulator, emittedOf(build), stimulus, expected, undefined, pauses));
  expect(comparison).toEqual({
    simulator,
    equal: true,
    compared: valuesOf(build, stimulus),
    cycles: expect.any(Number),
    seconds: expect.any(Number),
    ...(build.compiled.design.guard === undefined ? {} : { dropped: 0 }),
  });
  return comparison;
}

/** The same, with the events of each tick in another order; cycles may then be others than the model's. */
export async function expectEqualShuffled(
  simulator: RtlSimulatorName,
  build: Build,
  stimulus: Stimulus,
): Promise<void> {
  const { design } = build.compiled;
  const expected = expectedRun(design, stimulus, { burnIn: build.config.readout.burnIn });
  const { shuffled } = random(1);
  const ran = await withBenchRun(emittedOf(build), stimulus, async (run) => {
    const { payload } = inputStream(design);
    const lines = eventLines(payload, stimulus, shuffled);
    expect(lines).not.toBe(eventLines(payload, stimulus));
    writeFileSync(run.events, lines);
    must(await runBench(simulator, run));
    expect(await compareTrace(design, expected, readTrace(run.trace))).toMatchObject({
      difference: undefined,
      complete: true,
      compared: valuesOf(build, stimulus),
    });
    return success(undefined);
  });
  must(ran);
}

/** How many values a comparison of a whole run must have held against each other. */
export function valuesOf(build: Build, { samples, ticks }: Stimulus): SimulatorComparison["compared"] {
  const { fixed } = build.compiled;
  const sum = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);
  const run = samples * ticks;
  return {
    spikes: run * sum(fixed.layers.map((l) => sizeOf(l.sent))),
    states: run * sum(stateList(fixed).map((s) => sizeOf(s.shape))),
    logits: run * sum(fixed.readouts.map((r) => r.classes)),
    classes: (run + samples) * fixed.readouts.length,
    // Of every class, where something is counted, and what is said beside the class.
    votes: samples * sum(fixed.readouts.map((r) => (r.vote === "last" ? 1 : r.classes + 1))),
  };
}

/** Cycles between the ends of consecutive ticks, by dense stage, in a run whose input always waits at the door. */
export async function tickIntervals(
  simulator: RtlSimulatorName,
  build: Build,
  stimulus: Stimulus,
): Promise<readonly (readonly number[])[]> {
  const stages = build.compiled.design.stages.filter((stage) => stage.kind === "dense");
  const closed: number[][] = stages.map(() => []);
  const ran = await withBenchRun(emittedOf(build), stimulus, async (run) => {
    must(await runBench(simulator, run));
    for await (const record of readTrace(run.trace))
      if (record.kind === "tick") closed[record.stage]?.push(record.cycle);
    return success(undefined);
  });
  must(ran);
  return closed.map((cycles) => cycles.slice(1).map((cycle, i) => cycle - (cycles[i] as number)));
}
