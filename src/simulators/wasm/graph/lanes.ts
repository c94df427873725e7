import { type Code, get, i32x4, i64x2, op } from "../asm.js";

/**
 * The operations of one width of lanes, by the same names for both: comparisons give masks of all ones, which are −1
 * as a number. A clamp of 64-bit lanes is a comparison and a choice, which is why its operand is a local.
 */
export const lanes = {
  i32: {
    bits: 32,
    constant: i32x4,
    add: op.i32x4add,
    sub: op.i32x4sub,
    mul: op.i32x4mul,
    shl: op.i32x4shl,
    shr: op.i32x4shrs,
    shru: op.i32x4shru,
    gt: op.i32x4gts,
    ge: op.i32x4ges,
    eq: op.i32x4eq,
    ne: op.i32x4ne,
    atLeast: (x: number, low: Code): Code => op.i32x4maxs(get(x), low),
    atMost: (x: number, high: Code): Code => op.i32x4mins(get(x), high),
  },
  i64: {
    bits: 64,
    constant: i64x2,
    add: op.i64x2add,
    sub: op.i64x2sub,
    mul: op.i64x2mul,
    shl: op.i64x2shl,
    shr: op.i64x2shrs,
    shru: op.i64x2shru,
    gt: op.i64x2gts,
    ge: op.i64x2ges,
    eq: op.i64x2eq,
    ne: op.i64x2ne,
    atLeast: (x: number, low: Code): Code => op.bitselect(low, get(x), op.i64x2lts(get(x), low)),
    atMost: (x: number, high: Code): Code => op.bitselect(high, get(x), op.i64x2gts(get(x), high)),
  },
} as const;
