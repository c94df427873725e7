import { assertNever } from "../../../diagnostics/diagnostic.js";
import type { Range } from "../../../fixed/format.js";
import type { FixedExpr, PerChannelInt } from "../../../ir/fixed.js";
import { type Code, get, i32, i32x4, op } from "../asm.js";
import { fits32, type Lane, laneOf } from "../memory.js";
import { lanes } from "./lanes.js";
import { roundedShift } from "./rounded-shift.js";
import type { Values } from "./values.js";
import { type Straight, type Vectors, vector } from "./vectors.js";
import { STICKY_BITS, stickyProduct, stickyRange } from "./wide-product.js";

/**
 * One expression on four elements. Sums and products are right modulo 2^32, so that a wide operand is cut off where
 * its result is narrow; everything else computes in lanes that hold its operands.
 */

/** What the evaluation of an expression reads, and where it adds its code. */
export interface Evaluation {
  readonly straight: Straight;
  /** Values of the operands. */
  readonly values: Values;
  /** Products in the short form of `stickyProduct`, by id. */
  readonly wide: ReadonlySet<string>;
  rangeOf(id: string): Range;
  /** The code of each vector of constants of the elements' channels. */
  constants(values: PerChannelInt, lane: Lane): readonly Code[];
  loadInput(): Vectors;
  loadState(name: string): Vectors;
}

type Kind<K extends FixedExpr["kind"]> = Extract<FixedExpr, { readonly kind: K }>;

/** Evaluates `e`, whose operands have values; the result is in the lanes of its range. */
export function evaluate(at: Evaluation, e: FixedExpr): Vectors {
  const { straight, values } = at;
  const lane = laneOf(e.range);
  switch (e.kind) {
    case "input":
      return straight.cast(at.loadInput(), lane);
    case "state":
      return straight.cast(at.loadState(e.state), lane);
    case "constant": {
      const parts = at.constants(e.value, lane);
      return straight.each(lane, (n) => parts[n] as Code);
    }
    case "add":
    case "sub": {
      const [a, b] = [values.as(e.a, lane), values.as(e.b, lane)];
      return straight.each(lane, (n) => lanes[lane][e.kind](vector(a, n), vector(b, n)));
    }
    case "mulc":
      return at.wide.has(e.id)
        ? stickyProduct(straight, values.as(e.a, "i64"), at.constants(e.by, "i64"))
        : product(at, e.a, e.by, lane);
    case "shl":
      return shiftLeft(at, e, lane);
    case "shr":
      return straight.cast(shiftRight(at, e), lane);
    case "sat":
      return straight.cast(clamp(at, e), lane);
    case "compare":
      return straight.cast(compare(at, e), lane);
    case "select":
      return select(at, e, lane);
    default:
      return assertNever(e);
  }
}

/** a · by, in `lane` lanes; factors of 32 bits with a product of 64 are one instruction for two elements. */
function product(
  { straight, values, constants }: Evaluation,
  a: string,
  by: PerChannelInt,
  lane: Lane,
): Vectors {
  const source = values.computed(a);
  if (lane === "i64" && source.lane === "i32" && by.every((c) => fits32({ low: c, high: c }))) {
    const [c] = constants(by, "i32") as [Code];
    const x = vector(source, 0);
    return straight.each(lane, (n) => (n === 0 ? op.i64x2extmullow : op.i64x2extmulhigh)(x, c));
  }
  const x = values.as(a, lane);
  const c = constants(by, lane);
  return straight.each(lane, (n) => lanes[lane].mul(vector(x, n), c[n] as Code));
}

/** a · 2^bits: a shift, but for shifts of each channel's own and for those that a lane can't do. */
function shiftLeft(at: Evaluation, e: Kind<"shl">, lane: Lane): Vectors {
  const [bits] = e.bits as readonly [number, ...number[]];
  if (e.bits.length > 1 || (bits > 31 && lane === "i32")) {
    const powers = e.bits.map((n) => 1n << BigInt(n));
    return product(at, e.a, powers, lane);
  }
  const a = at.values.as(e.a, lane);
  return at.straight.each(lane, (n) => lanes[lane].shl(vector(a, n), i32(bits)));
}

/** a / 2^bits rounded, in lanes of the operand, or of 64 bits where the shift is too long for 32. */
function shiftRight({ straight, values, wide, rangeOf }: Evaluation, e: Kind<"shr">): Vectors {
  const isNarrow = laneOf(e.range) === "i32";
  const shifted = (lane: Lane, bits: number, range: Range): Vectors => {
    const x = values.as(e.a, lane);
    return straight.each(lane, (n) =>
      roundedShift(lane, straight.keep, x.locals[n] as number, bits, e.rounding, range, isNarrow),
    );
  };
  if (wide.has(e.a)) return shifted("i64", e.bits - STICKY_BITS, stickyRange(rangeOf(e.a)));
  const source = values.computed(e.a);
  if (e.bits === 0) return source;
  return shifted(source.lane === "i32" && e.bits <= 31 ? "i32" : "i64", e.bits, rangeOf(e.a));
}

/** Bounds that the operand's interval can't reach cost nothing. */
function clamp({ straight, values, rangeOf }: Evaluation, e: Kind<"sat">): Vectors {
  const range = rangeOf(e.a);
  // A bound that the operand's lane can't hold is the result itself, which then is wide.
  const lane = values.computed(e.a).lane === "i32" && laneOf(e.range) === "i32" ? "i32" : "i64";
  const { constant, atLeast, atMost } = lanes[lane];
  const a = values.as(e.a, lane);
  const above =
    range.low < e.low ? straight.each(lane, (n) => atLeast(a.locals[n] as number, constant(e.low))) : a;
  return range.high > e.high
    ? straight.each(lane, (n) => atMost(above.locals[n] as number, constant(e.high)))
    : above;
}

/** 1 where a > 0 (a ≥ 0), else 0; the comparison's mask is kept for those who choose by it. */
function compare({ straight, values }: Evaluation, e: Kind<"compare">): Vectors {
  const a = values.computed(e.a);
  const { constant, ge, gt } = lanes[a.lane];
  const mask = straight.mask(a.lane, (n) => (e.orEqual ? ge : gt)(vector(a, n), constant(0n)));
  values.defineMask(e.id, mask);
  return straight.each("i32", () => op.and(get(mask), i32x4(1n)));
}

/** a where the condition is not 0, b elsewhere. */
function select({ straight, values }: Evaluation, e: Kind<"select">, lane: Lane): Vectors {
  const mask = get(values.mask(e.condition));
  const [a, b] = [values.as(e.a, lane), values.as(e.b, lane)];
  const wide = (n: number): Code => (n === 0 ? op.i64x2low32 : op.i64x2high32)(mask);
  return straight.each(lane, (n) =>
    op.bitselect(vector(a, n), vector(b, n), lane === "i32" ? mask : wide(n)),
  );
}
