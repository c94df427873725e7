import { fits32, type Lane, laneBytes, lengthOf } from "../memory.js";
import { listPairs } from "./gather-list.js";
import { sumWindows } from "./gather-sums.js";
import type { SynapseCode, SynapseSite } from "./places.js";
import type { Split } from "./split.js";

/**
 * Gathering: the pairs of operands that are not both 0 are listed, row by row; then every output sums those of the list
 * that lie inside its window. One instruction does the products of four output channels with both of a pair, of factors
 * of 16 bits: operands are P = hi·2^s + lo, and hi and lo have sums of their own.
 */
export function emitGather(site: SynapseSite, operand: number, split: Split): SynapseCode {
  const { memory, layer, output } = site;
  const weightsAt = memory.put(weightTable(site));
  const list = listPairs(site, operand, split);
  const lane: Lane = fits32(layer.synapse.range) ? "i32" : "i64";
  const sums = memory.reserve(lengthOf(output) * laneBytes(lane));
  const windows = sumWindows(site, split, { weightsAt, list, sums, lane });
  const bits = lane === "i32" ? 32 : 64;
  return {
    code: [list.code, windows],
    sums: { kind: "sums", at: sums, bits, rowLength: output.width * output.stride },
  };
}

/** Weights by (tap, pair of input channels, output channel, one of the pair). */
function weightTable({ layer, output }: SynapseSite): Int16Array {
  const { weights, kernel } = layer.synapse;
  const taps = kernel[0] * kernel[1];
  const { channels } = layer.input;
  const pairs = Math.ceil(channels / 2);
  const table = new Int16Array(taps * pairs * output.stride * 2);
  for (let tap = 0; tap < taps; tap++)
    for (let i = 0; i < channels; i++)
      for (let c = 0; c < output.channels; c++) {
        const at = (tap * pairs + (i >> 1)) * output.stride + c;
        table[at * 2 + (i & 1)] = weights[(c * channels + i) * taps + tap] as number;
      }
  return table;
}
