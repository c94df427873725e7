import { assertNever } from "../../diagnostics/diagnostic.js";
import type { LayerStage, ReadoutStage } from "../../ir/design.js";
import type { BiasFraction } from "../../ir/fixed.js";
import { TICK_BITS } from "../../ir/frame.js";
import { dataBits, type ReadoutStreams } from "../../ir/stream.js";
import { GATHER_DEPTH } from "../../mapping/readout-stage.js";
import { addressBits } from "../../mapping/widths.js";
import { type DesignNames, nameOf, printable } from "../names.js";

/** Number of the table that a lane searches: there is one, it comes with the word, or each slot has its own. */
const oneTable = { from_group: false, from_slot: false, table_high: 0, table_low: 0 };

const voteModes = { majority: 0, sum: 1, last: 2 } as const;

/** File of one lane's thresholds at one step of the search. */
export const thresholdFile = (id: string, lane: number, step: number): string =>
  `${id}_thresholds_l${lane}_s${step}.hex`;

/** File of a slot's columns of weights. */
export const columnFile = (id: string, slot: number): string => `${id}_weights_l${slot}.hex`;

/** What the search for activations reads: the word with a potential a lane, and where the number of its table comes from. */
function searchOf(stage: ReadoutStage, laneWidth: number) {
  const width = stage.geometry.tableBits;
  const isShared = stage.readout.thresholds.length === 1;
  switch (stage.kind) {
    case "dense-readout":
      return { word: "slice_data", laneWidth, tableOf: () => ({ ...oneTable, from_group: true }) };
    case "event-readout":
      return {
        word: "slot_potentials",
        laneWidth: stage.potentialWidth,
        tableOf: (slot: number) =>
          isShared
            ? oneTable
            : { ...oneTable, from_slot: true, table_high: (slot + 1) * width - 1, table_low: slot * width },
      };
    default:
      return assertNever(stage);
  }
}

/** Bits below the logits: all classes in one word, class 0 lowest; undefined where there are none. */
function fractionsView({ bits, values }: BiasFraction) {
  if (bits === 0) return undefined;
  const word = values.reduce((sum, f, c) => sum | (f << BigInt(c * bits)), 0n);
  return { width: bits, bits: values.length * bits, hex: word.toString(16) };
}

/** View of templates/verilog/readout_stage.v.hbs and of event_readout_stage.v.hbs. */
export function readoutView(
  stage: ReadoutStage,
  source: LayerStage,
  { input, classes }: ReadoutStreams,
  names: DesignNames,
  banner: string,
) {
  const { readout, acts, lanes } = stage;
  const id = nameOf(names.stage, stage.name);
  const laneWidth = input.payload.width;
  const { classBits, votesBits } = classes.payload;
  const { words, slices, beats, tables, vectors, tableBits, addressBits: addressWidth } = stage.geometry;
  const groupWidth = addressBits(tables);
  const steps = readout.activationBits;
  const column = readout.classes * readout.weightBits;
  const search = searchOf(stage, laneWidth);
  return {
    module: `${names.core}_${id}`,
    banner,
    readout: printable(stage.name),
    layer: printable(source.name),
    lanes,
    acts,
    beats,
    gather_groups: vectors,
    gather_depth: GATHER_DEPTH,
    address_width: addressWidth,
    table_width: tableBits,
    lowest_file: `${id}_lowest.hex`,
    potential_width: stage.potentialWidth,
    potentials_msb: lanes * stage.potentialWidth - 1,
    slots_msb: acts - 1,
    slot_addresses_msb: acts * addressWidth - 1,
    slot_tables_msb: acts * tableBits - 1,
    slot_potentials_msb: acts * stage.potentialWidth - 1,
    found_width: acts * (1 + addressWidth),
    weights_msb: acts * column - 1,
    in_msb: dataBits(input.payload) - 1,
    slice_msb: acts * laneWidth - 1,
    lane_width: laneWidth,
    class_msb: classBits - 1,
    tick_width: TICK_BITS,
    tick_msb: TICK_BITS - 1,
    votes_width: votesBits,
    votes_msb: votesBits - 1,
    group_width: groupWidth,
    group_msb: groupWidth - 1,
    last_group: tables - 1,
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
    fractions: fractionsView(readout.fraction),
    sum_width: stage.sumWidth + readout.fraction.bits + votesBits,
    lane_views: Array.from({ length: acts }, (_, lane) => ({
      lane,
      searched: search.word,
      lane_width: search.laneWidth,
      potential_width: stage.potentialWidth,
      potential_msb: stage.potentialWidth - 1,
      lane_high: (lane + 1) * search.laneWidth - 1,
      lane_low: lane * search.laneWidth,
      column_width: column,
      weight_depth: words * slices,
      weight_file: columnFile(id, lane),
      address_high: (lane + 1) * addressWidth - 1,
      address_low: lane * addressWidth,
      weight_high: (lane + 1) * column - 1,
      weight_low: lane * column,
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
        groups: tables,
        file: thresholdFile(id, lane, k),
        is_first: k === 0,
        ...search.tableOf(lane),
      })),
    })),
  };
}
