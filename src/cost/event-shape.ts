import type { MemoryShape } from "../ir/design.js";
import { addressBits, countBits, isPowerOfTwo } from "../mapping/widths.js";
import type { Axis } from "./axis.js";
import { trailingZeros } from "./cost.js";
import { type Bit, type Netlist, ZERO } from "./netlist.js";

/** Parameters of rtl/event_integrate.v and of the blocks in it; rows and columns, each [y, x]. */
export interface EventIntegrate {
  readonly ports: number;
  readonly inChannels: number;
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly pad: readonly [number, number];
  /** Channels at once, groups of them. */
  readonly channels: number;
  readonly groups: number;
  readonly banks: readonly [number, number];
  readonly shift: number;
  readonly aligns: number;
  /** Columns read at once. */
  readonly columns: number;
  readonly weightBits: number;
  readonly sumBits: number;
  /** Memories as the design lists them. */
  readonly weights: readonly MemoryShape[];
  readonly accumulators: MemoryShape;
  readonly queue: MemoryShape;
  /** Bits of a weight word that differ between words: what a ROM in LUTs is made of. */
  readonly weightColumns: number;
}

/** Bits of a word of accumulators: a sum for each channel at once. */
export const wordBits = (p: EventIntegrate): number => p.channels * p.sumBits;
/** Bits of the place of a word in its bank. */
export const placeBits = (p: EventIntegrate): number => addressBits(p.accumulators.depth);

/** Places of a bank along x, along y. */
export const placesOf = (p: EventIntegrate): readonly [number, number] => [
  Math.ceil(p.output[1] / p.banks[1]),
  Math.ceil(p.output[0] / p.banks[0]),
];

/** What both tables of an axis share: 0 is y, 1 is x. */
export const axisOf = (
  p: EventIntegrate,
  a: 0 | 1,
): Pick<Axis, "input" | "output" | "kernel" | "stride" | "pad" | "banks"> => ({
  input: p.input[a],
  output: p.output[a],
  kernel: p.kernel[a],
  stride: p.stride[a],
  pad: p.pad[a],
  banks: p.banks[a],
});

/** Bits of a number that takes `count` multiples of `step`, 0 among them: the low ones that all have are ZERO. */
export function multiples(net: Netlist, step: number, count: number, width: number): Bit[] {
  const zeros = trailingZeros(step);
  return Array.from({ length: width }, (_, i) => (count === 1 || i < zeros ? ZERO : net.input()));
}

/** Additions of a product with a constant by shifts: one a bit of the other factor after the first, none for a power of two. */
export const productAdders = (constant: number, count: number): number =>
  isPowerOfTwo(constant) ? 0 : Math.max(0, countBits(count) - 1);
