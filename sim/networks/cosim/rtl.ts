import { beforeAll, describe, expect, test } from "vitest";
import type { Build } from "../../../src/artifact/manifest.js";
import type { CompileReport } from "../../../src/commands/compile.js";
import { builtGraph, cells, type Graph } from "./build.js";
import { expectEqual, tickIntervals } from "./equal.js";

/** How much of a graph's input to run. */
export interface Extent {
  readonly frames: number;
  readonly ticks: number;
  /** Ticks at a frame's start whose class isn't counted: fewer than `ticks`, so that votes are compared. */
  readonly burnIn: number;
}

/** Ticks of a run whose speed is measured, and those of them in which the stages behind the first still fill. */
const SPEED_TICKS = 8;
const FILLING_TICKS = 4;

/** The Verilog of graphs equals golden in Verilator, and is as fast as `compile` says. */
export function rtlEqualsGolden(graphs: readonly Graph[], { frames, ticks, burnIn }: Extent): void {
  describe.each(graphs)("$network $form", (graph) => {
    let build: Build;
    let report: CompileReport;
    beforeAll(async () => {
      ({ build, report } = await builtGraph(graph, "cosim", { readout: { burnIn } }));
    });

    test(`RTL equals golden in ${frames} frames of ${ticks} ticks, cycle model included`, async () => {
      await expectEqual("verilator", build, cells(graph, build, frames, ticks));
    });

    test("a tick ends every cyclesPerTick cycles, as the report says", async () => {
      const intervals = await tickIntervals("verilator", build, cells(graph, build, 1, SPEED_TICKS));
      const dense = report.stages.filter((stage) => stage.kind === "dense");
      const slowest = dense.findIndex((stage) => stage.cyclesPerTick === report.cyclesPerTick);
      const steady = intervals[slowest]?.slice(FILLING_TICKS) ?? [];
      expect(steady).toEqual(steady.map(() => report.cyclesPerTick));
      expect(steady.length).toBe(SPEED_TICKS - 1 - FILLING_TICKS);
    });
  });
}
