import { assertNever, type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import { bitLength, formatRange, type IntFormat, type Range, type Rounding } from "../fixed/format.js";
import { exactLog2, floorQuotient, roundQuotient, toDyadic } from "../fixed/rational.js";
import type { Deviation, FixedExpr, FixedGraph, FixedState } from "../ir/fixed.js";
import type { PerChannel, Quantiser, Recurrence, SpikingExpr } from "../ir/spiking.js";
import { boundGraph, exprRange } from "./bound-ranges.js";

/**
 * Lowers one element-wise recurrence from real numbers to integers.
 *
 * Every real value is carried as  integer · scale + offset  (scale and offset per channel): constants stay in the
 * offset until something needs them, so a bias never has to lie on the grid: u > 0 becomes integer > ⌊−offset/scale⌋,
 * exact for any real bias. Two terms meet in the finer of their units; where the ratio of the units is no power of
 * two, one of them is multiplied by κ = round(2^k·ratio) and shifted back, k so large that κ's error stays below half
 * a unit (2-numerics.md, "Other scales").
 */
export interface LoweredGraph<O extends string> {
  readonly graph: FixedGraph<O>;
  readonly outputs: { readonly [Name in O]: { readonly scale: PerChannel; readonly offset: PerChannel } };
  readonly deviations: readonly Deviation[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Widest sum of terms whose units are no powers of two of each other: products by κ stay within 64 bits. */
const MAX_KAPPA_SUM_BITS = 52;

/** Most bits below its neighbour's unit that a spike's constant gets to be exact: those of a float32 and a decay. */
const MAX_SPIKE_FRACTION_BITS = 31;

/** What the lowering may choose. */
export interface LowerOptions {
  /** Width of an unsigned decay coefficient: a longer one is rounded to it (17: one DSP48E2 port). */
  readonly coefficientBits: number;
}

/** A real value during lowering; `id` is absent where the integer part is 0 and only the offset remains. */
interface Value {
  readonly id: string | undefined;
  readonly scale: PerChannel;
  readonly offset: PerChannel;
}

/**
 * Lowers `graph`, whose input is integer · inputScale with the integer in `input`. State intervals decide widths of
 * κ, so the lowering runs until they are stable (twice).
 */
export function lowerGraph<O extends string>(
  graph: Recurrence<O>,
  input: Range,
  inputScale: PerChannel,
  where: string,
  options: LowerOptions,
): LoweredGraph<O> {
  let states: ReadonlyMap<string, Range> = new Map();
  let result = lowerOnce(graph, input, inputScale, states, where, options);
  for (let round = 0; round < 2 && result.diagnostics.length === 0; round++) {
    const bounded = boundGraph(result.graph, input);
    states = new Map(bounded.exprs.flatMap((e) => (e.kind === "state" ? [[e.state, e.range] as const] : [])));
    result = lowerOnce(graph, input, inputScale, states, where, options);
  }
  return {
    ...result,
    graph: result.diagnostics.length === 0 ? boundGraph(result.graph, input) : result.graph,
  };
}

function lowerOnce<O extends string>(
  graph: Recurrence<O>,
  input: Range,
  inputScale: PerChannel,
  stateRanges: ReadonlyMap<string, Range>,
  where: string,
  options: LowerOptions,
): LoweredGraph<O> {
  const exprs: FixedExpr[] = [];
  const deviations: Deviation[] = [];
  const diagnostics: Diagnostic[] = [];
  const ranges = new Map<string, Range>();
  const values = new Map<string, Value>();
  const quantisers = stateQuantisers(graph, diagnostics);
  const states: FixedState[] = graph.states.map((s) => {
    const q = quantisers.get(s.name);
    return {
      name: s.name,
      next: "",
      format: q?.format ?? { signed: true, width: 1 },
      scale: q?.scale ?? [1],
    };
  });
  const startRanges = new Map(states.map((s) => [s.name, stateRanges.get(s.name) ?? formatRange(s.format)]));

  /** Appends an integer expression and says its id; the range is evaluated at once. */
  const emit = (expr: FixedExpr): string => {
    const range = exprRange(expr, (id) => ranges.get(id) as Range, input, startRanges);
    ranges.set(expr.id, range);
    exprs.push({ ...expr, range });
    return expr.id;
  };
  let serial = 0;
  const fresh = (of: string): string => `${of.replace(/__\d+$/, "")}__${++serial}`;
  const none: Range = { low: 0n, high: 0n };
  const base = (id: string, origin: readonly Loc[], scale: PerChannel) => ({
    id,
    origin,
    scale,
    range: none,
  });
  const rangeOf = (id: string): Range => ranges.get(id) as Range;
  // A spike by what it is, not by its range: a state that happens to stay 0 or 1 keeps its quantiser's unit.
  const isBit = (v: Value): boolean => {
    const expr = exprs.find((e) => e.id === v.id);
    return (
      (expr?.kind === "input" || expr?.kind === "compare") && expr.range.low >= 0n && expr.range.high <= 1n
    );
  };

  const shiftLeft = (v: Value, bits: readonly number[], origin: readonly Loc[]): Value => {
    if (v.id === undefined || bits.every((n) => n === 0)) return v;
    const scale = zip(v.scale, bits, (s, n) => s * 2 ** -n);
    return {
      ...v,
      id: emit({ kind: "shl", a: v.id, bits: simplify(bits), ...base(fresh(v.id), origin, scale) }),
      scale,
    };
  };

  /** v as an integer multiple of `target`, whose ratio to v's unit is no power of two: κ·v / 2^k, rounded down. */
  const rescale = (v: Value, target: PerChannel, origin: readonly Loc[]): Value => {
    const id = v.id as string;
    const { low, high } = rangeOf(id);
    const k = bitLength(high > -low ? high : -low);
    const kappa = zip(v.scale, target, (s, t) => roundQuotient(s, t, k));
    const worst = Math.max(
      ...zip(v.scale, target, (s, t) => Math.abs(Number(roundQuotient(s, t, k)) / (2 ** k * (s / t)) - 1)),
    );
    deviations.push({
      kind: "scale",
      where: `${where}.${id}`,
      text: `its unit is no power of two times its neighbour's: multiplied by a ${bitLength(kappa.reduce((a, b) => (a > b ? a : b), 0n))}-bit constant, off by less than one unit of the sum, 2^-2 of its own`,
      relativeError: worst,
    });
    const product = emit({ kind: "mulc", a: id, by: simplify(kappa), ...base(fresh(id), origin, target) });
    const shifted = emit({
      kind: "shr",
      a: product,
      bits: k,
      rounding: "floor",
      ...base(fresh(id), origin, target),
    });
    return { id: shifted, scale: target, offset: v.offset };
  };

  /** Bits to add below `kept` so that a term rounded down to its unit loses less than a quarter of the term's own unit. */
  const guardBits = (moved: Value, kept: Value): number => {
    const coarser = Math.max(...zip(kept.scale, moved.scale, (k, m) => k / m));
    return Math.max(0, Math.min(roomBelow(kept), Math.ceil(Math.log2(coarser)) + 2));
  };

  const roomBelow = (v: Value): number => {
    const { low, high } = rangeOf(v.id as string);
    return MAX_KAPPA_SUM_BITS - bitLength(high > -low ? high : -low);
  };

  /** Bits to add below `kept` so that a spike times its constant is an integer there; two where none are enough. */
  const spikeBits = (spike: Value, kept: Value): number => {
    const exact = Math.max(...zip(spike.scale, kept.scale, (s, k) => fractionBits(s, k)));
    const wanted = exact <= MAX_SPIKE_FRACTION_BITS ? exact : 2;
    return Math.max(0, Math.min(roomBelow(kept), wanted));
  };

  /** A spike times its constant as an integer multiple of `target`: exact where that is a fraction of the constant. */
  const spikeTimes = (spike: Value, target: PerChannel, origin: readonly Loc[]): Value => {
    const id = spike.id as string;
    const by = zip(spike.scale, target, (s, t) => roundQuotient(s, t, 0));
    const worst = Math.max(
      ...zip(
        zip(spike.scale, target, (s, t) => s / t),
        by,
        (r, c) => Math.abs(Number(c) / r - 1),
      ),
    );
    if (worst > 0) {
      deviations.push({
        kind: "scale",
        where: `${where}.${id}`,
        text: "a constant that spikes are multiplied by is rounded to the unit of the sum that it enters",
        relativeError: worst,
      });
    }
    const product = emit({ kind: "mulc", a: id, by: simplify(by), ...base(fresh(id), origin, target) });
    return { id: product, scale: target, offset: spike.offset };
  };

  /**
   * Both values in one unit per channel: the finer one. Where the ratio of the units is no power of two, the value in
   * a binary unit is converted to (a finer fraction of) the other's.
   */
  const align = (a: Value, b: Value, origin: readonly Loc[]): readonly [Value, Value] => {
    if (a.id === undefined) return [{ ...a, scale: b.scale }, b];
    if (b.id === undefined) return [a, { ...b, scale: a.scale }];
    const ratio = zip(a.scale, b.scale, (x, y) => ratioLog2(x, y));
    if (ratio.every((r) => r !== undefined)) {
      const bits = ratio as readonly number[];
      return [
        shiftLeft(
          a,
          bits.map((n) => Math.max(0, n)),
          origin,
        ),
        shiftLeft(
          b,
          bits.map((n) => Math.max(0, -n)),
          origin,
        ),
      ];
    }
    const dyadic = (v: Value): boolean => v.scale.every((s) => exactLog2(s) !== undefined);
    const convertA = isBit(a) || (!isBit(b) && dyadic(a));
    const [moved, kept] = convertA ? [a, b] : [b, a];
    const bits = isBit(moved) ? spikeBits(moved, kept) : guardBits(moved, kept);
    const fine = shiftLeft(kept, [bits], origin);
    const converted = isBit(moved)
      ? spikeTimes(moved, fine.scale, origin)
      : rescale(moved, fine.scale, origin);
    return convertA ? [converted, fine] : [fine, converted];
  };

  /** Brings the offset into the integer: exact if it is a multiple of a finer binary unit, else rounded to 2^-16 of one. */
  const materialise = (v: Value, id: string, origin: readonly Loc[]): Value => {
    if (v.offset.every((o) => o === 0)) return v;
    const width = Math.max(v.offset.length, v.scale.length);
    const offset = widen(v.offset, width);
    const scale = widen(v.scale, width);
    const extra = Math.max(0, ...zip(offset, scale, (o, s) => fractionBits(o, s)));
    const bits = Math.min(extra, 16);
    if (extra > bits) {
      deviations.push({
        kind: "offset",
        where: `${where}.${id}`,
        text: `a constant is rounded to 2^-${bits} of the unit that it is added in`,
        relativeError: Math.max(
          ...zip(offset, scale, (o, s) => (o === 0 ? 0 : (s * 2 ** -bits) / 2 / Math.abs(o))),
        ),
      });
    }
    const fine =
      v.id === undefined
        ? { ...v, scale: scale.map((s) => s * 2 ** -bits) }
        : shiftLeft({ ...v, scale }, [bits], origin);
    const value = simplify(zip(offset, scale, (o, s) => roundQuotient(o, s, bits)));
    const constant = emit({ kind: "constant", value, ...base(fresh(id), origin, fine.scale) });
    const sum =
      fine.id === undefined
        ? constant
        : emit({ kind: "add", a: fine.id, b: constant, ...base(fresh(id), origin, fine.scale) });
    return { id: sum, scale: fine.scale, offset: [0] };
  };

  const quantise = (v: Value, q: Quantiser, id: string, origin: readonly Loc[]): Value => {
    const bounds = quantiserRange(q);
    const exact = materialise(v, id, origin);
    if (exact.id === undefined)
      return {
        id: emit({ kind: "constant", value: [0n], ...base(id, origin, q.scale) }),
        scale: q.scale,
        offset: [0],
      };
    const ratio = zip(exact.scale, q.scale, (a, b) => ratioLog2(a, b));
    let shifted = exact;
    let bits = 0;
    if (ratio.every((r) => r !== undefined)) {
      bits = Math.max(0, ...(ratio as readonly number[]).map((n) => -n));
      shifted = shiftLeft(
        exact,
        (ratio as readonly number[]).map((n) => n + bits),
        origin,
      );
    } else {
      const factor = zip(exact.scale, q.scale, (a, b) => a / b);
      bits = Math.max(0, options.coefficientBits - 1 - Math.floor(Math.log2(Math.max(...factor))));
      const kappa = zip(exact.scale, q.scale, (a, b) => roundQuotient(a, b, bits));
      deviations.push({
        kind: "scale",
        where: `${where}.${id}`,
        text: `scale over quantiser scale is no power of two: multiplied by round(ratio·2^${bits})/2^${bits}`,
        relativeError: Math.max(...zip(factor, kappa, (f, k) => Math.abs(Number(k) / 2 ** bits / f - 1))),
      });
      shifted = {
        ...exact,
        id: emit({ kind: "mulc", a: exact.id, by: simplify(kappa), ...base(fresh(id), origin, q.scale) }),
      };
    }
    let result = shifted.id as string;
    if (bits > 0) {
      result = emit({
        kind: "shr",
        a: result,
        bits,
        rounding: q.rounding,
        ...base(fresh(id), origin, q.scale),
      });
    }
    return {
      id: emit({ kind: "sat", a: result, low: bounds.low, high: bounds.high, ...base(id, origin, q.scale) }),
      scale: q.scale,
      offset: [0],
    };
  };

  const scaleBy = (v: Value, by: PerChannel, expr: SpikingExpr): Value => {
    const offset = zip(v.offset, by, (o, k) => o * k);
    if (v.id === undefined || by.every((k) => k === 0)) return { id: undefined, scale: [1], offset };
    // A spike times a positive constant only changes its unit; so does any power of two.
    if (by.every((k) => k > 0 && (isBit(v) || exactLog2(k) !== undefined))) {
      return { id: v.id, scale: zip(v.scale, by, (s, k) => s * k), offset };
    }
    const { integers, exponent, error } = coefficients(by, options.coefficientBits);
    if (error > 0) {
      deviations.push({
        kind: "coefficient",
        where: `${where}.${expr.id}`,
        text: `${by.length === 1 ? by[0] : `${by.length} factors`} rounded to ${options.coefficientBits} bits`,
        relativeError: error,
      });
    }
    const scale = v.scale.map((s) => s * 2 ** exponent);
    const id = emit({ kind: "mulc", a: v.id, by: simplify(integers), ...base(expr.id, expr.origin, scale) });
    return {
      id,
      scale,
      offset: error > 0 ? zip(v.offset, integers, (o, c) => o * Number(c) * 2 ** exponent) : offset,
    };
  };

  const lower = (expr: SpikingExpr): Value => {
    const of = (id: string): Value => values.get(id) as Value;
    switch (expr.kind) {
      case "input":
        return {
          id: emit({ kind: "input", ...base(expr.id, expr.origin, inputScale) }),
          scale: inputScale,
          offset: [0],
        };
      case "constant":
        return { id: undefined, scale: [1], offset: expr.value };
      case "state": {
        const scale = quantisers.get(expr.state)?.scale ?? [1];
        return {
          id: emit({ kind: "state", state: expr.state, ...base(expr.id, expr.origin, scale) }),
          scale,
          offset: [0],
        };
      }
      case "add":
      case "sub": {
        const sign = expr.kind === "add" ? 1 : -1;
        const [a, b] = align(of(expr.a), of(expr.b), expr.origin);
        const offset = zip(a.offset, b.offset, (x, y) => x + sign * y);
        if (b.id === undefined) return { ...a, offset };
        if (a.id === undefined && sign === 1) return { ...b, offset };
        const left =
          a.id ?? emit({ kind: "constant", value: [0n], ...base(fresh(expr.id), expr.origin, b.scale) });
        const scale = zip(a.scale, b.scale, (x) => x);
        return {
          id: emit({ kind: expr.kind, a: left, b: b.id, ...base(expr.id, expr.origin, scale) }),
          scale,
          offset,
        };
      }
      case "scale":
        return scaleBy(of(expr.a), expr.by, expr);
      case "compare": {
        const v = of(expr.a);
        const result = { scale: [1], offset: [0] };
        if (v.id === undefined) {
          const value = v.offset.map((o) => (o > 0 || (expr.orEqual && o === 0) ? 1n : 0n));
          return { id: emit({ kind: "constant", value, ...base(expr.id, expr.origin, [1]) }), ...result };
        }
        let argument = v.id;
        if (v.offset.some((o) => o !== 0)) {
          const limit = zip(v.offset, v.scale, (o, s) =>
            expr.orEqual ? -floorQuotient(o, s) : floorQuotient(-o, s),
          );
          const constant = emit({
            kind: "constant",
            value: simplify(limit),
            ...base(fresh(expr.id), expr.origin, v.scale),
          });
          argument = emit({
            kind: "sub",
            a: v.id,
            b: constant,
            ...base(fresh(expr.id), expr.origin, v.scale),
          });
        }
        return {
          id: emit({
            kind: "compare",
            a: argument,
            orEqual: expr.orEqual,
            ...base(expr.id, expr.origin, [1]),
          }),
          ...result,
        };
      }
      case "select": {
        const [a, b] = align(
          materialise(of(expr.a), expr.id, expr.origin),
          materialise(of(expr.b), expr.id, expr.origin),
          expr.origin,
        );
        const scale = zip(a.scale, b.scale, (x) => x);
        const term = (v: Value): string =>
          v.id ?? emit({ kind: "constant", value: [0n], ...base(fresh(expr.id), expr.origin, scale) });
        const condition = of(expr.condition).id;
        if (condition === undefined) {
          diagnostics.push(
            diagnostic("lowering-constant-condition", expr.origin[0] ?? {}, { where: `${where}.${expr.id}` }),
          );
          return a;
        }
        return {
          id: emit({
            kind: "select",
            condition,
            a: term(a),
            b: term(b),
            ...base(expr.id, expr.origin, scale),
          }),
          scale,
          offset: [0],
        };
      }
      case "clip": {
        const v = materialise(of(expr.a), expr.id, expr.origin);
        if (v.id === undefined)
          return { ...v, offset: v.offset.map((o) => Math.min(expr.high, Math.max(expr.low, o))) };
        const unit = v.scale[0] as number;
        if (v.scale.some((s) => s !== unit)) {
          diagnostics.push(
            diagnostic("lowering-clip-per-channel", expr.origin[0] ?? {}, { where: `${where}.${expr.id}` }),
          );
        }
        const low = -floorQuotient(-expr.low, unit);
        const high = floorQuotient(expr.high, unit);
        return {
          id: emit({ kind: "sat", a: v.id, low, high, ...base(expr.id, expr.origin, v.scale) }),
          scale: v.scale,
          offset: [0],
        };
      }
      case "quantise":
        return quantise(of(expr.a), expr.quantiser, expr.id, expr.origin);
      default:
        return assertNever(expr);
    }
  };

  for (const expr of graph.exprs) values.set(expr.id, lower(expr));
  /** A result must be an integer expression; one that is constant 0 plus offset gets a zero. */
  const idOf = (id: string): string => {
    const v = values.get(id) as Value;
    return v.id ?? emit({ kind: "constant", value: [0n], ...base(fresh(id), [], v.scale) });
  };
  const names = Object.keys(graph.outputs) as O[];
  const byName = <T>(make: (name: O) => T) =>
    Object.fromEntries(names.map((n) => [n, make(n)])) as { [N in O]: T };
  return {
    graph: {
      outputs: byName((n) => idOf(graph.outputs[n])),
      states: states.map((s, i) => ({ ...s, next: idOf((graph.states[i] as { next: string }).next) })),
      exprs,
    },
    outputs: byName((n) => {
      const v = values.get(graph.outputs[n]) as Value;
      return { scale: v.scale, offset: v.offset };
    }),
    deviations,
    diagnostics,
  };
}

/** Integer bounds of a quantiser. Source: QONNX `Quant`. */
export function quantiserRange(q: Quantiser): Range {
  const range = formatRange({ signed: q.signed, width: q.bits });
  if (!q.narrow) return range;
  return q.signed ? { low: range.low + 1n, high: range.high } : { low: range.low, high: range.high - 1n };
}

/** Format and scale of each state: those of the quantiser that its next value comes from. */
function stateQuantisers(
  graph: Recurrence<string>,
  diagnostics: Diagnostic[],
): ReadonlyMap<
  string,
  { readonly format: IntFormat; readonly scale: PerChannel; readonly rounding: Rounding }
> {
  const result = new Map<string, { format: IntFormat; scale: PerChannel; rounding: Rounding }>();
  for (const state of graph.states) {
    const next = graph.exprs.find((e) => e.id === state.next);
    if (next?.kind !== "quantise") {
      diagnostics.push(diagnostic("state-without-format", next?.origin[0] ?? {}, { state: state.name }));
      continue;
    }
    const q = next.quantiser;
    result.set(state.name, {
      format: { signed: q.signed, width: q.bits },
      scale: q.scale,
      rounding: q.rounding,
    });
  }
  return result;
}

/** Integers c and one exponent e with by ≈ c·2^e, |c| at most `bits` bits; exact where the factors allow it. */
export function coefficients(
  by: PerChannel,
  bits: number,
): { readonly integers: readonly bigint[]; readonly exponent: number; readonly error: number } {
  const parts = by.filter((k) => k !== 0).map(toDyadic);
  const finest = Math.min(...parts.map((d) => d.exponent));
  const widest = Math.max(
    ...parts.map((d) => bitLength(d.mantissa < 0n ? -d.mantissa : d.mantissa) + d.exponent),
  );
  const exponent = Math.max(finest, widest - bits);
  const integers = by.map((k) => roundQuotient(k, 1, -exponent));
  const error = Math.max(
    ...zip(by, integers, (k, c) => (k === 0 ? 0 : Math.abs((Number(c) * 2 ** exponent) / k - 1))),
  );
  return { integers, exponent, error };
}

/** log2(x / y) where x is exactly a power of two times y. */
function ratioLog2(x: number, y: number): number | undefined {
  const n = exactLog2(x / y);
  return n !== undefined && y * 2 ** n === x ? n : undefined;
}

/** Fraction bits that `value` has in units of `unit`; 64 where the quotient is no binary fraction. */
function fractionBits(value: number, unit: number): number {
  if (value === 0) return 0;
  if (exactLog2(unit) === undefined) return 64;
  return Math.max(0, -toDyadic(value / unit).exponent);
}

const widen = <T>(values: readonly T[], width: number): readonly T[] =>
  values.length === width ? values : new Array<T>(width).fill(values[0] as T);

/** Combines two per-channel lists; a list of one value serves all channels. */
function zip<A, B, R>(a: readonly A[], b: readonly B[], combine: (a: A, b: B) => R): readonly R[] {
  const width = Math.max(a.length, b.length);
  const [x, y] = [widen(a, width), widen(b, width)];
  return x.map((value, i) => combine(value, y[i] as B));
}

/** One value where all are equal. */
function simplify<T>(values: readonly T[]): readonly T[] {
  return values.every((v) => v === values[0]) ? values.slice(0, 1) : values;
}
