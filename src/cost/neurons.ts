import type { MemoryShape } from "../ir/design.js";
import {
  axisFifo,
  type BlockCost,
  type Cost,
  comparatorLuts,
  cost,
  type Mapper,
  memoryCost,
  plus,
  shiftRegister,
  stepCounter,
  times,
  treeLuts,
} from "./cost.js";

/** What templates/verilog/partials/neurons.v.hbs has behind the pipeline: states, pool, queues, sender. */
export interface Neurons {
  /** Neurons of a beat, of a window's beat; columns of it, and columns merged into one. */
  readonly lanes: number;
  readonly windowLanes: number;
  readonly windows: number;
  readonly merge: number;
  /** Whether windows have more than one beat. */
  readonly pooled: boolean;
  readonly neuronAddressBits: number;
  readonly groupBits: number;
  readonly placeBits: number;
  readonly channelBits: number;
  readonly lastChannel: number;
  readonly potentialBits: number;
  readonly sendsSpikes: boolean;
  readonly sendsPotentials: boolean;
  readonly states: readonly MemoryShape[];
  readonly spikeQueue: MemoryShape | undefined;
  readonly potentialQueues: MemoryShape | undefined;
  /** Whether the pipeline has tables, and words of the neuron number from the walk to the states and on to the results. */
  readonly grouped: boolean;
  readonly sumDelay: number;
  readonly postDelay: number;
}

/** Everything that both engines have behind the sums of the synapse, without the pipeline itself. */
export function neurons(p: Neurons, mapper: Mapper): readonly BlockCost[] {
  return [
    { block: "ram_sdp (states)", cost: plus(...p.states.map((memory) => memoryCost(memory, mapper))) },
    { block: "fx_delay (beside the pipeline)", cost: delays(p) },
    ...(p.merge > 1 ? [{ block: "pool_columns", cost: poolColumns(p) }] : []),
    { block: "pool_merge", cost: poolMerge(p) },
    ...(p.spikeQueue === undefined
      ? []
      : [
          { block: "axis_fifo (spikes)", cost: axisFifo(p.spikeQueue, mapper) },
          {
            block: "window_credit, step_counter (spikes)",
            cost: plus(
              windowCredit(p.spikeQueue.depth),
              stepCounter(p.channelBits, p.lastChannel),
              cost({ lut: treeLuts(p.windowLanes) + 3 }),
            ),
          },
          { block: "spike_sender", cost: spikeSender(p.windowLanes, p.channelBits + p.placeBits) },
        ]),
    ...(p.potentialQueues === undefined
      ? []
      : [
          { block: "axis_fifo (potentials)", cost: axisFifo(p.potentialQueues, mapper) },
          {
            block: "window_credit (potentials)",
            cost: times(p.potentialQueues.copies, windowCredit(p.potentialQueues.depth)),
          },
        ]),
  ];
}

/**
 * What goes beside the sums: valid bits, which have a reset, in flip-flops; the rest in shift registers from tap to tap.
 * The neuron's number is looked at for the read of its states and for their write.
 */
function delays(p: Neurons): Cost {
  const row = p.merge > 1 ? 1 : 0;
  const whole = p.sumDelay + p.postDelay + row;
  const valids = cost({ ff: p.sumDelay + p.postDelay + row + 2 });
  const number = p.states.length > 0 ? p.neuronAddressBits : 0;
  const numbers = plus(shiftRegister(p.sumDelay), shiftRegister(p.postDelay));
  const flags = (p.pooled ? 3 : 0) + (p.pooled && p.windows === 1 ? 1 : 0);
  return plus(
    valids,
    times(number, numbers),
    times(p.grouped ? p.groupBits : 0, shiftRegister(p.sumDelay)),
    times(flags + 1, shiftRegister(whole)),
    p.sendsSpikes ? times(p.placeBits, shiftRegister(whole + 1)) : cost({}),
    p.windows > 1 ? times(p.windows, shiftRegister(whole + 1)) : cost({}),
    p.states.length > 0 ? shiftRegister(p.sumDelay + 1) : cost({}),
    cost({ lut: 4 + (p.windows > 1 ? p.windowLanes : 0) }),
  );
}

/** rtl/pool_columns.v: for every column after the first, a comparison and a choice a potential, an OR a spike. */
export function poolColumns(
  p: Pick<Neurons, "windowLanes" | "merge" | "potentialBits" | "sendsPotentials" | "sendsSpikes">,
): Cost {
  const potential = p.sendsPotentials
    ? cost({ lut: (p.merge - 1) * (comparatorLuts(p.potentialBits) + p.potentialBits), ff: p.potentialBits })
    : cost({});
  return times(
    p.windowLanes,
    plus(p.sendsSpikes ? cost({ lut: treeLuts(p.merge), ff: 1 }) : cost({}), potential),
  );
}

/** rtl/pool_merge.v: an OR a spike, and a comparison that enables a potential's register; without a pool only registers. */
export function poolMerge(
  p: Pick<Neurons, "windowLanes" | "potentialBits" | "sendsPotentials" | "sendsSpikes" | "pooled">,
): Cost {
  const potential = p.sendsPotentials
    ? cost({ lut: p.pooled ? comparatorLuts(p.potentialBits) + 1 : 0, ff: p.potentialBits })
    : cost({});
  return plus(
    times(p.windowLanes, plus(p.sendsSpikes ? cost({ lut: p.pooled ? 1 : 0, ff: 1 }) : cost({}), potential)),
    cost({ lut: 1, ff: 1 }),
  );
}

/** rtl/window_credit.v: a counter up and down, an adder and a comparison with the level. */
export function windowCredit(depth: number): Cost {
  const bits = Math.log2(depth) + 1;
  return cost({ lut: 2 * bits + 2, ff: bits });
}

/**
 * rtl/spike_sender.v: the vector in hand, the event twice. Per spike, a choice, the spike without the lowest, and the priority
 * encoder: 5.8 LUTs up to 32, less beyond, where levels are shared (fitted to 1 to 64 spikes).
 */
export function spikeSender(lanes: number, eventBits: number): Cost {
  const lut = 2 + 5.8 * Math.min(lanes, 32) + 1.3 * Math.max(0, lanes - 32);
  return cost({ lut: Math.ceil(lut), ff: lanes + 2 * eventBits + 5 });
}
