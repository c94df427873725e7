import { assertNever } from "../diagnostics/diagnostic.js";
import {
  type Design,
  type LinearReadoutStage,
  memoriesOf,
  memoryOf,
  type PotentialReadoutStage,
  type Stage,
} from "../ir/design.js";
import { layerStreams, readoutStreams } from "../ir/stream.js";
import type { BlockCost, Mapper } from "./cost.js";
import { gatheringReadout } from "./gather.js";
import { denseCosts, eventCosts } from "./layers.js";
import { potentialReadout, readout } from "./readout.js";

/**
 * What each block of a stage costs by the rules of Yosys 0.23 or of Vivado (memories and multipliers; LUTs and flip-flops
 * are Yosys's in both). What the estimates are off by is measured in sim/networks/estimate/.
 */
export function stageCosts(design: Design, stage: Stage, mapper: Mapper): readonly BlockCost[] {
  switch (stage.kind) {
    case "dense":
      return denseCosts(stage, layerStreams(design, stage.name), mapper);
    case "event":
      return eventCosts(stage, layerStreams(design, stage.name), mapper);
    case "dense-readout":
    case "event-readout":
      return readoutCosts(design, stage, mapper);
    case "potential-readout":
      return potentialCosts(design, stage);
    default:
      return assertNever(stage);
  }
}

function potentialCosts(design: Design, stage: PotentialReadoutStage): readonly BlockCost[] {
  const { input, classes } = readoutStreams(design, stage.name);
  return potentialReadout({
    classes: stage.readout.classes,
    laneBits: input.payload.width,
    biases: stage.readout.bias.filter((b) => b !== 0n).length,
    sumBits: stage.sumWidth,
    rankBits: stage.rankWidth,
    vote: stage.readout.vote,
    fractionBits: stage.readout.fraction.bits,
    votesBits: classes.payload.votesBits,
  });
}

function readoutCosts(design: Design, stage: LinearReadoutStage, mapper: Mapper): readonly BlockCost[] {
  const { input, classes } = readoutStreams(design, stage.name);
  const { acts, lanes } = stage;
  const { words, beats, tables, vectors, tableBits, addressBits } = stage.geometry;
  const common = {
    lanes,
    acts,
    laneBits: input.payload.width,
    potentialBits: stage.potentialWidth,
    steps: stage.readout.activationBits,
    groups: tables,
    classes: stage.readout.classes,
    weightBits: stage.readout.weightBits,
    sumBits: stage.sumWidth,
    rankBits: stage.rankWidth,
    vote: stage.readout.vote,
    fractionBits: stage.readout.fraction.bits,
    votesBits: classes.payload.votesBits,
    weights: memoryOf(stage, "weights"),
    thresholds: memoriesOf(stage, "threshold"),
  };
  switch (stage.kind) {
    case "dense-readout":
      return readout({ ...common, beats }, mapper);
    case "event-readout":
      return gatheringReadout(
        {
          ...common,
          beats: words,
          gatherGroups: vectors,
          addressBits,
          tableBits,
          lowest: memoryOf(stage, "lowest-threshold"),
          queues: memoryOf(stage, "slot-queue"),
        },
        mapper,
      );
    default:
      return assertNever(stage);
  }
}
