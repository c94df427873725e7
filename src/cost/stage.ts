import { assertNever } from "../diagnostics/diagnostic.js";
import {
  type Design,
  type LayerStage,
  layerStages,
  memoriesOf,
  memoryOf,
  type ReadoutStage,
  readoutStages,
  type Stage,
} from "../ir/design.js";
import { gatherGroups, gatherWidths, VOTES_WIDTH } from "../mapping/readout-stage.js";
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
  const readers = readoutStages(design).filter((r) => r.source === stage.name).length;
  switch (stage.kind) {
    case "dense":
      return denseCosts(stage, readers, mapper, columns);
    case "event":
      return eventCosts(stage, readers, mapper, columns);
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
  const source = layerStages(design).find((s) => s.name === stage.source) as LayerStage;
  const { acts, lanes } = stage;
  const common = {
    lanes,
    acts,
    laneBits: source.potentialWidth,
    potentialBits: stage.potentialWidth,
    steps: stage.readout.activationBits,
    groups: sliceGroups(stage.readout, source, acts),
    classes: stage.readout.classes,
    weightBits: stage.readout.weightBits,
    sumBits: stage.sumWidth,
    rankBits: stage.rankWidth,
    vote: stage.readout.vote,
    votesBits: VOTES_WIDTH,
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
