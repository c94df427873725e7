import { countBits } from "../mapping/widths.js";
import { type Cost, cost, muxLuts } from "./cost.js";

/** Parameters of rtl/sweep_walk.v. */
export interface SweepWalk {
  readonly groups: number;
  readonly slices: number;
  readonly height: number;
  readonly width: number;
  readonly pool: readonly [height: number, width: number];
  readonly columns: number;
  readonly windows: number;
  readonly overlap: boolean;
}

/**
 * rtl/sweep_walk.v: counters of the loops, places of beat and window, output registers. Each bit of state takes a LUT,
 * which counts and starts again; ten more say when (measured, ten shapes).
 */
export function sweepWalk(p: SweepWalk): Cost {
  const [poolH, poolW] = p.pool;
  const span = poolW * p.windows;
  const [y, x] = [countBits(p.height), countBits(p.width)];
  const [spansY, spansX] = [Math.ceil(p.height / poolH), Math.ceil(p.width / span)];
  const slice = countBits(p.slices);
  const group = countBits(p.groups);
  const both = countBits(p.groups * p.slices);
  const neuron = countBits(p.groups * p.slices * p.height * p.width);
  const pooled = poolH * Math.ceil(span / p.columns) > 1;
  const loops = countBits(span / p.columns) + countBits(poolH) + slice + group + both;
  const places = (spansX > 1 ? x : 0) + (spansY > 1 ? y : 0) + 3 * x + 2 * y;
  const state = loops + places + neuron + (pooled ? 1 : 0) + 2 + (p.overlap ? 0 : 1);
  const partial = p.width % p.columns !== 0 ? p.columns : 0;
  const emits = p.height % poolH !== 0 || p.width % span !== 0 ? p.windows : 0;
  const outputs =
    4 +
    (p.slices > 1 ? 1 : 0) +
    group +
    y +
    x +
    slice +
    both +
    neuron +
    partial +
    emits +
    (pooled ? 2 : 0) +
    y +
    x;
  return cost({ lut: state + 10, ff: state + outputs });
}

/**
 * rtl/slice_select.v without its register, which the pipeline counts: a LUT a bit for up to four slices. Yosys makes no
 * tree of more (measured: 7, 23 and 58 LUTs a bit for 8, 16 and 32).
 */
export function sliceSelect(width: number, slices: number): Cost {
  if (slices <= 4) return cost({ lut: width * muxLuts(slices) });
  return cost({ lut: Math.ceil(width * (slices <= 8 ? 7.25 : slices <= 16 ? 23.1 : 1.8 * slices)) });
}
