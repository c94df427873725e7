import { assertNever } from "../../diagnostics/diagnostic.js";
import type { LayerStage, LinearReadoutStage, PotentialReadoutStage, ReadoutStage } from "../../ir/design.js";
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
function searchOf(stage: LinearReadoutStage, laneWidth: number) {
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

/** Numbers of all classes in one word, class 0 lowest; undefined where they are all 0. */
function wordView(values: readonly bigint[], width: number) {
  if (values.every((v) => v === 0n)) return undefined;
  const word = values.reduce((sum, v, c) => sum | (BigInt.asUintN(width, v) << BigInt(c * width)), 0n);
  return { width, bits: values.length * width, hex: word.toString(16) };
}

/** Bits below the logits; undefined where there are none. */
const fractionsView = ({ bits, values }: BiasFraction) => (bits === 0 ? undefined : wordView(values, bits));

/** What every readout's view has: its place, what it takes, argmax and vote (partials/vote.v.hbs). */
function answerView(
  stage: ReadoutStage,
  source: LayerStage,
  { input, classes }: ReadoutStreams,
  names: DesignNames,
  banner: string,
) {
  const { readout, sumWidth } = stage;
  const id = nameOf(names.stage, stage.name);
  const { classBits, votesBits } = classes.payload;
  return {
    module: `${names.core}_${id}`,
    banner,
    readout: printable(stage.name),
    layer: printable(source.name),
    lanes: stage.lanes,
    in_msb: dataBits(input.payload) - 1,
    lane_width: input.payload.width,
    class_msb: classBits - 1,
    tick_width: TICK_BITS,
    tick_msb: TICK_BITS - 1,
    votes_width: votesBits,
    votes_msb: votesBits - 1,
    classes: readout.classes,
    acc_width: sumWidth,
    logits_msb: readout.classes * sumWidth - 1,
    rank_file: `${id}_rank.hex`,
    rank_width: stage.rankWidth,
    vote_mode: voteModes[readout.vote],
    fractions: fractionsView(readout.fraction),
    sum_width: sumWidth + readout.fraction.bits + votesBits,
  };
}

/** View of templates/verilog/potential_readout_stage.v.hbs. */
export function potentialView(
  stage: PotentialReadoutStage,
  source: LayerStage,
  streams: ReadoutStreams,
  names: DesignNames,
  banner: string,
) {
  const { sumWidth, readout } = stage;
  return {
    ...answerView(stage, source, streams, names, banner),
    words: stage.words,
    biases: wordView(readout.bias, sumWidth),
  };
}

/** View of templates/verilog/readout_stage.v.hbs and of event_readout_stage.v.hbs. */
export function readoutView(
  stage: LinearReadoutStage,
  source: LayerStage,
  streams: ReadoutStreams,
  names: DesignNames,
  banner: string,
) {
  const { readout, acts, lanes } = stage;
  const id = nameOf(names.stage, stage.name);
  const laneWidth = streams.input.payload.width;
  const { words, slices, beats, tables, vectors, tableBits, addressBits: addressWidth } = stage.geometry;
  const groupWidth = addressBits(tables);
  const steps = readout.activationBits;
  const column = readout.classes * readout.weightBits;
  const search = searchOf(stage, laneWidth);
  return {
    ...answerView(stage, source, streams, names, banner),
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
    slice_msb: acts * laneWidth - 1,
    group_width: groupWidth,
    group_msb: groupWidth - 1,
    last_group: tables - 1,
    steps,
    search_stages: 2 * steps,
    activations_msb: acts * steps - 1,
    act_width: steps,
    weight_width: readout.weightBits,
    weight_file: `${id}_weights.hex`,
    bias_file: `${id}_bias.hex`,
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
