import type { MemoryShape } from "../ir/design.js";
import {
  axisFifo,
  type BlockCost,
  type Cost,
  comparatorLuts,
  cost,
  type Mapper,
  plus,
  shiftRegister,
  stepCounter,
  times,
  treeLuts,
} from "./cost.js";

/** What rtl/layer_output.v takes in and sends. */
export interface LayerOutput {
  /** Neurons of a window's beat; windows of it, and columns merged into one. */
  readonly windowLanes: number;
  readonly windows: number;
  readonly merge: number;
  /** Whether windows have more than one beat. */
  readonly pooled: boolean;
  readonly placeBits: number;
  readonly channelBits: number;
  readonly lastChannel: number;
  readonly potentialBits: number;
  readonly sendsSpikes: boolean;
  readonly sendsPotentials: boolean;
  readonly spikeQueue: MemoryShape | undefined;
  readonly potentialQueues: MemoryShape | undefined;
  /** Cycles by which flags and places come delayed: synthesis makes one chain of that delay and the block's own. */
  readonly delayed: number;
}

/**
 * rtl/layer_output.v, block by block: pool, queues with their credit, sender. Alone it is smaller than this sum, as
 * synthesis shares counters and states of the queues: by 50 LUTs with two readers, by 37 without any (measured).
 */
export function layerOutput(p: LayerOutput, mapper: Mapper): readonly BlockCost[] {
  return [
    { block: "fx_delay (beside the pool)", cost: delays(p) },
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

/** What goes beside the words: valid bits, which have a reset, in flip-flops; the rest in shift registers. */
function delays(p: LayerOutput): Cost {
  const row = p.merge > 1 ? 1 : 0;
  const whole = p.delayed + row;
  const flags = (p.pooled ? 3 : 0) + (p.pooled && p.windows === 1 ? 1 : 0);
  return plus(
    cost({ ff: row + 2, lut: 4 + (p.windows > 1 ? p.windowLanes : 0) }),
    times(flags + 1, shiftRegister(whole)),
    p.sendsSpikes ? times(p.placeBits, shiftRegister(whole + 1)) : cost({}),
    p.windows > 1 ? times(p.windows, shiftRegister(whole + 1)) : cost({}),
  );
}

/** rtl/pool_columns.v: for every column after the first, a comparison and a choice a potential, an OR a spike. */
export function poolColumns(
  p: Pick<LayerOutput, "windowLanes" | "merge" | "potentialBits" | "sendsPotentials" | "sendsSpikes">,
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
  p: Pick<LayerOutput, "windowLanes" | "potentialBits" | "sendsPotentials" | "sendsSpikes" | "pooled">,
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
