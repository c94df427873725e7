import type { ChannelTable, DenseStage, ReadoutStage } from "../ir/design.js";
import { windowVisits } from "../mapping/visits.js";
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

/** A table per channel: word g holds channels g·lanes … g·lanes + lanes − 1. */
export function channelTable(table: ChannelTable, lanes: number): string {
  const words: bigint[] = [];
  for (let c = 0; c < table.values.length; c += lanes)
    words.push(pack(table.values.slice(c, c + lanes), table.width));
  return hexFile(words, lanes * table.width);
}

/** Readout weights in the order in which activations arrive; lane j·classes + c (rtl/readout_linear.v). */
export function readoutWeights(stage: ReadoutStage, source: DenseStage): string {
  const { readout, acts } = stage;
  const { channels, height, width } = readout.input;
  const inputs = channels * height * width;
  const words: bigint[] = [];
  for (const { group, y, x } of windowVisits(source))
    for (let slice = 0; slice < source.pe; slice += acts) {
      const lanes: bigint[] = [];
      for (let j = 0; j < acts; j++) {
        const input = ((group * source.pe + slice + j) * height + y) * width + x;
        for (let c = 0; c < readout.classes; c++)
          lanes.push(BigInt(readout.weights[c * inputs + input] as number));
      }
      words.push(pack(lanes, readout.weightBits));
    }
  return hexFile(words, acts * readout.classes * readout.weightBits);
}

/** Thresholds of one lane and step (rtl/threshold_step.v): word g·2^k + q is T[(2q+1)·2^(S−1−k)], T counted from 1. */
export function thresholdStep(stage: ReadoutStage, lane: number, step: number): string {
  const { readout, acts, potentialWidth } = stage;
  const tables = readout.thresholds;
  const groups = tables.length === 1 ? 1 : readout.input.channels / acts;
  const words: bigint[] = [];
  for (let g = 0; g < groups; g++) {
    const table = tables[tables.length === 1 ? 0 : g * acts + lane] as readonly bigint[];
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
