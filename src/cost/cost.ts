import type { MemoryShape } from "../ir/design.js";
import { type MemoryUse, mapMemoryVivado, mapMemoryYosys } from "./memory.js";

/**
 * What a block takes of a device, in the cells of `synth_xilinx -family xcup` (Yosys 0.23). `lut`: LUTs used as logic;
 * inverters, carry and MUXF cells aren't counted. `lutram`: LUTs used as memory, shift registers among them. Two
 * RAMB18 fill one RAMB36.
 */
export interface Cost {
  readonly lut: number;
  readonly ff: number;
  readonly lutram: number;
  readonly ramb18: number;
  readonly ramb36: number;
  readonly uram: number;
  readonly dsp: number;
}

/** A named part of a stage: an rtl/ block, or what stands between blocks. */
export interface BlockCost {
  readonly block: string;
  readonly cost: Cost;
}

/** Whose rules count memories and multipliers; Vivado's were not checked with Vivado. */
export type Mapper = "yosys" | "vivado";

/** The cost of wires and constants. */
export const nothing: Cost = { lut: 0, ff: 0, lutram: 0, ramb18: 0, ramb36: 0, uram: 0, dsp: 0 };

/** A cost of which most counts are 0. */
export const cost = (some: Partial<Cost>): Cost => ({ ...nothing, ...some });

/** Sum of costs. */
export const plus = (...costs: readonly Cost[]): Cost =>
  costs.reduce(
    (a, b) => ({
      lut: a.lut + b.lut,
      ff: a.ff + b.ff,
      lutram: a.lutram + b.lutram,
      ramb18: a.ramb18 + b.ramb18,
      ramb36: a.ramb36 + b.ramb36,
      uram: a.uram + b.uram,
      dsp: a.dsp + b.dsp,
    }),
    nothing,
  );

/** Sum of blocks. */
export const sumOf = (blocks: readonly BlockCost[]): Cost => plus(...blocks.map((block) => block.cost));

/** A cost `n` times. */
export const times = (n: number, c: Cost): Cost => ({
  lut: n * c.lut,
  ff: n * c.ff,
  lutram: n * c.lutram,
  ramb18: n * c.ramb18,
  ramb36: n * c.ramb36,
  uram: n * c.uram,
  dsp: n * c.dsp,
});

/** Blocks of RAMB36, halves for RAMB18. */
export const ramb36Of = (c: Pick<Cost, "ramb18" | "ramb36">): number => c.ramb36 + c.ramb18 / 2;

/** What a memory takes by the rules of one of the tools. */
export const memoryUse = (memory: MemoryShape, mapper: Mapper): MemoryUse =>
  mapper === "yosys" ? mapMemoryYosys(memory) : mapMemoryVivado(memory);

/**
 * A memory of a registered read, all copies. Block RAM takes the read register in; before LUTs it stands in flip-flops.
 */
export function memoryCost(memory: MemoryShape, mapper: Mapper): Cost {
  const use = memoryUse(memory, mapper);
  const reads = memory.kind === "rom2" ? 2 : 1;
  const inBlocks = use.ramb18 + use.ramb36 + use.uram > 0;
  return times(memory.copies, cost({ ...use, ff: inBlocks ? 0 : reads * memory.width }));
}

/**
 * A ROM, all copies. In LUTs its cost is that of the bits that differ between words: no more of them than there are
 * patterns, an inverse not counted; `columns`, where the contents are known.
 */
export function romCost(memory: MemoryShape, mapper: Mapper, columns = memory.width): Cost {
  if (memory.depth === 1) return nothing;
  const whole = memoryCost(memory, mapper);
  if (ramb36Of(whole) > 0) return whole;
  const share = Math.min(columns, 2 ** (memory.depth - 1) - 1) / memory.width;
  // A word of two is its address, or the inverse.
  return cost({
    lut: memory.depth === 2 ? 0 : Math.ceil(whole.lut * share),
    ff: Math.ceil(whole.ff * share),
  });
}

/** As {@link memoryCost} where the read is combinational (rtl/axis_fifo.v and the like): no register. */
export const asynchronousMemory = (memory: MemoryShape, mapper: Mapper): Cost => ({
  ...memoryCost(memory, mapper),
  ff: 0,
});

/** LUTs of a function of `inputs` bits that is a tree: each LUT6 takes five inputs away. */
export const treeLuts = (inputs: number): number => Math.max(0, Math.ceil((inputs - 1) / 5));

/**
 * A register chain of `cycles` without reset or taps: flip-flops up to two, then a shift register. Yosys puts 16 or 32
 * cycles into one, and one that would be left over into a flip-flop (measured, 1 to 100 cycles).
 */
export function shiftRegister(cycles: number): Cost {
  if (cycles < 3) return cost({ ff: cycles });
  if (cycles === 17 || cycles % 32 === 1)
    return cost({ ff: 1, lutram: cycles === 17 ? 1 : (cycles - 1) / 32 });
  return cost({ lutram: Math.ceil(cycles / 32) });
}

/** Low bits of n that are 0. */
export const trailingZeros = (n: number): number => (n % 2 === 0 && n > 0 ? 1 + trailingZeros(n / 2) : 0);

/** LUTs of `a > b` of two numbers: a pair for three bits, into a carry chain (Yosys: cmp2lcu). */
export const comparatorLuts = (bits: number): number => 2 * Math.ceil(bits / 3);

/** LUTs that choose one of `ways` bits by a binary number: two ways need three inputs, four ways a LUT6. */
export const muxLuts = (ways: number): number =>
  ways <= 1 ? 0 : ways <= 4 ? 1 : Math.ceil(ways / 4) + muxLuts(Math.ceil(ways / 4));

/** rtl/step_counter.v: a value bit each, and whether it is at its last. */
export const stepCounter = (width: number, last: number): Cost =>
  last === 0 ? nothing : cost({ lut: width + 1, ff: width });

/**
 * rtl/axis_fifo.v: two pointers (the one that reads stands twice: Yosys makes it the read port's address), a level that
 * counts up and down. Fitted to 4 and 16 places: nine LUTs an address bit, less seven.
 */
export function axisFifo(memory: MemoryShape, mapper: Mapper): Cost {
  const bits = Math.log2(memory.depth);
  const control = cost({ lut: 9 * bits - 7, ff: 4 * bits + 1 });
  return plus(asynchronousMemory(memory, mapper), times(memory.copies, control));
}
