import { assertNever } from "../diagnostics/diagnostic.js";
import { formatOfRange } from "../fixed/format.js";
import type { DesignMemory, LayerStage, LinearReadoutStage, MemoryRole, ReadoutStage } from "../ir/design.js";
import {
  type FixedLinearReadout,
  type FixedPotentialReadout,
  type FixedReadout,
  rangeOfId,
} from "../ir/fixed.js";
import { lanesOf, readoutGeometry } from "./geometry.js";
import { readoutCycles } from "./latencies.js";
import { addressBits, widthOf } from "./widths.js";

/** Vectors of potentials that wait for each slot of a readout on events (rtl/readout_gather.v). */
export const GATHER_DEPTH = 32;

/** The stage of a readout behind `source`: `acts` activations a cycle of a linear one, which divide the neurons of a beat. */
export function readoutStage(readout: FixedReadout, source: LayerStage, acts: number): ReadoutStage {
  switch (readout.kind) {
    case "linear":
      return linearStage(readout, source, acts);
    case "potential":
      return potentialStage(readout, source);
    default:
      return assertNever(readout);
  }
}

/** What every readout takes of its source: words of potentials, as wide as a threshold above all of them. */
function taken({ layer: { post }, geometry }: LayerStage) {
  const { low, high } = rangeOfId(post, post.outputs.potential);
  // A threshold that is never reached is one above the range.
  return { lanes: lanesOf(geometry.sentWord), potentialWidth: widthOf({ low, high: high + 1n }) };
}

/** Bits of a logit, and of a class's rank. */
const widthsOf = ({ range, rank }: FixedReadout) => ({
  sumWidth: widthOf(range),
  rankWidth: Math.max(1, formatOfRange({ low: 0n, high: BigInt(Math.max(...rank)) }).width),
});

/** A readout whose logits are potentials: they are collected word by word, a register a bit. */
function potentialStage(readout: FixedPotentialReadout, source: LayerStage): ReadoutStage {
  const words = source.geometry.sentWords;
  return {
    kind: "potential-readout",
    name: readout.name,
    readout,
    words,
    ...taken(source),
    ...widthsOf(readout),
    memories: [],
    multipliers: [],
    cycles: readoutCycles(words, readout.classes),
  };
}

/**
 * A readout, `acts` activations a cycle, which divide the neurons of a beat of its source. Behind a stage on events it
 * takes only activations that are not zero.
 */
function linearStage(readout: FixedLinearReadout, source: LayerStage, acts: number): ReadoutStage {
  const kind = kindBehind(source);
  const geometry = readoutGeometry(kind, readout, source, acts);
  const stage: LinearReadoutStage = {
    kind,
    geometry,
    name: readout.name,
    readout,
    ...taken(source),
    acts,
    ...widthsOf(readout),
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
  return {
    ...stage,
    memories: readoutMemories(stage),
    cycles: readoutCycles(geometry.beats, readout.classes),
  };
}

/** The kind of linear readout that takes what a stage sends. */
export function kindBehind(source: LayerStage): LinearReadoutStage["kind"] {
  switch (source.kind) {
    case "dense":
      return "dense-readout";
    case "event":
      return "event-readout";
    default:
      return assertNever(source);
  }
}

function readoutMemories(stage: LinearReadoutStage): readonly DesignMemory[] {
  const { readout, acts, lanes, potentialWidth } = stage;
  const rom = (
    name: string,
    width: number,
    depth: number,
    copies: number,
    role: MemoryRole,
  ): DesignMemory => ({ name, kind: "rom", width, depth, style: "auto", copies, role });
  const { words, slices, tables, vectors } = stage.geometry;
  const steps = Array.from({ length: readout.activationBits }, (_, k) =>
    rom(`thresholds, step ${k}`, potentialWidth, tables * 2 ** k, acts, "threshold"),
  );
  const column = readout.classes * readout.weightBits;
  const depth = words * slices;
  const tag = addressBits(words) + addressBits(vectors);
  switch (stage.kind) {
    case "dense-readout":
      return [rom("weights", acts * column, depth, 1, "weights"), ...steps];
    case "event-readout":
      return [
        rom("weights", column, depth, acts, "weights"),
        rom("lowest thresholds", lanes * potentialWidth, vectors, 1, "lowest-threshold"),
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
