import type { MemoryShape } from "../ir/design.js";
import { addressBits, countBits, isPowerOfTwo } from "../mapping/widths.js";
import {
  type BlockCost,
  type Cost,
  cost,
  type Mapper,
  memoryCost,
  plus,
  romCost,
  shiftRegister,
  times,
  trailingZeros,
} from "./cost.js";
import { dspOf } from "./multiplier.js";

/** Parameters of rtl/spike_sink.v. */
export interface SpikeSink {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly simd: number;
  /** A one-bit memory a lane. */
  readonly spikes: MemoryShape;
}

/** rtl/spike_sink.v: a one-bit memory a lane, addresses of event, read and clearing pass, and the choice between them. */
export function spikeSink(p: SpikeSink, mapper: Mapper): Cost {
  const groups = p.channels / p.simd;
  const address = addressBits(groups) + addressBits(p.height) + addressBits(p.width);
  // A channel's group and lane are bits of its number, or else a division: a subtractor a bit (measured, 9 and 24 channels).
  const divides = isPowerOfTwo(p.simd) ? 0 : 4.3 * (addressBits(p.channels) + 1) ** 2;
  return plus(
    memoryCost(p.spikes, mapper),
    cost({ lut: Math.ceil(2 * address + 2 * p.simd + 3 + divides), ff: 3 * address + p.simd + 5 }),
  );
}

/** Parameters of rtl/trace_sweep.v. */
export interface TraceSweep {
  readonly groups: number;
  readonly height: number;
  readonly width: number;
  readonly latency: number;
}

/** rtl/trace_sweep.v: place and number of the word read, number of the word written, a bit a cycle of the pipeline. */
export function traceSweep(p: TraceSweep): Cost {
  const places = countBits(p.groups) + countBits(p.height) + countBits(p.width);
  const word = countBits(p.groups * p.height * p.width);
  return cost({ lut: places + 8, ff: places + 2 * word + p.latency + 6 });
}

/** Parameters of rtl/dense_walk.v; pairs are [height, width]. */
export interface DenseWalk {
  readonly inGroups: number;
  readonly input: readonly [number, number];
  readonly outGroups: number;
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly pad: readonly [number, number];
  readonly pool: readonly [number, number];
}

/**
 * rtl/dense_walk.v: loop counters, three offsets of rows and three of columns, numbers of weights and neurons, and the
 * output registers. A bit of state takes 1.6 LUTs: one that adds, and part of one that chooses (measured, six shapes).
 */
export function denseWalk(p: DenseWalk): Cost {
  const [inH, inW] = p.input;
  const [outH, outW] = p.output;
  const [kh, kw] = p.kernel;
  const plane = inH * inW;
  const windows = [Math.ceil(outH / p.pool[0]), Math.ceil(outW / p.pool[1])] as const;
  const loops = [p.inGroups, kw, kh, p.pool[1], p.pool[0], p.outGroups, ...windows].reduce(
    (sum, n) => sum + countBits(n),
    0,
  );
  const rowReach = (outH * p.stride[0] + kh + p.pad[0]) * inW;
  const columnReach = outW * p.stride[1] + kw + p.pad[1];
  const offset = addressBits(Math.max(rowReach, columnReach, p.inGroups * plane) + 1) + 1;
  const column = outW * kw > 1 ? 3 * offset : 0;
  // Rows are multiples of the map's width.
  const row = outH * kh > 1 ? 3 * (offset - trailingZeros(inW)) : 0;
  const operand = countBits(p.inGroups * plane);
  const planes = p.inGroups > 1 ? operand - trailingZeros(plane) : 0;
  const weight = countBits(p.outGroups * kh * kw * p.inGroups);
  const neuron = countBits(p.outGroups * outH * outW);
  const group = countBits(p.outGroups);
  const state = loops + column + row + planes + 2 * weight + neuron + 4;
  const partial = outH % p.pool[0] !== 0 || outW % p.pool[1] !== 0 ? 1 : 0;
  const outputs =
    8 + partial + operand + weight + neuron + group + countBits(windows[0]) + countBits(windows[1]);
  return cost({ lut: Math.ceil(1.6 * state), ff: state + outputs });
}

/** Parameters of rtl/mac_array.v. */
export interface MacArray {
  readonly pe: number;
  readonly simd: number;
  readonly operandBits: number;
  readonly operandSigned: boolean;
  readonly weightBits: number;
  readonly sumBits: number;
}

/**
 * rtl/mac_array.v: products (or weights, for spikes) in registers with a reset for zeros, a tree of registered adders, and an
 * accumulator that adds or takes. Vivado is expected to take the product's register into the DSP.
 */
export function macArray(p: MacArray, mapper: Mapper): Cost {
  const spikes = p.operandBits === 1 && !p.operandSigned;
  const levels = Math.ceil(Math.log2(p.simd));
  const factor = p.operandSigned ? p.operandBits : p.operandBits + 1;
  const product = spikes ? p.weightBits : factor + p.weightBits;
  // Nodes are as wide as the root; only the sums of products know that their highest bits are one sign.
  const node = Math.min(product + levels, p.sumBits);
  let tree = cost({});
  for (let level = 1, nodes = p.simd; level <= levels; level++) {
    const pairs = Math.floor(nodes / 2);
    const alone = nodes % 2;
    const below = level === 1 ? Math.min(product, node) : node;
    tree = plus(tree, cost({ lut: pairs * below, ff: pairs * node + alone * below }));
    nodes = pairs + alone;
  }
  const dsp = spikes ? 0 : dspOf({ aWidth: factor, bWidth: p.weightBits }, mapper);
  // Joined DSPs overlap from bit 17 on; a product without a DSP takes 1.7 LUTs a partial product.
  const joined = dsp > 1 ? (dsp - 1) * (product - 17) : 0;
  const luts = !spikes && dsp === 0 ? Math.ceil(1.7 * factor * p.weightBits) : 0;
  const one = plus(
    times(
      p.simd,
      cost({
        ff: dsp > 0 && mapper === "vivado" ? 0 : Math.min(product, p.sumBits),
        dsp,
        lut: joined + luts,
      }),
    ),
    tree,
    cost({ lut: 2 * p.sumBits, ff: p.sumBits }),
  );
  const flags = plus(
    cost({ ff: levels + 2, lut: 1 + (spikes ? p.simd : 0) }),
    times(2, shiftRegister(levels + 1)),
  );
  return plus(times(p.pe, one), flags);
}

/** rtl/dense_control.v. */
export const denseControl = cost({ lut: 7, ff: 4 });

/** Parts of a dense stage before its neurons. */
export interface DenseFront {
  readonly sink: SpikeSink;
  readonly sweep: TraceSweep;
  readonly walk: DenseWalk;
  readonly mac: MacArray;
  readonly weights: MemoryShape;
  readonly weightColumns: number;
  /** Traces and operand. */
  readonly memories: readonly MemoryShape[];
  /** Bits of an operand address that is chosen between sweep and walk. */
  readonly sharedAddressBits: number;
}

/** Blocks of a dense stage before its neurons, but for the pipeline of traces. */
export function denseFront(p: DenseFront, mapper: Mapper): readonly BlockCost[] {
  return [
    { block: "spike_sink", cost: spikeSink(p.sink, mapper) },
    { block: "trace_sweep", cost: traceSweep(p.sweep) },
    { block: "dense_walk", cost: denseWalk(p.walk) },
    { block: "dense_control", cost: denseControl },
    { block: "fx_rom (weights)", cost: romCost(p.weights, mapper, p.weightColumns) },
    {
      block: "ram_sdp (traces)",
      cost: plus(...p.memories.map((m) => memoryCost(m, mapper)), cost({ lut: p.sharedAddressBits })),
    },
    { block: "mac_array", cost: macArray(p.mac, mapper) },
    // First, last and padding, beside the operand's memory, and the valid bit.
    { block: "fx_delay (beats)", cost: cost({ ff: 4 }) },
  ];
}
