import type { LayerStage, ReadoutStage } from "../../ir/design.js";
import { sliceGroups } from "../../mapping/visits.js";
import { addressBits } from "../../mapping/widths.js";
import { type DesignNames, nameOf, printable } from "../names.js";

/** Bits of a vote count: the longest frame has 2^16 − 1 ticks. */
export const VOTES_WIDTH = 16;

const voteModes = { majority: 0, sum: 1, last: 2 } as const;

/** File of one lane's thresholds at one step of the search. */
export const thresholdFile = (id: string, lane: number, step: number): string =>
  `${id}_thresholds_l${lane}_s${step}.hex`;

/** View of templates/verilog/readout_stage.v.hbs. */
export function readoutView(stage: ReadoutStage, source: LayerStage, names: DesignNames, banner: string) {
  const { readout, acts, lanes } = stage;
  const id = nameOf(names.stage, stage.name);
  const laneWidth = source.potentialWidth;
  const groups = sliceGroups(readout, source, acts);
  const groupWidth = addressBits(groups);
  const steps = readout.activationBits;
  return {
    module: `${names.core}_${id}`,
    banner,
    readout: printable(stage.name),
    layer: printable(stage.source),
    lanes,
    acts,
    beats: stage.cycles.walk,
    in_msb: lanes * laneWidth - 1,
    slice_msb: acts * laneWidth - 1,
    lane_width: laneWidth,
    class_msb: addressBits(readout.classes) - 1,
    votes_width: VOTES_WIDTH,
    votes_msb: VOTES_WIDTH - 1,
    group_width: groupWidth,
    group_msb: groupWidth - 1,
    last_group: groups - 1,
    steps,
    search_stages: 2 * steps,
    activations_msb: acts * steps - 1,
    act_width: steps,
    classes: readout.classes,
    weight_width: readout.weightBits,
    acc_width: stage.sumWidth,
    logits_msb: readout.classes * stage.sumWidth - 1,
    weight_file: `${id}_weights.hex`,
    bias_file: `${id}_bias.hex`,
    rank_file: `${id}_rank.hex`,
    rank_width: stage.rankWidth,
    vote_mode: voteModes[readout.vote],
    sum_width: stage.sumWidth + VOTES_WIDTH,
    lane_views: Array.from({ length: acts }, (_, lane) => ({
      lane,
      lane_width: laneWidth,
      potential_width: stage.potentialWidth,
      potential_msb: stage.potentialWidth - 1,
      lane_high: (lane + 1) * laneWidth - 1,
      lane_low: lane * laneWidth,
      act_high: (lane + 1) * steps - 1,
      act_low: lane * steps,
      step_count: steps,
      steps: Array.from({ length: steps }, (_, k) => ({
        lane,
        index: k,
        after: k + 1,
        is_last: k + 1 === steps,
        group_msb: groupWidth - 1,
        potential_msb: stage.potentialWidth - 1,
        potential_width: stage.potentialWidth,
        group_width: groupWidth,
        groups,
        file: thresholdFile(id, lane, k),
        in_group: k === 0 ? "group" : `group_${lane}_${k}`,
        in_index: k === 0 ? "1'b0" : `index_${lane}_${k}`,
      })),
    })),
  };
}
