import { assertNever, invariant } from "../../diagnostics/diagnostic.js";
import type { Range, Rounding } from "../../fixed/format.js";
import { type FixedExpr, type FixedGraph, fixedOperandsOf, type PerChannelInt } from "../../ir/fixed.js";
import {
  type Code,
  extract32,
  type FunctionBuilder,
  get,
  i32,
  i32x4,
  i64x2,
  mem,
  op,
  repeat,
  set,
  shuffle,
  tee,
} from "./asm.js";
import {
  fits32,
  fits64,
  type Lane,
  laneBytes,
  laneOf,
  lengthOf,
  type Memory,
  type PixelMap,
} from "./memory.js";
import { splitShifts } from "./split-shifts.js";

/**
 * Element-wise recurrences, four elements at a time: a value that fits 32 bits is one vector, any other is two of
 * 64-bit lanes. Sums and products are right modulo 2^32, so that a wide operand is cut off where its result is narrow;
 * everything else computes in lanes that hold its operands.
 */

/** Where `input` of a graph comes from: spikes as bytes, or sums in `bits`-bit lanes, of which a row has `rowLength`. */
export type GraphInput =
  | { readonly kind: "bytes"; readonly at: number }
  | { readonly kind: "sums"; readonly at: number; readonly bits: 16 | 32 | 64; readonly rowLength: number };

/** Where a result goes: bytes of 0 and 1, or lanes. */
export type GraphOutput =
  | { readonly id: string; readonly kind: "bytes"; readonly at: number }
  | { readonly id: string; readonly kind: "lanes"; readonly at: number; readonly lane: Lane };

/** Where a state lies, and its lanes. */
export interface StatePlace {
  readonly at: number;
  readonly lane: Lane;
}

/** A vector of four 32-bit lanes, or two of 64-bit lanes; each a local. */
interface Value {
  readonly lane: Lane;
  readonly locals: readonly number[];
}

const LOW_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** The lanes of a state: those that hold the value read and the value written. */
export function stateLane(graph: FixedGraph<string>, name: string, next: string): Lane {
  const read = graph.exprs.filter((e) => (e.kind === "state" && e.state === name) || e.id === next);
  return read.some((e) => laneOf(e.range) === "i64") ? "i64" : "i32";
}

/** Expressions that a result or a state needs, in order. */
export function needed(graph: FixedGraph<string>, outputs: readonly string[]): readonly FixedExpr[] {
  const used = new Set([...outputs, ...graph.states.map((s) => s.next)]);
  for (const e of [...graph.exprs].reverse())
    if (used.has(e.id)) for (const id of fixedOperandsOf(e)) used.add(id);
  return graph.exprs.filter((e) => used.has(e.id));
}

/** Bits of a wide product that are cut off but for whether any is set. */
const STICKY_BITS = 15;

/**
 * Whether a product that 64 bits don't hold is only ever shifted right, far enough that it can be computed as
 * ⌊product / 2^16⌋ · 2 + (1 if there is a rest): the shift by so many bits less rounds the same.
 */
export function isWideProduct(graph: FixedGraph<string>, e: FixedExpr, used: readonly FixedExpr[]): boolean {
  if (e.kind !== "mulc" || fits64(e.range)) return false;
  const roots = [...Object.values<string>(graph.outputs), ...graph.states.map((s) => s.next)];
  const users = used.filter((u) => fixedOperandsOf(u).includes(e.id));
  const shifted = users.every((u) => u.kind === "shr" && u.bits >= STICKY_BITS + 2);
  const factors = e.by.every((c) => c < 2n ** 46n && c > -(2n ** 46n));
  return shifted && factors && !roots.includes(e.id) && fits64(stickyRange(e.range));
}

const stickyRange = ({ low, high }: Range): Range => ({
  low: (low >> BigInt(STICKY_BITS)) - 1n,
  high: (high >> BigInt(STICKY_BITS)) + 1n,
});

/** Evaluates `graph` on every element of `map` and writes `outputs` and the states' next values. */
export function emitGraph(
  f: FunctionBuilder,
  memory: Memory,
  specified: FixedGraph<string>,
  map: PixelMap,
  input: GraphInput,
  outputs: readonly GraphOutput[],
  states: ReadonlyMap<string, StatePlace>,
): Code {
  const graph = splitShifts(specified);
  const exprs = needed(
    graph,
    outputs.map((o) => o.id),
  );
  const wide = new Map(exprs.filter((e) => isWideProduct(graph, e, exprs)).map((e) => [e.id, e]));
  const uniform = !exprs.some((e) => lengthOfConstants(e) > 1);
  const masked = map.stride !== map.channels && outputs.some((o) => o.kind === "bytes");
  const padded = input.kind === "sums" && input.rowLength !== map.width * map.stride;
  const flat = map.stride === 1 || (uniform && !masked && !padded);
  const [rows, columns, groups] = flat
    ? [1, 1, Math.ceil(lengthOf(map) / 4)]
    : [map.height, map.width, map.stride / 4];
  invariant(map.stride % 4 === 0 || flat, "a map whose channels are no fours");

  const [row, column, element, sums, group] = f.locals("i32", 5);
  const table = (values: PerChannelInt, lane: Lane): readonly Code[] => {
    const count = lane === "i32" ? 1 : 2;
    if (values.length === 1 || map.stride === 1) {
      const value = values[0] as bigint;
      return Array.from({ length: count }, () => (lane === "i32" ? i32x4(value) : i64x2(value)));
    }
    const all = Array.from({ length: map.stride }, (_, c) => values[c] ?? values[0] ?? 0n);
    const at =
      lane === "i32"
        ? memory.put(Int32Array.from(all, (v) => Number(BigInt.asIntN(32, v))))
        : memory.put(BigInt64Array.from(all));
    if (lane === "i32") return [mem.load(at, get(group))];
    return [0, 16].map((half) => mem.load(at + half, op.i32shl(get(group), i32(1))));
  };
  /** Address of lanes of `bytes` bytes, from the element's number · 4. */
  const address = (bytes: number): Code =>
    bytes === 4
      ? get(element)
      : bytes === 8
        ? op.i32shl(get(element), i32(1))
        : op.i32shru(get(element), i32(2));

  const body: Code[] = [];
  const keep = (code: Code): number => {
    const local = f.local("v128");
    body.push(set(local, code));
    return local;
  };
  const values = new Map<string, Value>();
  /** The same values in the other lanes, where something asked for them. */
  const others = new Map<string, Value>();
  const masks = new Map<string, number>();
  const ranges = new Map(graph.exprs.map((e) => [e.id, e.range]));
  const rangeOf = (id: string): Range => ranges.get(id) as Range;

  const load = (at: number, lane: Lane): Value => ({
    lane,
    locals: (lane === "i32" ? [0] : [0, 16]).map((half) =>
      keep(mem.load(at + half, address(laneBytes(lane)))),
    ),
  });
  /** The value in other lanes: sign-extended, or cut off (where the caller knows that it fits or wraps rightly). */
  const cast = (value: Value, lane: Lane): Value => {
    if (value.lane === lane) return value;
    const [low, high] = value.locals as [number, number];
    if (lane === "i32") return { lane, locals: [keep(shuffle(get(low), get(high), LOW_WORDS))] };
    return { lane, locals: [keep(op.i64x2low32(get(low))), keep(op.i64x2high32(get(low)))] };
  };
  const as = (id: string, lane: Lane): Value => {
    const value = values.get(id) as Value;
    const known = value.lane === lane ? value : (others.get(id) ?? cast(value, lane));
    if (known !== value) others.set(id, known);
    return known;
  };
  /** The same operation on each vector of the operands. */
  const each = (lane: Lane, make: (part: number) => Code): Value => ({
    lane,
    locals: (lane === "i32" ? [0] : [0, 1]).map((part) => keep(make(part))),
  });
  const part = (value: Value, n: number): Code => get(value.locals[n] as number);
  /** Mask of 32-bit lanes: all ones where `id` is not 0. */
  const maskOf = (id: string): number => {
    const known = masks.get(id);
    if (known !== undefined) return known;
    const a = values.get(id) as Value;
    const mask = narrowMask(a.lane, (n) =>
      a.lane === "i32" ? op.i32x4ne(part(a, n), i32x4(0n)) : op.i64x2ne(part(a, n), i64x2(0n)),
    );
    masks.set(id, mask);
    return mask;
  };
  const narrowMask = (lane: Lane, make: (n: number) => Code): number =>
    lane === "i32" ? keep(make(0)) : keep(shuffle(make(0), make(1), LOW_WORDS));

  const product = (a: string, by: PerChannelInt, result: Lane): Value => {
    if (result === "i32") {
      const x = as(a, "i32");
      const [c] = table(by, "i32");
      return each("i32", (n) => op.i32x4mul(part(x, n), c as Code));
    }
    const source = values.get(a) as Value;
    if (source.lane === "i32" && by.every((c) => fits32({ low: c, high: c }))) {
      const c = table(by, "i32")[0] as Code;
      const x = part(source, 0);
      const locals = [keep(op.i64x2extmullow(x, c)), keep(op.i64x2extmulhigh(x, c))];
      return { lane: "i64", locals };
    }
    const x = as(a, "i64");
    const c = table(by, "i64");
    return each("i64", (n) => op.i64x2mul(part(x, n), c[n] as Code));
  };

  /** ⌊a·c / 2^16⌋ · 2 + (1 if bits below are set), a = high·2^16 + low. */
  const stickyProduct = (e: Extract<FixedExpr, { kind: "mulc" }>): Value => {
    const a = as(e.a, "i64");
    const c = table(e.by, "i64");
    const bits = i64x2((1n << BigInt(STICKY_BITS + 1)) - 1n);
    return each("i64", (n) => {
      const low = keep(op.i64x2mul(op.and(part(a, n), bits), c[n] as Code));
      const high = op.i64x2mul(op.i64x2shrs(part(a, n), i32(STICKY_BITS + 1)), c[n] as Code);
      const floor = op.i64x2add(high, op.i64x2shrs(get(low), i32(STICKY_BITS + 1)));
      const rest = op.i64x2ne(op.and(get(low), bits), i64x2(0n));
      return op.i64x2sub(op.i64x2shl(floor, i32(1)), rest);
    });
  };

  const clamp = (e: Extract<FixedExpr, { kind: "sat" }>): Value => {
    const range = rangeOf(e.a);
    // A bound that the operand's lane can't hold is the result itself, which then is wide.
    const narrow = (values.get(e.a) as Value).lane === "i32" && laneOf(e.range) === "i32";
    const a = as(e.a, narrow ? "i32" : "i64");
    let result = a;
    if (range.low < e.low) {
      const low = a.lane === "i32" ? i32x4(e.low) : i64x2(e.low);
      result = each(a.lane, (n) =>
        a.lane === "i32"
          ? op.i32x4maxs(part(a, n), low)
          : op.bitselect(low, part(a, n), op.i64x2lts(part(a, n), low)),
      );
    }
    if (range.high > e.high) {
      const x = result;
      const high = a.lane === "i32" ? i32x4(e.high) : i64x2(e.high);
      result = each(a.lane, (n) =>
        a.lane === "i32"
          ? op.i32x4mins(part(x, n), high)
          : op.bitselect(high, part(x, n), op.i64x2gts(part(x, n), high)),
      );
    }
    return result;
  };

  const evaluate = (e: FixedExpr): Value => {
    const lane = laneOf(e.range);
    switch (e.kind) {
      case "input":
        return cast(loadInput(), lane);
      case "constant": {
        const parts = table(e.value, lane);
        return each(lane, (n) => parts[n] as Code);
      }
      case "state": {
        const place = states.get(e.state) as StatePlace;
        return cast(load(place.at, place.lane), lane);
      }
      case "add":
      case "sub": {
        const [a, b] = [as(e.a, lane), as(e.b, lane)];
        const [narrow, wide] = e.kind === "add" ? [op.i32x4add, op.i64x2add] : [op.i32x4sub, op.i64x2sub];
        return each(lane, (n) => (lane === "i32" ? narrow : wide)(part(a, n), part(b, n)));
      }
      case "mulc":
        return wide.has(e.id) ? stickyProduct(e) : product(e.a, e.by, lane);
      case "shl": {
        const [bits] = e.bits;
        if (e.bits.length > 1)
          return product(
            e.a,
            e.bits.map((n) => 1n << BigInt(n)),
            lane,
          );
        if ((bits as number) > 31 && lane === "i32")
          return product(e.a, [1n << BigInt(bits as number)], lane);
        const a = as(e.a, lane);
        const shift = lane === "i32" ? op.i32x4shl : op.i64x2shl;
        return each(lane, (n) => shift(part(a, n), i32(bits as number)));
      }
      case "shr":
        return cast(shiftRight(e), lane);
      case "sat":
        return cast(clamp(e), lane);
      case "compare": {
        const a = values.get(e.a) as Value;
        const than = a.lane === "i32" ? i32x4(0n) : i64x2(0n);
        const [narrow, wide] = e.orEqual ? [op.i32x4ges, op.i64x2ges] : [op.i32x4gts, op.i64x2gts];
        const mask = narrowMask(a.lane, (n) => (a.lane === "i32" ? narrow : wide)(part(a, n), than));
        masks.set(e.id, mask);
        return cast({ lane: "i32", locals: [keep(op.and(get(mask), i32x4(1n)))] }, lane);
      }
      case "select": {
        const mask = maskOf(e.condition);
        const [a, b] = [as(e.a, lane), as(e.b, lane)];
        const wide = (n: number): Code => (n === 0 ? op.i64x2low32(get(mask)) : op.i64x2high32(get(mask)));
        return each(lane, (n) => op.bitselect(part(a, n), part(b, n), lane === "i32" ? get(mask) : wide(n)));
      }
      default:
        return assertNever(e);
    }
  };

  /** In lanes of the operand, or of 64 bits where the shift is too long for 32. */
  const shiftRight = (e: Extract<FixedExpr, { kind: "shr" }>): Value => {
    const product = wide.get(e.a);
    const isNarrow = laneOf(e.range) === "i32";
    if (product !== undefined) {
      const [x, range] = [as(e.a, "i64"), stickyRange(product.range)];
      const bits = e.bits - STICKY_BITS;
      return each("i64", (n) =>
        roundedShift(lanes.i64, keep, x.locals[n] as number, bits, e.rounding, range, isNarrow),
      );
    }
    if (e.bits === 0) return values.get(e.a) as Value;
    const lane: Lane = (values.get(e.a) as Value).lane === "i32" && e.bits <= 31 ? "i32" : "i64";
    const x = as(e.a, lane);
    return each(lane, (n) =>
      roundedShift(lanes[lane], keep, x.locals[n] as number, e.bits, e.rounding, rangeOf(e.a), isNarrow),
    );
  };

  const loadInput = (): Value => {
    if (input.kind === "bytes") {
      const bytes = mem.load32zero(input.at, address(1));
      return { lane: "i32", locals: [keep(op.i32x4lowu16(op.i16x8lowu8(bytes)))] };
    }
    if (input.bits === 16) return { lane: "i32", locals: [keep(mem.load16x4s(input.at, get(sums)))] };
    const halves = input.bits === 32 ? [0] : [0, 16];
    return {
      lane: input.bits === 32 ? "i32" : "i64",
      locals: halves.map((half) => keep(mem.load(input.at + half, get(sums)))),
    };
  };

  for (const e of exprs) values.set(e.id, evaluate(e));
  const store = (at: number, lane: Lane, id: string): void => {
    as(id, lane).locals.forEach((local, n) => {
      body.push(mem.store(at + 16 * n, address(laneBytes(lane)), get(local)));
    });
  };
  for (const s of graph.states) {
    const place = states.get(s.name) as StatePlace;
    store(place.at, place.lane, s.next);
  }
  for (const output of outputs) {
    if (output.kind === "lanes") {
      store(output.at, output.lane, output.id);
      continue;
    }
    const ones = Array.from({ length: map.stride }, (_, c) => (c < map.channels ? 1n : 0n));
    const mask = op.and(get(maskOf(output.id)), (masked ? table(ones, "i32") : [i32x4(1n)])[0] as Code);
    const words = f.local("v128");
    const bytes = op.i8x16narrow(tee(words, op.i16x8narrow(mask, mask)), get(words));
    body.push(mem.i32store(output.at, address(1), extract32(bytes, 0)));
  }

  const sumBytes = input.kind === "sums" ? (4 * input.bits) / 8 : 0;
  const rowGap =
    input.kind === "sums" && !flat ? (input.rowLength - map.width * map.stride) * (input.bits / 8) : 0;
  const count = (local: number, by: number): Code => set(local, op.i32add(get(local), i32(by)));
  const decrement = (local: number): Code => tee(local, op.i32sub(get(local), i32(1)));
  const groupLoop = [
    set(group, i32(0)),
    repeat(
      [body, count(element, 16), ...(sumBytes > 0 ? [count(sums, sumBytes)] : []), count(group, 16)],
      op.i32ltu(get(group), i32(groups * 16)),
    ),
  ];
  const columnLoop =
    columns === 1 ? groupLoop : [set(column, i32(columns)), repeat(groupLoop, decrement(column))];
  return [
    set(element, i32(0)),
    set(sums, i32(0)),
    set(row, i32(rows)),
    repeat([columnLoop, ...(rowGap > 0 ? [count(sums, rowGap)] : [])], decrement(row)),
  ];
}

function lengthOfConstants(e: FixedExpr): number {
  if (e.kind === "constant") return e.value.length;
  if (e.kind === "mulc") return e.by.length;
  return e.kind === "shl" ? e.bits.length : 1;
}

/** The operations of one width of lanes. */
const lanes = {
  i32: {
    bits: 32,
    constant: i32x4,
    add: op.i32x4add,
    sub: op.i32x4sub,
    shr: op.i32x4shrs,
    shru: op.i32x4shru,
    gt: op.i32x4gts,
    lt: op.i32x4lts,
    eq: op.i32x4eq,
    ne: op.i32x4ne,
  },
  i64: {
    bits: 64,
    constant: i64x2,
    add: op.i64x2add,
    sub: op.i64x2sub,
    shr: op.i64x2shrs,
    shru: op.i64x2shru,
    gt: op.i64x2gts,
    lt: op.i64x2lts,
    eq: op.i64x2eq,
    ne: op.i64x2ne,
  },
} as const;

/**
 * x / 2^n rounded, for |x| < 2^(bits−1): the formulas of src/fixed/ops.ts on ⌊x/2^n⌋ and the rest. Adding a constant
 * below the shift is shorter, and taken where the sum can't leave the lane. Where the result is narrow (fits 32 bits)
 * only its lower half counts, which a logical shift gives too: AVX2 has no arithmetic one of 64 bits.
 */
function roundedShift(
  v: (typeof lanes)[Lane],
  keep: (code: Code) => number,
  x: number,
  n: number,
  rounding: Rounding,
  range: Range,
  isNarrow: boolean,
): Code {
  const zero = v.constant(0n);
  const sign = v.shr(get(x), i32(v.bits - 1));
  // |x| < 2^(n−1) here: less than half, the same for every mode.
  if (n >= v.bits) {
    if (rounding === "floor") return sign;
    if (rounding === "ceil") return v.sub(zero, v.gt(get(x), zero));
    if (rounding === "away") return v.sub(sign, v.gt(get(x), zero));
    return zero;
  }
  const limit = (1n << BigInt(v.bits - 1)) - 1n;
  const whole = (1n << BigInt(n)) - 1n;
  const half = 1n << BigInt(n - 1);
  const shift = (code: Code): Code => (isNarrow && n <= v.bits - 32 ? v.shru : v.shr)(code, i32(n));
  const room = (most: bigint): boolean => range.high + most <= limit;
  if (rounding === "floor") return shift(get(x));
  if (rounding === "half_to_pos_inf" && room(half)) return shift(v.add(get(x), v.constant(half)));
  if (rounding === "ceil" && room(whole)) return shift(v.add(get(x), v.constant(whole)));
  const floor = keep(shift(get(x)));
  if (rounding === "half_even" && room(half)) {
    const odd = op.and(get(floor), v.constant(1n));
    return shift(v.add(v.add(get(x), v.constant(half - 1n)), odd));
  }
  const rest = keep(op.and(get(x), v.constant(whole)));
  const above = v.gt(get(rest), v.constant(half));
  const tie = v.eq(get(rest), v.constant(half));
  const some = v.ne(get(rest), zero);
  // A mask is −1 where the result goes up.
  const up = (mask: Code): Code => v.sub(get(floor), mask);
  switch (rounding) {
    case "ceil":
      return up(some);
    case "to_zero":
      return up(op.and(some, sign));
    case "away":
      return up(op.and(some, v.gt(get(x), zero)));
    case "half_even":
      return up(op.or(above, op.and(tie, v.sub(zero, op.and(get(floor), v.constant(1n))))));
    case "half_away":
      return up(op.or(above, op.and(tie, v.gt(get(x), zero))));
    case "half_to_zero":
      return up(op.or(above, op.and(tie, sign)));
    case "half_to_pos_inf":
      return up(op.or(above, tie));
    default:
      return assertNever(rounding);
  }
}
