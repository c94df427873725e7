import type { MemoryShape } from "../ir/design.js";
import { addressBits } from "../mapping/widths.js";
import {
  asynchronousMemory,
  type BlockCost,
  type Cost,
  comparatorLuts,
  cost,
  type Mapper,
  muxLuts,
  plus,
  romCost,
  shiftRegister,
  stepCounter,
  times,
} from "./cost.js";
import {
  argmaxScan,
  pipeControl,
  type Readout,
  readoutSums,
  thresholdSearch,
  voteCounter,
} from "./readout.js";

/** Parameters of a readout behind events (templates/verilog/event_readout_stage.v.hbs). */
export interface GatheringReadout extends Readout {
  /** Words of lowest thresholds, and bits of a slot's weight address and table. */
  readonly gatherGroups: number;
  readonly addressBits: number;
  readonly tableBits: number;
  readonly lowest: MemoryShape;
  /** The queues of all slots. */
  readonly queues: MemoryShape;
}

/** Blocks of a readout that takes only activations that are not zero. */
export function gatheringReadout(p: GatheringReadout, mapper: Mapper): readonly BlockCost[] {
  const found = times(p.acts * (1 + p.addressBits), shiftRegister(2 * p.steps));
  return [
    { block: "readout_gather", cost: readoutGather(p, mapper) },
    { block: "axis_pipe_control, fx_delay_enable", cost: plus(pipeControl(2 * p.steps), found) },
    { block: "threshold_step", cost: thresholdSearch(p, mapper) },
    { block: "fx_rom (weights)", cost: romCost(p.weights, mapper) },
    { block: "readout_columns", cost: plus(readoutSums(p, mapper), cost({ ff: p.acts + 1 })) },
    { block: "argmax_scan", cost: argmaxScan(p.classes, p.sumBits, p.rankBits) },
    { block: "vote_counter", cost: voteCounter(p) },
  ];
}

/**
 * rtl/readout_gather.v: a comparison a lane (with a constant, half of one), the beat in hand, and for each slot a queue, the
 * numbers of its weights and the potential.
 */
export function readoutGather(p: GatheringReadout, mapper: Mapper): Cost {
  const width = p.potentialBits;
  const compare = p.gatherGroups > 1 ? comparatorLuts(width) : Math.ceil(width / 2);
  const beat = addressBits(p.beats);
  const slices = p.lanes / p.acts;
  const bank = readoutBank(slices, width, p.queues.depth);
  return plus(
    asynchronousMemory(p.queues, mapper),
    romCost(p.lowest, mapper),
    times(p.acts, bank),
    stepCounter(beat, p.beats - 1),
    stepCounter(addressBits(p.gatherGroups), p.gatherGroups - 1),
    cost({ lut: p.lanes * compare + 8, ff: p.lanes * p.laneBits + beat + 6 }),
    times(
      p.acts,
      cost({
        lut: 4,
        ff: p.addressBits + (p.gatherGroups > 1 ? p.tableBits : 0) + Math.min(width, p.laneBits) + 1,
      }),
    ),
  );
}

/**
 * rtl/readout_bank.v without its memory: pointers and level, the lanes that have left, the lowest of the rest. Choosing one
 * of two potentials takes a LUT a bit; of more, 1.4 LUTs a bit of the vector (measured, 4 and 16 lanes of 24 bits: Yosys
 * makes a shifter of it).
 */
export function readoutBank(slices: number, width: number, depth: number): Cost {
  const bits = Math.log2(depth);
  const choice = slices <= 2 ? muxLuts(slices) * width : Math.ceil(1.4 * slices * width);
  return cost({
    lut: 5 * bits + 1 + choice,
    ff: 4 * bits + 1 + (slices > 1 ? slices : 0),
  });
}
