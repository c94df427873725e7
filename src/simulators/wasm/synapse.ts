import type { Range } from "../../fixed/format.js";
import { fits16, fits32 } from "./memory.js";
import { emitGather } from "./synapse/gather.js";
import type { Operand, SynapseCode, SynapseSite } from "./synapse/places.js";
import { emitScatter } from "./synapse/scatter.js";
import { fitsIn, splitOf } from "./synapse/split.js";

/**
 * Convolutions: binary operands are scattered, in the narrowest lanes that provably hold their sums; dense operands of
 * values in `range` are gathered, where their products can be cut into factors of 16 bits, and scattered elsewhere.
 */
export function emitSynapse(site: SynapseSite, operand: Operand, range: Range): SynapseCode {
  const { synapse } = site.layer;
  if (operand.kind === "bytes") {
    // A spike meets a sum once, and the sums' interval holds the sum of any part of a neuron's weights.
    const narrow = fits16(synapse.range) && fitsIn(synapse.weights, 8);
    const bits = narrow ? 16 : fits32(synapse.range) && fitsIn(synapse.weights, 16) ? 32 : 64;
    return emitScatter(site, operand, bits);
  }
  const split = splitOf(synapse, range);
  return split === undefined ? emitScatter(site, operand, 64) : emitGather(site, operand.at, split);
}
