import { assertNever } from "../diagnostics/diagnostic.js";
import { type Design, memoriesOf, memoryOf, type ReadoutStage, type Stage, sourceOf } from "../ir/design.js";
import { layerStreams, readoutStreams } from "../ir/stream.js";
import { gatherGroups, gatherWidths } from "../mapping/readout-stage.js";
import { sliceGroups, windowVisits } from "../mapping/visits.js";
import { type BlockCost, type Cost, type Mapper, plus } from "./cost.js";
import { gatheringReadout } from "./gather.js";
import { denseCosts, eventCosts, type WeightColumns } from "./layers.js";
import { readout } from "./readout.js";

/**
 * What each block of a stage costs by the rules of Yosys 0.23 or of Vivado (memories and multipliers; LUTs and flip-flops
 * are Yosys's in both). What the estimates are off by is measured in sim/networks/estimate/.
 */
export function stageCosts(
  design: Design,
  stage: Stage,
  mapper: Mapper,
  columns: WeightColumns = () => undefined,
): readonly BlockCost[] {
  switch (stage.kind) {
    case "dense":
      return denseCosts(stage, layerStreams(design, stage.name), mapper, columns);
    case "event":
      return eventCosts(stage, layerStreams(design, stage.name), mapper, columns);
    case "dense-readout":
    case "event-readout":
      return readoutCosts(design, stage, mapper);
    default:
      return assertNever(stage);
  }
}

/** Sum of a stage's blocks. */
export const stageCost = (...args: Parameters<typeof stageCosts>): Cost =>
  plus(...stageCosts(...args).map((block) => block.cost));

function readoutCosts(design: Design, stage: ReadoutStage, mapper: Mapper): readonly BlockCost[] {
  const source = sourceOf(design, stage);
  const { input, classes } = readoutStreams(design, stage.name);
  const { acts, lanes } = stage;
  const common = {
    lanes,
    acts,
    laneBits: input.payload.width,
    potentialBits: stage.potentialWidth,
    steps: stage.readout.activationBits,
    groups: sliceGroups(stage.readout, source, acts),
    classes: stage.readout.classes,
    weightBits: stage.readout.weightBits,
    sumBits: stage.sumWidth,
    rankBits: stage.rankWidth,
    vote: stage.readout.vote,
    votesBits: classes.payload.votesBits,
    weights: memoryOf(stage, "weights"),
    thresholds: memoriesOf(stage, "threshold"),
  };
  const beats = windowVisits(source).length;
  const widths = gatherWidths(stage, source);
  switch (stage.kind) {
    case "dense-readout":
      return readout({ ...common, beats: (beats * lanes) / acts }, mapper);
    case "event-readout":
      return gatheringReadout(
        {
          ...common,
          beats,
          gatherGroups: gatherGroups(stage, source),
          addressBits: widths.address,
          tableBits: widths.table,
          lowest: memoryOf(stage, "lowest-threshold"),
          queues: memoryOf(stage, "slot-queue"),
        },
        mapper,
      );
    default:
      return assertNever(stage);
  }
}
