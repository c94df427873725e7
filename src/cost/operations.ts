import { assertNever } from "../diagnostics/diagnostic.js";
import type { PipelineOp, Source } from "../ir/pipeline.js";
import { productOf } from "../mapping/parts.js";
import { type Mapper, treeLuts } from "./cost.js";
import { dspOf } from "./multiplier.js";
import { type Bit, isConstant, LATE_ZERO, type Netlist, ONE, sumBits, ZERO } from "./netlist.js";

/** Bits of a number, lowest first, the sign last; above it the sign is repeated. */
export type Bits = readonly Bit[];

const at = (bits: Bits, i: number): Bit => bits[Math.min(i, bits.length - 1)] ?? ZERO;
const extend = (bits: Bits, width: number): Bits => Array.from({ length: width }, (_, i) => at(bits, i));
/** The bits of a constant in two's complement, lowest first. */
export const bitsOf = (value: bigint, width: number): Bits =>
  Array.from({ length: width }, (_, i) => (((value >> BigInt(i)) & 1n) === 1n ? ONE : ZERO));

/** Bits of an operation's result. */
export function resultOf(
  net: Netlist,
  op: PipelineOp,
  number: (source: Source) => Bits,
  nets: ReadonlyMap<string, Bits>,
  mapper: Mapper,
): Bits {
  const { width } = op.out;
  const a = op.kind === "delay" ? [] : number("a" in op ? op.a : assertNever(op));
  const registered = (bits: Bits): Bits => bits.map((bit) => net.register(bit));
  switch (op.kind) {
    case "add":
      return registered(sumBits(net, a, number(op.b), width, op.subtract));
    case "mul": {
      const product = productOf(op);
      return product === undefined
        ? gatedBits(net, a[0] as Bit, number(op.b), width, op.latency)
        : productBits(net, a, number(op.b), width, dspOf(product, mapper), mapper);
    }
    case "shift_left":
      return extend([...Array<Bit>(op.shift).fill(ZERO), ...a], width);
    case "shift_left_var":
      return registered(shiftedBits(net, extend(a, width), number(op.shift)));
    case "round_shift":
      return registered(roundedBits(net, a, op.shift, op.mode, width));
    case "saturate": {
      // Comparisons with two constants are half a LUT a bit; up to 12 bits they fit the LUTs that choose (measured, 11 to 38
      // bits). A limit of 0 is a reset of the register, the other one its set.
      const isReset = op.low === 0n || op.high === 0n;
      const beyond = net.logic(a.length > 12 ? Math.floor(a.length / 2) : isReset ? 3 : 0, a);
      return registered(extend(a, width).map((bit) => net.logic(isReset ? 0 : 1, [bit, beyond])));
    }
    case "compare": {
      const variable = a.filter((bit) => !isConstant(bit));
      return [net.register(net.logic(op.orEqual ? 0 : treeLuts(variable.length + 1), a))];
    }
    case "select": {
      const condition = number(op.condition)[0] as Bit;
      const b = extend(number(op.b), width);
      return registered(
        extend(a, width).map((bit, i) => {
          const other = b[i] as Bit;
          if (bit === other) return bit;
          // A constant beside a bit is a set or reset of the register.
          return net.logic(isConstant(bit) || isConstant(other) ? 0 : 1, [condition, bit, other]);
        }),
      );
    }
    case "delay": {
      const from = op.a.kind === "net" ? (nets.get(op.a.net.name) as Bits) : number(op.a);
      return from.map((bit) => net.register(bit, op.latency));
    }
    default:
      return assertNever(op);
  }
}

/** Bits that a DSP adds to a product beyond its first: the parts overlap from here on. */
const SLICE_BITS = 17;

/**
 * rtl/fx_mul.v: registers of the operands, of the product and of the result, which Yosys leaves in fabric and Vivado is
 * expected to take into the DSP; adders where DSPs are joined.
 */
function productBits(net: Netlist, a: Bits, b: Bits, width: number, blocks: number, mapper: Mapper): Bits {
  const absorbs = mapper === "vivado" && blocks > 0;
  const operands = [...a, ...b].map((bit) => (absorbs ? bit : net.register(bit)));
  // Without a DSP about 1.7 LUTs a partial product (measured, 4 x 4 and 5 x 3).
  const luts = blocks === 0 ? (1.7 * a.length * b.length) / (a.length + b.length) : 0;
  const whole = net.block(operands);
  const product = Array.from({ length: a.length + b.length }, (_, i) =>
    net.logic(blocks > 1 && i >= SLICE_BITS ? blocks - 1 : luts, [whole]),
  );
  return extend(product, width).map((bit) => net.register(bit, absorbs ? 0 : 2));
}

/** rtl/fx_mul.v of a spike and a constant that isn't negative: each of its bits is the spike, later, or 0. */
const gatedBits = (net: Netlist, spike: Bit, constant: Bits, width: number, latency: number): Bits =>
  extend(constant, width).map((bit) => (bit === ONE ? net.register(spike, latency) : ZERO));

/** rtl/fx_shift_left_var.v: a choice of two a bit of the shift and of the result; a LUT takes two of them. */
function shiftedBits(net: Netlist, a: Bits, shift: Bits): Bits {
  const levels = shift.filter((bit) => !isConstant(bit)).length;
  const luts = levels < 2 ? 1 : 0.5;
  const below = levels === 0 ? ZERO : LATE_ZERO;
  return shift.reduce<Bits>((bits, by, k) => {
    const moved = bits.map((_, i) => (i < 2 ** k ? below : (bits[i - 2 ** k] as Bit)));
    if (by === ZERO) return bits;
    if (by === ONE) return moved;
    return bits.map((bit, i) => {
      const other = moved[i] as Bit;
      return bit === other ? bit : net.logic(luts, [by, bit, other]);
    });
  }, a);
}

/** rtl/fx_round_shift.v: the bits cut off say whether one is added; the carry chain needs no LUT for that. */
function roundedBits(net: Netlist, a: Bits, shift: number, mode: number, width: number): Bits {
  const floor = Array.from({ length: width }, (_, i) => at(a, i + shift));
  if (mode === 0) return floor;
  const cut = Array.from({ length: shift }, (_, i) => at(a, i));
  const decisive = mode === 7 ? cut.slice(-1) : [...cut, at(a, mode === 4 ? shift : a.length - 1)];
  const variable = decisive.filter((bit) => !isConstant(bit));
  if (variable.length === 0) return floor;
  // Where any bit decides, the sign comes in after the tree (measured: three more).
  let carry = net.logic(Math.max(1, treeLuts(variable.length)) + (mode < 4 ? 3 : 0), variable);
  return floor.map((bit) => {
    const sum = net.logic(0, [bit, carry]);
    carry = net.logic(0, [bit, carry]);
    return sum;
  });
}
