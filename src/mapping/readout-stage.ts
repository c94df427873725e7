import { assertNever } from "../diagnostics/diagnostic.js";
import { formatOfRange } from "../fixed/format.js";
import type { DesignMemory, LayerStage, MemoryRole, ReadoutStage } from "../ir/design.js";
import { type FixedReadout, rangeOfId } from "../ir/fixed.js";
import { readoutCycles } from "./latencies.js";
import { lanesOf } from "./layout.js";
import { sentWord, sliceGroups, windowVisits } from "./visits.js";
import { addressBits, widthOf } from "./widths.js";

/** Vectors of potentials that wait for each slot of a readout on events (rtl/readout_gather.v). */
export const GATHER_DEPTH = 32;

/**
 * A readout, `acts` activations a cycle, which divide the neurons of a beat of its source. Behind a stage on events it
 * takes only activations that are not zero.
 */
export function readoutStage(readout: FixedReadout, source: LayerStage, acts: number): ReadoutStage {
  const { post } = source.layer;
  const lanes = lanesOf(sentWord(source));
  const { low, high } = rangeOfId(post, post.outputs.potential);
  const stage: ReadoutStage = {
    kind: kindBehind(source),
    name: readout.name,
    readout,
    lanes,
    // A threshold that is never reached is one above the range.
    potentialWidth: widthOf({ low, high: high + 1n }),
    acts,
    sumWidth: widthOf(readout.range),
    rankWidth: Math.max(1, formatOfRange({ low: 0n, high: BigInt(Math.max(...readout.rank)) }).width),
    memories: [],
    multipliers: [
      {
        aWidth: readout.activationBits + 1,
        bWidth: readout.weightBits,
        copies: acts * readout.classes,
        role: "readout",
      },
    ],
    cycles: { sweep: 0, walk: 0, overhead: 0, total: 0 },
  };
  const beats = windowVisits(source).length;
  return {
    ...stage,
    memories: readoutMemories(stage, source, beats),
    cycles: readoutCycles(readoutBeats(stage, beats), readout.classes),
  };
}

/** The kind of readout that takes what a stage sends. */
export function kindBehind(source: LayerStage): ReadoutStage["kind"] {
  switch (source.kind) {
    case "dense":
      return "dense-readout";
    case "event":
      return "event-readout";
    default:
      return assertNever(source);
  }
}

/** Least beats of a tick of `beats` words of potentials: ACTS activations each; on events zeros take none, but a word does. */
export function readoutBeats({ kind, lanes, acts }: ReadoutStage, beats: number): number {
  switch (kind) {
    case "dense-readout":
      return (beats * lanes) / acts;
    case "event-readout":
      return beats;
    default:
      return assertNever(kind);
  }
}

/** Beats after which the channels of a beat come again; 1 where all channels have the same thresholds. */
export const gatherGroups = (stage: ReadoutStage, source: LayerStage): number =>
  Math.max(1, (sliceGroups(stage.readout, source, stage.acts) * stage.acts) / stage.lanes);

/** Bits of the number of a slot's table, and of its weights' address (rtl/readout_gather.v). */
export const gatherWidths = (stage: ReadoutStage, source: LayerStage) => {
  const slices = stage.lanes / stage.acts;
  return {
    table: addressBits(gatherGroups(stage, source) * slices),
    address: addressBits(windowVisits(source).length * slices),
  };
};

function readoutMemories(stage: ReadoutStage, source: LayerStage, beats: number): readonly DesignMemory[] {
  const { readout, acts, lanes, potentialWidth } = stage;
  const rom = (
    name: string,
    width: number,
    depth: number,
    copies: number,
    role: MemoryRole,
  ): DesignMemory => ({ name, kind: "rom", width, depth, style: "auto", copies, role });
  const groups = sliceGroups(readout, source, acts);
  const steps = Array.from({ length: readout.activationBits }, (_, k) =>
    rom(`thresholds, step ${k}`, potentialWidth, groups * 2 ** k, acts, "threshold"),
  );
  const column = readout.classes * readout.weightBits;
  const slices = lanes / acts;
  const depth = beats * slices;
  const tag = addressBits(beats) + addressBits(gatherGroups(stage, source));
  switch (stage.kind) {
    case "dense-readout":
      return [rom("weights", acts * column, depth, 1, "weights"), ...steps];
    case "event-readout":
      return [
        rom("weights", column, depth, acts, "weights"),
        rom("lowest thresholds", lanes * potentialWidth, gatherGroups(stage, source), 1, "lowest-threshold"),
        {
          name: "potentials of a slot",
          kind: "sdp",
          width: slices * (potentialWidth + 1) + tag,
          depth: GATHER_DEPTH,
          style: "distributed",
          copies: acts,
          role: "slot-queue",
        },
        ...steps,
      ];
    default:
      return assertNever(stage);
  }
}
