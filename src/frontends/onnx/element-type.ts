import { invariant } from "../../diagnostics/diagnostic.js";

/** ONNX TensorProto.DataType, as far as it is computed with. */
const names: Readonly<Record<number, string>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
  21: "uint4",
  22: "int4",
};

/** What an element type is called. */
export const nameOfType = (type: number): string => names[type] ?? `element type ${type}`;

/** Digits and least exponent of binary floats. */
const floats: Readonly<
  Record<number, { readonly digits: number; readonly least: number; readonly most: number }>
> = {
  1: { digits: 24, least: -149, most: 128 },
  10: { digits: 11, least: -24, most: 16 },
  11: { digits: 53, least: -1074, most: 1024 },
  16: { digits: 8, least: -133, most: 128 },
};

/** Bits of integers. */
const integers: Readonly<Record<number, { readonly bits: number; readonly signed: boolean }>> = {
  2: { bits: 8, signed: false },
  3: { bits: 8, signed: true },
  4: { bits: 16, signed: false },
  5: { bits: 16, signed: true },
  6: { bits: 32, signed: true },
  7: { bits: 64, signed: true },
  12: { bits: 32, signed: false },
  13: { bits: 64, signed: false },
};

/** Whether an element type is a float's. */
export const isFloat = (type: number): boolean => floats[type] !== undefined;

/** Whether an element type is an integer's. */
export const isInteger = (type: number): boolean => integers[type] !== undefined;

/** Whether numbers can be stored in an element type. */
export const isStored = (type: number): boolean => isFloat(type) || isInteger(type) || type === 9;

/**
 * A result as an element type stores it, by ONNX: floats round to nearest, ties to even; integers drop their fraction and
 * wrap; booleans are whether it is not 0. What is not finite is no integer: NaN.
 */
export function storedAs(type: number, x: number): number {
  if (type === 9) return Number(x !== 0);
  const whole = integers[type];
  if (whole !== undefined) {
    if (!Number.isFinite(x)) return Number.NaN;
    const { bits, signed } = whole;
    const exact = BigInt(Math.trunc(x));
    return Number(signed ? BigInt.asIntN(bits, exact) : BigInt.asUintN(bits, exact));
  }
  if (type === 1) return Math.fround(x);
  const form = floats[type];
  invariant(form !== undefined, `numbers of ${nameOfType(type)}`);
  return rounded(x, form);
}

/** The nearest binary float of some digits, ties to even. */
function rounded(
  x: number,
  { digits, least, most }: { digits: number; least: number; most: number },
): number {
  if (digits === 53 || x === 0 || !Number.isFinite(x)) return x;
  const size = Math.abs(x);
  // Of a number below the smallest normal double nothing is left in a narrower float.
  const exponent = Math.max(Math.floor(Math.log2(size)) - digits + 1, least);
  const near = [exponent - 1, exponent, exponent + 1].find((e) => size < 2 ** (e + digits)) ?? exponent;
  const unit = 2 ** Math.max(near, least);
  const scaled = size / unit;
  const below = Math.floor(scaled);
  const rest = scaled - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 === 1);
  const value = (below + (up ? 1 : 0)) * unit;
  return Math.sign(x) * (value >= 2 ** most ? Number.POSITIVE_INFINITY : value);
}
