import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { simulate } from "../../../src/commands/simulate.js";
import type { ConfigFile } from "../../../src/config/schema.js";
import { builtGraph, cells, graphFile, must } from "./build.js";
import { expectEqual, expectEqualShuffled } from "./equal.js";

/** Stages on events: their Verilog equals golden, and ends every tick in the cycle that the model predicts. */
const rows: ConfigFile = { engine: "event", readout: { burnIn: 20, acts: 4 } };
const small = { network: "small", form: "post" } as const;

test("small post on events, a kernel row a cycle, a part of the channels swept: 2 frames of 64 ticks", async () => {
  const { build } = await builtGraph(small, "cosim-event-rows", rows);
  const stages = build.compiled.design.stages.map((stage) => stage.kind);
  expect(stages).toEqual(["event", "event", "event", "event-readout"]);
  await expectEqual("verilator", build, cells(small, build, 2, 64));
});

// All that there is of it: saturated states, ties, rounding modes.
test("stress/round post on events, 2 frames of 96 ticks", async () => {
  const graph = { network: "stress/round", form: "post" } as const;
  const { build } = await builtGraph(graph, "cosim-event-stress", {
    engine: "event",
    readout: { burnIn: 24 },
  });
  await expectEqual("verilator", build, cells(graph, build, 2, 96));
});

describe("stress/floor post on events", () => {
  const graph = { network: "stress/floor", form: "post" } as const;
  const made = () => builtGraph(graph, "cosim-event-stress", { engine: "event", readout: { burnIn: 24 } });

  test.each([
    { pauseIn: 0, pauseOut: 0 },
    { pauseIn: 2, pauseOut: 2 },
    { pauseIn: 1, pauseOut: 1 },
  ])("pauses before the core $pauseIn, behind it $pauseOut change nothing", async (pauses) => {
    const { build } = await made();
    await expectEqual("verilator", build, cells(graph, build, 2, 96), pauses);
  });

  test("events of a tick may come in any order", async () => {
    const { build } = await made();
    const stimulus = cells(graph, build, 2, 96);
    // One input event a tick has one order: all events of four ticks together have more.
    const crowded = {
      ...stimulus,
      active: (sample: number, tick: number) => [
        ...new Set([0, 1, 2, 3].flatMap((t) => Array.from(stimulus.active(sample, (tick + t) % 96)))),
      ],
    };
    await expectEqualShuffled("verilator", build, crowded);
  });
});

describe("simulate --record cycles", () => {
  const request = {
    input: graphFile(small, "cells.npy"),
    record: ["cycles"],
    samples: 1,
    ticks: 32,
  } as const;

  test("says when ticks end, as the Verilog does", async () => {
    const { build } = await builtGraph(small, "cosim-event-rows", rows);
    const output = join(build.path, "..", "cosim-event-cycles");
    const { cycles } = must(await simulate({ ...request, build: build.path, simulator: "wasm", output }));
    expect(cycles?.stages.map((stage) => stage.name)).toEqual(["layer1", "layer2", "layer3", "logits"]);
    // Behind the last answer come the class's votes, and 17 cycles of reset before the first.
    const { classes } = build.compiled.fixed.readouts[0] ?? { classes: 0 };
    const rtl = await expectEqual("verilator", build, cells(small, build, 1, 32));
    expect(rtl.cycles).toBe((cycles?.total ?? 0) + classes + 18);
  });

  test("cycles-simulator, cycles-long: what can't be predicted is refused", async () => {
    const { build } = await builtGraph(small, "cosim-event-rows", rows);
    const output = join(build.path, "..", "cosim-event-cycles");
    const icarus = await simulate({ ...request, build: build.path, simulator: "icarus", output });
    expect(icarus.diagnostics.map((d) => d.code)).toEqual(["cycles-simulator"]);
    const dense = await builtGraph(small, "cosim-event-dense", { dense: { pe: 1, simd: 1 } });
    const long = { ...request, samples: 1, ticks: 128, build: dense.build.path, output };
    const refused = await simulate({ ...long, simulator: "wasm" });
    expect(refused.diagnostics.filter((d) => d.severity === "error").map((d) => d.code)).toEqual([
      "cycles-long",
    ]);
  });
});
