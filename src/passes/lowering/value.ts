import { exprRange } from "../../analysis/intervals.js";
import type { Loc } from "../../diagnostics/diagnostic.js";
import { bitLength, formatRange, type Range } from "../../fixed/format.js";
import { coefficients, fractionBits, ratioLog2, simplify, widen, zip } from "../../fixed/per-channel.js";
import { exactLog2, roundQuotient } from "../../fixed/rational.js";
import type { Deviation, FixedExpr } from "../../ir/fixed.js";
import type { PerChannel, Quantiser } from "../../ir/spiking.js";

/** Widest sum of terms whose units are no powers of two of each other: products by κ stay within 64 bits. */
const MAX_KAPPA_SUM_BITS = 52;

/** Most bits below its neighbour's unit that a spike's constant gets to be exact: those of a float32 and a decay. */
const MAX_SPIKE_FRACTION_BITS = 31;

/** Most bits below a sum's unit that a constant gets which is added before a quantiser. */
const MAX_OFFSET_BITS = 16;

/**
 * A real value during lowering: integer · scale + offset, per channel. `id` names the integer expression; without it
 * the integer is 0 and only the offset remains.
 */
export interface Value {
  readonly id: string | undefined;
  readonly scale: PerChannel;
  readonly offset: PerChannel;
}

/** What an integer expression is, without what every expression has. */
type Kind<E> = E extends FixedExpr ? Omit<E, "id" | "origin" | "range" | "scale"> : never;

/** Where integer expressions are collected as a graph is lowered. */
export interface Emitter {
  readonly exprs: readonly FixedExpr[];
  readonly deviations: readonly Deviation[];
  /** Appends an expression; its range is evaluated at once. The value is the integer times `scale`. */
  put(
    kind: Kind<FixedExpr>,
    id: string,
    origin: readonly Loc[],
    scale: PerChannel,
  ): Value & { readonly id: string };
  /** An id of its own, after that of the expression that it serves. */
  fresh(of: string): string;
  rangeOf(id: string): Range;
  deviate(kind: Deviation["kind"], id: string, text: string, relativeError: number): void;
}

/** An empty graph over inputs in `input`; `where` stands before ids in deviations. */
export function emitter(input: Range, states: ReadonlyMap<string, Range>, where: string): Emitter {
  const exprs: FixedExpr[] = [];
  const deviations: Deviation[] = [];
  const ranges = new Map<string, Range>();
  const rangeOf = (id: string): Range => ranges.get(id) as Range;
  let serial = 0;
  return {
    exprs,
    deviations,
    rangeOf,
    put(kind, id, origin, scale) {
      const expr = { ...kind, id, origin, scale, range: { low: 0n, high: 0n } } as FixedExpr;
      const range = exprRange(expr, rangeOf, input, states);
      ranges.set(id, range);
      exprs.push({ ...expr, range });
      return { id, scale, offset: [0] };
    },
    fresh: (of) => `${of.replace(/__\d+$/, "")}__${++serial}`,
    deviate: (kind, id, text, relativeError) => {
      deviations.push({ kind, where: `${where}.${id}`, text, relativeError });
    },
  };
}

/** The value's integer as an expression: a zero where there is none. */
export function integerOf(e: Emitter, v: Value, id: string, origin: readonly Loc[]): string {
  return v.id ?? e.put({ kind: "constant", value: [0n] }, e.fresh(id), origin, v.scale).id;
}

/** The same value in units 2^-bits as large. */
function shiftLeft(e: Emitter, v: Value, bits: readonly number[], origin: readonly Loc[]): Value {
  if (v.id === undefined || bits.every((n) => n === 0)) return v;
  const scale = zip(v.scale, bits, (s, n) => s * 2 ** -n);
  return {
    ...e.put({ kind: "shl", a: v.id, bits: simplify(bits) }, e.fresh(v.id), origin, scale),
    offset: v.offset,
  };
}

// A spike by what it is, not by its range: a state that happens to stay 0 or 1 keeps its quantiser's unit.
function isSpike(e: Emitter, v: Value): boolean {
  const expr = e.exprs.find((x) => x.id === v.id);
  return (
    (expr?.kind === "input" || expr?.kind === "compare") && expr.range.low >= 0n && expr.range.high <= 1n
  );
}

const magnitudeBits = ({ low, high }: Range): number => bitLength(high > -low ? high : -low);

/**
 * Both values in one unit per channel: the finer one. Where the ratio of the units is no power of two, a spike, or else
 * the value in a binary unit, is converted to (a finer fraction of) the other's.
 */
export function align(e: Emitter, a: Value, b: Value, origin: readonly Loc[]): readonly [Value, Value] {
  if (a.id === undefined) return [{ ...a, scale: b.scale }, b];
  if (b.id === undefined) return [a, { ...b, scale: a.scale }];
  const ratio = zip(a.scale, b.scale, ratioLog2);
  if (allDefined(ratio)) {
    const left = ratio.map((n) => Math.max(0, n));
    const right = ratio.map((n) => Math.max(0, -n));
    return [shiftLeft(e, a, left, origin), shiftLeft(e, b, right, origin)];
  }
  const binary = (v: Value): boolean => v.scale.every((s) => exactLog2(s) !== undefined);
  const moveA = isSpike(e, a) || (!isSpike(e, b) && binary(a));
  const [moved, kept] = moveA ? [a, b] : [b, a];
  const spike = isSpike(e, moved);
  const room = MAX_KAPPA_SUM_BITS - magnitudeBits(e.rangeOf(kept.id as string));
  const wanted = spike ? spikeBits(moved, kept) : guardBits(moved, kept);
  const fine = shiftLeft(e, kept, [Math.max(0, Math.min(room, wanted))], origin);
  const converted = spike ? spikeTimes(e, moved, fine.scale, origin) : rescale(e, moved, fine.scale, origin);
  return moveA ? [converted, fine] : [fine, converted];
}

/** Bits below `kept` so that a term rounded down to its unit loses less than a quarter of the term's own unit. */
function guardBits(moved: Value, kept: Value): number {
  return Math.ceil(Math.log2(Math.max(...zip(kept.scale, moved.scale, (k, m) => k / m)))) + 2;
}

/** Bits below `kept` so that a spike times its constant is an integer there; two where none are enough. */
function spikeBits(spike: Value, kept: Value): number {
  const exact = Math.max(...zip(spike.scale, kept.scale, fractionBits));
  return exact <= MAX_SPIKE_FRACTION_BITS ? exact : 2;
}

/** v in the unit `target`, whose ratio to v's is no power of two: κ·v / 2^k, rounded down. */
function rescale(e: Emitter, v: Value, target: PerChannel, origin: readonly Loc[]): Value {
  const id = v.id as string;
  const k = magnitudeBits(e.rangeOf(id));
  const kappa = zip(v.scale, target, (s, t) => roundQuotient(s, t, k));
  const factor = zip(v.scale, target, (s, t) => (s / t) * 2 ** k);
  const bits = magnitudeBits({ low: 0n, high: kappa.reduce((a, b) => (a > b ? a : b)) });
  const text = `its unit is no power of two times its neighbour's: multiplied by a ${bits}-bit constant, off by less than one unit of the sum, 2^-2 of its own`;
  e.deviate("scale", id, text, relativeError(factor, kappa));
  const product = e.put({ kind: "mulc", a: id, by: simplify(kappa) }, e.fresh(id), origin, target);
  const shifted = { kind: "shr", a: product.id, bits: k, rounding: "floor" } as const;
  return { ...e.put(shifted, e.fresh(id), origin, target), offset: v.offset };
}

/** A spike times its constant in the unit `target`: exact where the constant is a multiple of it. */
function spikeTimes(e: Emitter, spike: Value, target: PerChannel, origin: readonly Loc[]): Value {
  const id = spike.id as string;
  const by = zip(spike.scale, target, (s, t) => roundQuotient(s, t, 0));
  const worst = relativeError(
    zip(spike.scale, target, (s, t) => s / t),
    by,
  );
  const text = "a constant that spikes are multiplied by is rounded to the unit of the sum that it enters";
  if (worst > 0) e.deviate("scale", id, text, worst);
  return {
    ...e.put({ kind: "mulc", a: id, by: simplify(by) }, e.fresh(id), origin, target),
    offset: spike.offset,
  };
}

/** Brings the offset into the integer: exact if it is a multiple of a finer binary unit, else rounded to 2^-16 of one. */
export function materialise(e: Emitter, v: Value, id: string, origin: readonly Loc[]): Value {
  if (v.offset.every((o) => o === 0)) return v;
  const width = Math.max(v.offset.length, v.scale.length);
  const offset = widen(v.offset, width);
  const scale = widen(v.scale, width);
  const exact = Math.max(0, ...zip(offset, scale, fractionBits));
  const bits = Math.min(exact, MAX_OFFSET_BITS);
  if (exact > bits) {
    const worst = Math.max(
      ...zip(offset, scale, (o, s) => (o === 0 ? 0 : (s * 2 ** -bits) / 2 / Math.abs(o))),
    );
    e.deviate("offset", id, `a constant is rounded to 2^-${bits} of the unit that it is added in`, worst);
  }
  const unit = scale.map((s) => s * 2 ** -bits);
  const value = simplify(zip(offset, scale, (o, s) => roundQuotient(o, s, bits)));
  const constant = e.put({ kind: "constant", value }, e.fresh(id), origin, unit);
  const fine = shiftLeft(e, { ...v, scale }, [bits], origin);
  return fine.id === undefined
    ? constant
    : e.put({ kind: "add", a: fine.id, b: constant.id }, e.fresh(id), origin, unit);
}

/** Integer bounds of a quantiser. Source: QONNX `Quant`. */
export function quantiserRange(q: Quantiser): Range {
  const range = formatRange({ signed: q.signed, width: q.bits });
  if (!q.narrow) return range;
  return q.signed ? { low: range.low + 1n, high: range.high } : { low: range.low, high: range.high - 1n };
}

/** v rounded and clamped to the quantiser's integers: one rounding, then the saturation. */
export function quantise(
  e: Emitter,
  v: Value,
  q: Quantiser,
  id: string,
  origin: readonly Loc[],
  coefficientBits: number,
): Value {
  const exact = materialise(e, v, id, origin);
  if (exact.id === undefined) return e.put({ kind: "constant", value: [0n] }, id, origin, q.scale);
  const ratio = zip(exact.scale, q.scale, ratioLog2);
  let integer: string;
  let bits: number;
  if (allDefined(ratio)) {
    bits = Math.max(0, ...ratio.map((n) => -n));
    const common = ratio.map((n) => n + bits);
    integer = integerOf(e, shiftLeft(e, exact, common, origin), id, origin);
  } else {
    const factor = zip(exact.scale, q.scale, (a, b) => a / b);
    bits = Math.max(0, coefficientBits - 1 - Math.floor(Math.log2(Math.max(...factor))));
    const kappa = zip(exact.scale, q.scale, (a, b) => roundQuotient(a, b, bits));
    const text = `scale over quantiser scale is no power of two: multiplied by round(ratio·2^${bits})/2^${bits}`;
    e.deviate(
      "scale",
      id,
      text,
      relativeError(
        factor.map((f) => f * 2 ** bits),
        kappa,
      ),
    );
    integer = e.put({ kind: "mulc", a: exact.id, by: simplify(kappa) }, e.fresh(id), origin, q.scale).id;
  }
  if (bits > 0) {
    const rounded = { kind: "shr", a: integer, bits, rounding: q.rounding } as const;
    integer = e.put(rounded, e.fresh(id), origin, q.scale).id;
  }
  return e.put({ kind: "sat", a: integer, ...quantiserRange(q) }, id, origin, q.scale);
}

/** v times constants: c/2^n with c of at most `coefficientBits` bits. */
export function scaleBy(
  e: Emitter,
  v: Value,
  by: PerChannel,
  id: string,
  origin: readonly Loc[],
  coefficientBits: number,
): Value {
  const offset = zip(v.offset, by, (o, k) => o * k);
  if (v.id === undefined || by.every((k) => k === 0)) return { id: undefined, scale: [1], offset };
  // A spike times a positive constant only changes its unit; so does any power of two.
  if (by.every((k) => k > 0 && (isSpike(e, v) || exactLog2(k) !== undefined))) {
    return { id: v.id, scale: zip(v.scale, by, (s, k) => s * k), offset };
  }
  const { integers, exponent, error } = coefficients(by, coefficientBits);
  const what = by.length === 1 ? by[0] : `${by.length} factors`;
  if (error > 0) e.deviate("coefficient", id, `${what} rounded to ${coefficientBits} bits`, error);
  const scale = v.scale.map((s) => s * 2 ** exponent);
  const product = e.put({ kind: "mulc", a: v.id, by: simplify(integers) }, id, origin, scale);
  const rounded = zip(v.offset, integers, (o, c) => o * Number(c) * 2 ** exponent);
  return { ...product, offset: error > 0 ? rounded : offset };
}

/** Largest relative error of integers that stand for real factors. */
function relativeError(factors: readonly number[], integers: readonly bigint[]): number {
  return Math.max(...zip(factors, integers, (f, c) => Math.abs(Number(c) / f - 1)));
}

function allDefined(values: readonly (number | undefined)[]): values is readonly number[] {
  return values.every((v) => v !== undefined);
}
