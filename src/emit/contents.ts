import type { DenseStage, EventStage, LayerStage, ReadoutStage } from "../ir/design.js";
import type { FixedReadout } from "../ir/fixed.js";
import type { ChannelTable } from "../ir/pipeline.js";
import { channelOf, lanesOf, OFF_MAP, orderOf } from "../mapping/layout.js";
import { gatherGroups } from "../mapping/readout-stage.js";
import { sentWord, sliceGroups, type Word, windowVisits } from "../mapping/visits.js";
import { hexFile, pack } from "./hex.js";

/** Weight memory of a dense stage: word ((og·K_h + ky)·K_w + kx)·IN_GROUPS + ig; lane p·SIMD + s. */
export function denseWeights(stage: DenseStage): string {
  const { pe, simd } = stage;
  const { weights, kernel, weightBits } = stage.layer.synapse;
  const [kh, kw] = kernel;
  const inChannels = stage.layer.input.channels;
  const words: bigint[] = [];
  for (let og = 0; og < stage.layer.output.channels / pe; og++)
    for (let ky = 0; ky < kh; ky++)
      for (let kx = 0; kx < kw; kx++)
        for (let ig = 0; ig < inChannels / simd; ig++) {
          const lanes: bigint[] = [];
          for (let p = 0; p < pe; p++)
            for (let s = 0; s < simd; s++) {
              const row = (og * pe + p) * inChannels + ig * simd + s;
              lanes.push(BigInt(weights[(row * kh + ky) * kw + kx] as number));
            }
          words.push(pack(lanes, weightBits));
        }
  return hexFile(words, pe * simd * weightBits);
}

/**
 * Weight memory of an event stage (rtl/event_walk.v): word ((c·GROUPS + group)·K_h + ky)·ALIGNS + row; bank b, lane l
 * at place b·CHANNELS + l. A row holds the taps of one kernel row in the order of the banks, turned by whole steps of
 * SHIFT banks (rtl/event_axis.v).
 */
export function eventWeights(stage: EventStage): string {
  const { layer, channels, weightWidth, banks } = stage;
  const { weights, kernel, stride, padding } = layer.synapse;
  const [kh, kw] = kernel;
  const copies = Math.ceil(banks.x / banks.shift);
  /** Kernel column of bank `bank` in a row; outside the kernel: no tap. */
  const tapOf = (row: number, bank: number): number => {
    if (banks.x === 1) return row;
    if (banks.x < Math.ceil(kw / stride[1])) return row + padding[1] - bank * stride[1];
    const turned = (row % copies) * banks.shift - bank + banks.x;
    return Math.floor(row / copies) + (turned % banks.x) * stride[1];
  };
  const words: bigint[] = [];
  for (let c = 0; c < layer.input.channels; c++)
    for (let group = 0; group < layer.output.channels / channels; group++)
      for (let ky = 0; ky < kh; ky++)
        for (let row = 0; row < banks.aligns; row++) {
          const lanes: bigint[] = [];
          for (let bank = 0; bank < banks.x; bank++) {
            const kx = tapOf(row, bank);
            for (let l = 0; l < channels; l++) {
              const tap = (((group * channels + l) * layer.input.channels + c) * kh + ky) * kw + kx;
              lanes.push(kx >= 0 && kx < kw ? BigInt(weights[tap] as number) : 0n);
            }
          }
          words.push(pack(lanes, weightWidth));
        }
  return hexFile(words, banks.x * channels * weightWidth);
}

/** A table per channel: word g holds channels g·channels … of the group, once for each column of a word of neurons. */
export function channelTable(table: ChannelTable, word: Word): string {
  const { channels, columns } = word;
  const words: bigint[] = [];
  for (let c = 0; c < table.values.length; c += channels) {
    const group = table.values.slice(c, c + channels);
    words.push(pack(Array.from({ length: columns }, () => group).flat(), table.width));
  }
  return hexFile(words, lanesOf(word) * table.width);
}

/**
 * Readout weights in the order in which activations arrive; lane j·classes + c (rtl/readout_linear.v). Places off the
 * map have weight 0.
 */
export function readoutWeights(stage: ReadoutStage, source: LayerStage): string {
  const { readout, acts } = stage;
  const order = orderOf(readout.input, sentWord(source), windowVisits(source));
  const words: bigint[] = [];
  for (let first = 0; first < order.length; first += acts) {
    const inputs = Array.from(order.subarray(first, first + acts));
    words.push(
      pack(
        inputs.flatMap((input) => column(readout, input)),
        readout.weightBits,
      ),
    );
  }
  return hexFile(words, acts * readout.classes * readout.weightBits);
}

/** Weights of one slot of a readout on events: word k·SLICES + s is the column of lane s·ACTS + slot of beat k. */
export function columnWeights(stage: ReadoutStage, source: LayerStage, slot: number): string {
  const { readout, acts } = stage;
  const order = orderOf(readout.input, sentWord(source), windowVisits(source));
  const inputs = Array.from(order).filter((_, place) => place % acts === slot);
  const words = inputs.map((input) => pack(column(readout, input), readout.weightBits));
  return hexFile(words, readout.classes * readout.weightBits);
}

/** Weights of all classes for one input; a place off the map has none. */
function column({ weights, classes }: FixedReadout, input: number): readonly bigint[] {
  const inputs = weights.length / classes;
  return Array.from({ length: classes }, (_, c) =>
    input === OFF_MAP ? 0n : BigInt(weights[c * inputs + input] as number),
  );
}

/** Lowest thresholds of the lanes of a beat (rtl/readout_gather.v), a word for each of the beats of one position. */
export function lowestThresholds(stage: ReadoutStage, source: LayerStage): string {
  const { readout, lanes, potentialWidth } = stage;
  const tables = readout.thresholds;
  const words = Array.from({ length: gatherGroups(stage, source) }, (_, group) =>
    pack(
      Array.from({ length: lanes }, (_, lane) => {
        const channel = channelOf(sentWord(source), readout.input.channels, group * lanes + lane);
        return tables[tables.length === 1 ? 0 : channel]?.[0] as bigint;
      }),
      potentialWidth,
    ),
  );
  return hexFile(words, lanes * potentialWidth);
}

/** Thresholds of one lane and step (rtl/threshold_step.v): word g·2^k + q is T[(2q+1)·2^(S−1−k)], T counted from 1. */
export function thresholdStep(stage: ReadoutStage, source: LayerStage, lane: number, step: number): string {
  const { readout, acts, potentialWidth } = stage;
  const tables = readout.thresholds;
  const words: bigint[] = [];
  for (let slice = 0; slice < sliceGroups(readout, source, acts); slice++) {
    const channel = channelOf(sentWord(source), readout.input.channels, slice * acts + lane);
    const table = tables[tables.length === 1 ? 0 : channel] as readonly bigint[];
    for (let q = 0; q < 2 ** step; q++) {
      const index = (2 * q + 1) * 2 ** (readout.activationBits - 1 - step);
      words.push(pack([table[index - 1] as bigint], potentialWidth));
    }
  }
  return hexFile(words, potentialWidth);
}

/** One word with a value per class. */
export function perClass(values: readonly bigint[], width: number): string {
  return hexFile([pack(values, width)], values.length * width);
}
