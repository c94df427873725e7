import { beforeAll, describe, expect, test } from "vitest";
import { type Cost, cost, plus, ramb36Of, stepCounter, sumOf } from "../../../src/cost/cost.js";
import { denseWalk, macArray, spikeSink, traceSweep } from "../../../src/cost/dense.js";
import { eventIntegrate, eventTicks } from "../../../src/cost/event.js";
import type { EventIntegrate } from "../../../src/cost/event-shape.js";
import { guardCosts } from "../../../src/cost/guard.js";
import {
  type LayerOutput,
  layerOutput,
  poolColumns,
  poolMerge,
  spikeSender,
  windowCredit,
} from "../../../src/cost/layer-output.js";
import { maxWindow } from "../../../src/cost/max-window.js";
import { argmaxScan, pipeControl, vectorSlicer, voteCounter } from "../../../src/cost/readout.js";
import { sliceSelect, sweepWalk } from "../../../src/cost/sweep.js";
import { inputGuard } from "../../../src/mapping/guard.js";
import { ram } from "../../../src/mapping/parts.js";
import { type Block, measureBlocks } from "./blocks.js";
import { close } from "./stages.js";

/** A block as it is written, and what it should take. */
type Case = readonly [block: Block, estimated: Cost];

const block = (module: string, parameters: Block["parameters"], files?: Block["files"]): Block =>
  files === undefined ? { module, parameters } : { module, parameters, files };

const convolution = { C_IN: 4, IN_H: 16, IN_W: 16, OUT_H: 16, OUT_W: 16 } as const;

/** A port of two channels of a convolution: a row of banks, or all of them, or one. */
function portCase(kernel: 3 | 7, taps: "one" | "row" | "patch", columns: number): Case {
  const banks =
    taps === "patch"
      ? ([kernel, kernel] as const)
      : taps === "row"
        ? ([1, kernel] as const)
        : ([1, 1] as const);
  const shift = Math.min(4, banks[1]);
  const aligns = taps === "one" ? kernel : Math.ceil(kernel / shift);
  const depth = Math.ceil(16 / banks[0]) * Math.ceil(16 / banks[1]);
  const style = depth > 64 ? "block" : "distributed";
  const words = 4 * kernel * aligns;
  const width = banks[1] * 2 * 8;
  const pad = (kernel - 1) / 2;
  const weights = { ...ram("weights", width, words, "weights", "block"), kind: "rom" } as const;
  const pairs = Math.floor(banks[0] / 2);
  const parameters: EventIntegrate = {
    ports: 1,
    inChannels: 4,
    input: [16, 16],
    output: [16, 16],
    kernel: [kernel, kernel],
    stride: [1, 1],
    pad: [pad, pad],
    channels: 2,
    groups: 1,
    banks,
    shift,
    aligns,
    columns,
    weightBits: 8,
    sumBits: 16,
    weights: [...(pairs > 0 ? [{ ...weights, kind: "rom2" as const, copies: pairs }] : []), weights],
    accumulators: { ...ram("sums", 32, depth, "accumulator", style), copies: 2 * banks[0] * banks[1] },
    queue: ram("queue", 10, 4, "port-queue", "distributed"),
    weightColumns: width,
  };
  const parts = eventIntegrate(parameters, "yosys").map((part) => part.cost);
  // The register of what is read counts with the sweep that takes it.
  const read = cost({ ff: columns * 32 });
  return [
    block(
      "event_integrate",
      {
        ...convolution,
        PORTS: 1,
        QUEUE: 4,
        C_OUT: 2,
        K_H: kernel,
        K_W: kernel,
        PAD_TOP: pad,
        PAD_LEFT: pad,
        CHANNELS: 2,
        BANKS_Y: banks[0],
        BANKS_X: banks[1],
        SHIFT: shift,
        ALIGNS: aligns,
        READ_X: columns,
        REGISTERED: style === "block" ? 1 : 0,
        STYLE: style,
        WEIGHT_STYLE: "block",
      },
      { FILE: [width, words] },
    ),
    plus(...parts, read),
  ];
}

/** What a layer of `channels` x 8 x 8 sends with `readers` readers of 20-bit potentials, one word a window or `pooled`. */
function outputCase(
  channels: number,
  word: number,
  [merge, windows, pooled, spikes, readers]: readonly [number, number, boolean, boolean, number],
): Case {
  const [windowLanes, channelBits, potentialBits] = [word * windows, Math.log2(channels), 20];
  const spikeQueue = ram("spike queue", 2 + channelBits + 6 + windowLanes, 32, "spike-queue", "distributed");
  const queue = ram("potential queue", 2 + windowLanes * potentialBits, 32, "potential-queue", "distributed");
  const parameters: LayerOutput = {
    ...{ windowLanes, windows, merge, pooled, placeBits: 6, channelBits, lastChannel: channels - word },
    ...{ potentialBits, sendsSpikes: spikes, sendsPotentials: readers > 0, delayed: 0 },
    spikeQueue: spikes ? spikeQueue : undefined,
    potentialQueues: readers > 0 ? { ...queue, copies: readers } : undefined,
  };
  return [
    block("layer_output", {
      ...{ CHANNELS: word, MERGE: merge, WINDOWS: windows, POTENTIAL_WIDTH: potentialBits },
      ...{
        MAP_CHANNELS: channels,
        MAP_HEIGHT: 8,
        MAP_WIDTH: 8,
        SPIKES: Number(spikes),
        READERS: readers,
        DEPTH: 32,
      },
    }),
    plus(...layerOutput(parameters, "yosys").map((part) => part.cost)),
  ];
}

/** Spikes of eight channels of a square map, one lane. */
function sinkCase(size: number): Case {
  const spikes = ram("spikes", 1, 8 * size * size, "input-spikes");
  return [
    block("spike_sink", { CHANNELS: 8, HEIGHT: size, WIDTH: size, SIMD: 1 }),
    spikeSink({ channels: 8, height: size, width: size, simd: 1, spikes }, "yosys"),
  ];
}

/** The guard of a map, as the mapping makes it. */
function guardCase(channels: number, height: number, width: number): Case {
  const guard = inputGuard({ channels, height, width });
  const parameters = { CHANNELS: channels, HEIGHT: height, WIDTH: width, CELLS: guard.cells };
  return [block("event_guard", parameters), sumOf(guardCosts(guard, "yosys"))];
}

const neurons = { sendsSpikes: true, sendsPotentials: true, pooled: true } as const;

const cases: readonly Case[] = [
  portCase(7, "row", 1),
  portCase(3, "patch", 1),
  portCase(7, "one", 1),
  [block("event_ticks", { DEPTH: 64 }), eventTicks(64)],
  // Flip-flops; a word for eight of sixteen cells; the maps of the examples; a map of many words.
  guardCase(2, 2, 2),
  guardCase(1, 4, 4),
  guardCase(1, 16, 16),
  guardCase(3, 9, 11),
  guardCase(1, 28, 28),
  guardCase(784, 1, 1),
  guardCase(2, 128, 128),
  [
    block("sweep_walk", {
      GROUPS: 4,
      SLICES: 4,
      OUT_HEIGHT: 16,
      OUT_WIDTH: 16,
      POOL_H: 2,
      POOL_W: 2,
      COLUMNS: 1,
      WINDOWS: 1,
    }),
    sweepWalk({
      groups: 4,
      slices: 4,
      height: 16,
      width: 16,
      pool: [2, 2],
      columns: 1,
      windows: 1,
      overlap: true,
    }),
  ],
  [block("slice_select", { WIDTH: 64, SLICES: 4 }), plus(sliceSelect(64, 4), cost({ ff: 64 }))],
  [
    block("pool_columns", { PE: 4, MERGE: 2, WINDOWS: 2, POTENTIAL_WIDTH: 24 }),
    poolColumns({ ...neurons, windowLanes: 8, merge: 2, potentialBits: 24 }),
  ],
  [
    block("pool_merge", { PE: 16, POTENTIAL_WIDTH: 24 }),
    poolMerge({ ...neurons, windowLanes: 16, potentialBits: 24 }),
  ],
  [
    block("max_window", { CHANNELS: 16, MERGE: 1, WINDOWS: 1, WIDTH: 14 }),
    maxWindow({ lanes: 16, merge: 1, rows: 4, sumBits: 14 }),
  ],
  [
    block("max_window", { CHANNELS: 4, MERGE: 2, WINDOWS: 2, WIDTH: 16 }),
    maxWindow({ lanes: 8, merge: 2, rows: 2, sumBits: 16 }),
  ],
  [
    block("spike_sender", { PE: 16, COLUMNS: 1, CHANNEL_WIDTH: 5, Y_WIDTH: 4, X_WIDTH: 4 }),
    spikeSender(16, 13),
  ],
  [block("window_credit", { DEPTH: 16 }), windowCredit(16)],
  outputCase(32, 4, [2, 2, true, true, 1]),
  outputCase(16, 8, [1, 1, true, false, 1]),
  [block("step_counter", { WIDTH: 6, STEP: 1, LAST: 40 }), stepCounter(6, 40)],
  [
    block("dense_walk", {
      IN_GROUPS: 8,
      IN_HEIGHT: 16,
      IN_WIDTH: 16,
      OUT_GROUPS: 8,
      OUT_HEIGHT: 16,
      OUT_WIDTH: 16,
      POOL_H: 2,
      POOL_W: 2,
    }),
    denseWalk({
      inGroups: 8,
      input: [16, 16],
      outGroups: 8,
      output: [16, 16],
      kernel: [3, 3],
      stride: [1, 1],
      pad: [1, 1],
      pool: [2, 2],
    }),
  ],
  [
    block("trace_sweep", { CHANNEL_GROUPS: 2, HEIGHT: 16, WIDTH: 16, PIPE_LATENCY: 10 }),
    traceSweep({ groups: 2, height: 16, width: 16, latency: 10 }),
  ],
  sinkCase(16),
  // Its memory has no style: from 4,096 places Yosys gives it block RAM.
  sinkCase(32),
  [
    block("mac_array", { PE: 2, SIMD: 4, OPERAND_WIDTH: 24, ACC_WIDTH: 40 }),
    macArray({ pe: 2, simd: 4, operandBits: 24, operandSigned: true, weightBits: 8, sumBits: 40 }, "yosys"),
  ],
  [block("vector_slicer", { LANES: 16, ACTS: 4, WIDTH: 24 }), vectorSlicer(16, 4, 24)],
  [block("axis_pipe_control", { STAGES: 16 }), pipeControl(16)],
  [
    block("argmax_scan", { CLASSES: 24, ACC_WIDTH: 24, RANK_WIDTH: 5 }, { RANK_FILE: [120, 1] }),
    argmaxScan(24, 24, 5),
  ],
  [
    block("vote_counter", { CLASSES: 11, ACC_WIDTH: 24, MODE: 0 }),
    voteCounter({ classes: 11, vote: "majority", votesBits: 16, sumBits: 24, fractionBits: 0 }),
  ],
  [
    block("vote_counter", {
      CLASSES: 11,
      ACC_WIDTH: 24,
      MODE: 1,
      FRACTION_WIDTH: 12,
      FRACTIONS: { verilog: `132'h${"a5b".repeat(11)}` },
      SUM_WIDTH: 52,
    }),
    voteCounter({ classes: 11, vote: "sum", votesBits: 16, sumBits: 24, fractionBits: 12 }),
  ],
];

describe("blocks", () => {
  let measured: readonly Cost[] = [];
  beforeAll(async () => {
    measured = await measureBlocks(cases.map(([each]) => each));
  });

  // Control of a few dozen LUTs is a few off; data paths aren't.
  test.each(cases.map(([each, estimated], i) => [each.module, i, estimated] as const))(
    "%s (%i): memories and DSPs exact, LUTs within 15 % or 10, FFs within 5 % or 8",
    (_, i, estimated) => {
      const found = measured[i] as Cost;
      expect([ramb36Of(estimated), estimated.uram, estimated.dsp]).toEqual([ramb36Of(found), 0, found.dsp]);
      close("LUT", estimated.lut, found.lut, 0.15, 10);
      close("FF", estimated.ff, found.ff, 0.05, 8);
      close("LUTRAM", estimated.lutram, found.lutram, 0.01, 2);
    },
  );
});
