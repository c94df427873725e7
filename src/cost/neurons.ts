import type { MemoryShape } from "../ir/design.js";
import {
  type BlockCost,
  type Cost,
  cost,
  type Mapper,
  memoryCost,
  plus,
  shiftRegister,
  times,
} from "./cost.js";
import { type LayerOutput, layerOutput } from "./layer-output.js";

/** What templates/verilog/partials/neurons.v.hbs has beside and behind the pipeline: states, delays, rtl/layer_output.v. */
export interface Neurons {
  readonly neuronAddressBits: number;
  /** Whether a neuron's number is counted beside its sums, not brought along from the walk. */
  readonly countsNeurons: boolean;
  readonly groupBits: number;
  readonly states: readonly MemoryShape[];
  /** Whether the pipeline has tables, and cycles of the neuron number from the walk to the states and on to the results. */
  readonly grouped: boolean;
  readonly sumDelay: number;
  readonly postDelay: number;
  readonly output: Omit<LayerOutput, "delayed">;
}

/** Everything that both engines have behind the sums of the synapse, without the pipeline itself. */
export const neurons = (p: Neurons, mapper: Mapper): readonly BlockCost[] => [
  { block: "ram_sdp (states)", cost: plus(...p.states.map((memory) => memoryCost(memory, mapper))) },
  { block: "fx_delay (beside the pipeline)", cost: delays(p) },
  ...layerOutput({ ...p.output, delayed: p.sumDelay + p.postDelay }, mapper),
];

/**
 * What goes beside the sums: valid bits, which have a reset, in flip-flops; the rest in shift registers from tap to tap.
 * The neuron's number is looked at for the read of its states and for their write. What goes on to rtl/layer_output.v
 * is one chain with what that delays, and counts there.
 */
function delays(p: Neurons): Cost {
  const number = p.states.length > 0 ? p.neuronAddressBits : 0;
  const walked = p.countsNeurons ? cost({}) : shiftRegister(p.sumDelay);
  const numbers = plus(walked, shiftRegister(p.postDelay));
  return plus(
    cost({ ff: p.sumDelay + p.postDelay }),
    times(number, numbers),
    times(p.grouped ? p.groupBits : 0, shiftRegister(p.sumDelay)),
    p.states.length > 0 ? shiftRegister(p.sumDelay + 1) : cost({}),
  );
}
