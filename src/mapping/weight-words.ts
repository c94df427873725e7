import type { DenseStage, EventStage } from "../ir/design.js";
import { type MemoryWords, pack } from "./words.js";

/** Weight memory of a dense stage: word ((og·K_h + ky)·K_w + kx)·IN_GROUPS + ig; lane p·SIMD + s. */
export function denseWeights(stage: DenseStage): MemoryWords {
  const { pe, simd } = stage;
  const { weights, kernel, weightBits } = stage.layer.synapse;
  const [kh, kw] = kernel;
  const inChannels = stage.layer.input.channels;
  const words: bigint[] = [];
  for (let og = 0; og < stage.geometry.groups; og++)
    for (let ky = 0; ky < kh; ky++)
      for (let kx = 0; kx < kw; kx++)
        for (let ig = 0; ig < stage.geometry.inGroups; ig++) {
          const lanes: bigint[] = [];
          for (let p = 0; p < pe; p++)
            for (let s = 0; s < simd; s++) {
              const row = (og * pe + p) * inChannels + ig * simd + s;
              lanes.push(BigInt(weights[(row * kh + ky) * kw + kx] as number));
            }
          words.push(pack(lanes, weightBits));
        }
  return { width: pe * simd * weightBits, words };
}

/**
 * Weight memory of an event stage (rtl/event_walk.v): word ((c·GROUPS + group)·K_h + ky)·ALIGNS + row; bank b, lane l
 * at place b·CHANNELS + l. A row holds the taps of one kernel row in the order of the banks, turned by whole steps of
 * SHIFT banks (rtl/event_axis.v).
 */
export function eventWeights(stage: EventStage): MemoryWords {
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
    for (let group = 0; group < stage.geometry.eventGroups; group++)
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
  return { width: banks.x * channels * weightWidth, words };
}
