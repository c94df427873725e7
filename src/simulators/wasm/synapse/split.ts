import type { Range } from "../../../fixed/format.js";
import type { FixedSynapse } from "../../../ir/fixed.js";
import { partialSums } from "../assert-ranges.js";
import { fits16, fits32 } from "../memory.js";

/** How operands are cut into factors of 16 bits: lo of `low` bits without a sign, and hi above, if there is any. */
export interface Split {
  readonly low: number;
  readonly wide: boolean;
}

/** A split whose sums of hi and of lo provably stay within 32 bits, over any part of a neuron's weights. */
export function splitOf(synapse: FixedSynapse, operand: Range): Split | undefined {
  if (!fitsIn(synapse.weights, 16)) return undefined;
  if (!fits32(operand)) return undefined;
  const sums = (x: Range): Range => partialSums(synapse.weights, synapse.outChannels, x);
  if (fits16(operand) && fits32(sums(operand))) return { low: 16, wide: false };
  for (const low of [12, 11, 13, 10, 14, 9, 15, 8]) {
    const high = { low: operand.low >> BigInt(low), high: operand.high >> BigInt(low) };
    const rest = { low: 0n, high: (1n << BigInt(low)) - 1n };
    if (fits16(high) && fits32(sums(high)) && fits32(sums(rest))) return { low, wide: true };
  }
  return undefined;
}

/** Whether every weight is a signed number of `bits` bits. */
export function fitsIn(weights: Int32Array, bits: number): boolean {
  const half = 2 ** (bits - 1);
  for (const w of weights) if (w < -half || w >= half) return false;
  return true;
}
