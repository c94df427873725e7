import type { MemoryShape } from "../ir/design.js";
import { TICK_BITS } from "../ir/frame.js";
import { addressBits } from "../mapping/widths.js";
import {
  type BlockCost,
  type Cost,
  comparatorLuts,
  cost,
  type Mapper,
  plus,
  romCost,
  shiftRegister,
  stepCounter,
  times,
} from "./cost.js";
import { dspOf } from "./multiplier.js";

/** Parameters of a readout's blocks (templates/verilog/readout_stage.v.hbs). */
export interface Readout {
  readonly lanes: number;
  readonly acts: number;
  readonly laneBits: number;
  readonly potentialBits: number;
  readonly steps: number;
  /** Tables of thresholds. */
  readonly groups: number;
  readonly classes: number;
  readonly weightBits: number;
  readonly sumBits: number;
  readonly rankBits: number;
  readonly beats: number;
  readonly vote: "majority" | "sum" | "last";
  /** Of a sum of logits: bits below them. */
  readonly fractionBits: number;
  readonly votesBits: number;
  readonly weights: MemoryShape;
  /** A memory a step, lanes as copies. */
  readonly thresholds: readonly MemoryShape[];
}

/** What the sums of a readout depend on. */
export type ReadoutSums = Pick<Readout, "acts" | "steps" | "classes" | "weightBits" | "sumBits">;

/** Blocks of a readout stage. */
export function readout(p: Readout, mapper: Mapper): readonly BlockCost[] {
  return [
    { block: "vector_slicer", cost: vectorSlicer(p.lanes, p.acts, p.laneBits) },
    {
      block: "step_counter, axis_pipe_control",
      cost: plus(stepCounter(addressBits(p.groups), p.groups - 1), pipeControl(2 * p.steps)),
    },
    { block: "threshold_step", cost: thresholdSearch(p, mapper) },
    {
      block: "readout_linear",
      cost: plus(romCost(p.weights, mapper), readoutSums(p, mapper), addresses(p.beats)),
    },
    { block: "argmax_scan", cost: argmaxScan(p.classes, p.sumBits, p.rankBits) },
    { block: "vote_counter", cost: voteCounter(p) },
  ];
}

/** Blocks of a readout whose logits are potentials (templates/verilog/potential_readout_stage.v.hbs). */
export function potentialReadout(
  p: Pick<
    Readout,
    "classes" | "laneBits" | "sumBits" | "rankBits" | "vote" | "fractionBits" | "votesBits"
  > & {
    /** Classes whose bias is not 0. */
    readonly biases: number;
  },
): readonly BlockCost[] {
  return [
    {
      block: "potential_collect",
      cost: cost({ lut: 3 + p.biases * p.sumBits, ff: p.classes * p.laneBits + 2 }),
    },
    { block: "argmax_scan", cost: argmaxScan(p.classes, p.sumBits, p.rankBits) },
    { block: "vote_counter", cost: voteCounter(p) },
  ];
}

/** Address of the weights of each beat of a tick. */
const addresses = (beats: number): Cost =>
  beats > 1 ? cost({ lut: addressBits(beats), ff: addressBits(beats) }) : cost({});

/** rtl/vector_slicer.v: a register and a choice a bit, and a count of slices. */
export function vectorSlicer(lanes: number, acts: number, bits: number): Cost {
  const count = lanes > acts ? addressBits(lanes / acts) : 0;
  return cost({ lut: lanes * bits + 2 * count + 3, ff: lanes * bits + count + 3 });
}

/** rtl/axis_pipe_control.v: valid bits have a reset; last and user are shift registers. */
export const pipeControl = (stages: number): Cost =>
  plus(cost({ lut: 1, ff: stages }), times(2, shiftRegister(stages)));

/**
 * rtl/threshold_step.v, all steps and lanes: per step a threshold, a comparison, the potential and what is found twice.
 * The table's number goes beside them once for all lanes; the last step keeps neither.
 */
export function thresholdSearch(p: Readout, mapper: Mapper): Cost {
  const width = p.potentialBits;
  const group = p.groups > 1 ? addressBits(p.groups) : 0;
  const lane = Array.from({ length: p.steps }, (_, k) => {
    const last = k + 1 === p.steps;
    return cost({ lut: comparatorLuts(width), ff: (last ? 1 : 2) * width + 2 * k + 1 });
  });
  // Above its own bits a potential repeats its sign.
  const extended = (2 * p.steps - 1) * (width - Math.min(width, p.laneBits));
  return plus(
    ...p.thresholds.map((memory) => romCost(memory, mapper)),
    times(p.acts, plus(...lane, cost({ ff: -extended }))),
    cost({ ff: 2 * group * (p.steps - 1) }),
  );
}

/**
 * rtl/readout_linear.v and rtl/readout_columns.v without the weights' memory: weights and activations, products, a tree of
 * adders and an accumulator a class, the result. Vivado is expected to take the products' registers into the DSPs.
 */
export function readoutSums(p: ReadoutSums, mapper: Mapper): Cost {
  const levels = Math.ceil(Math.log2(p.acts));
  const product = p.steps + p.weightBits;
  const dsp = dspOf({ aWidth: p.steps + 1, bWidth: p.weightBits }, mapper);
  const luts = dsp === 0 ? Math.ceil(1.7 * p.steps * p.weightBits) : 0;
  let tree = cost({});
  for (let level = 1, nodes = p.acts; level <= levels; level++) {
    const pairs = Math.floor(nodes / 2);
    nodes = Math.ceil(nodes / 2);
    tree = plus(tree, cost({ lut: pairs * (product + level - 1), ff: nodes * (product + level) }));
  }
  // Back to the bias by the register's own reset or by a LUT a bit: Yosys does either, without a rule that we found.
  const accumulator = cost({ lut: Math.ceil(1.5 * p.sumBits), ff: 2 * p.sumBits });
  const slot = times(p.acts, cost({ dsp, lut: luts, ff: dsp > 0 && mapper === "vivado" ? 0 : product }));
  return plus(
    times(p.classes, plus(slot, tree, accumulator)),
    cost({ lut: 6, ff: p.acts * (p.classes * p.weightBits + 2 * p.steps) + levels + 5 }),
    times(2, shiftRegister(3 + levels)),
  );
}

/** rtl/argmax_scan.v: logits that turn, the best key, a choice of ranks (one bit of eight classes a LUT, about). */
export function argmaxScan(classes: number, bits: number, rankBits: number): Cost {
  const index = addressBits(classes);
  const key = bits + rankBits;
  return cost({
    lut: classes * bits + comparatorLuts(key) + rankBits * Math.ceil(classes / 8) + 9,
    ff: classes * bits + key + 2 * index + 3,
  });
}

/** rtl/vote_counter.v: a score a class that counts and turns, the best, and the ticks of the frame. */
export function voteCounter(
  p: Pick<Readout, "classes" | "vote" | "votesBits" | "sumBits" | "fractionBits">,
): Cost {
  const index = addressBits(p.classes);
  const ticks = TICK_BITS;
  if (p.vote === "last") return cost({ lut: 2 * ticks + index + 1, ff: ticks + p.votesBits + index + 1 });
  const sums = p.vote === "sum";
  const score = sums ? p.sumBits + p.fractionBits + p.votesBits : p.votesBits + 1;
  return cost({
    lut: p.classes * score * (sums ? 2 : 1) + (sums ? 71 : 57 + 2 * p.classes),
    ff: (p.classes + 1) * score + ticks + 2 * index + 2 + (sums ? p.votesBits : 0),
  });
}
