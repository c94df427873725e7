import type { Range } from "../../fixed/format.js";
import type { FixedReadout } from "../../ir/fixed.js";
import { type Code, type FunctionBuilder, get, i32, mem, op, repeat, set, tee, when } from "./asm.js";
import { fits32, type Lane, laneBytes, laneOf, type Memory, neuronMap, type PixelMap } from "./memory.js";
import { emitThresholds } from "./threshold.js";

/**
 * Readouts: potentials are pooled; where one reaches the lowest threshold, a binary search gives its activation, whose
 * products are added to all classes' logits. Most activations are 0 and cost one comparison of four.
 */

/** The lanes of a potential that `readouts` read: those that hold it and every threshold that it can reach. */
export const potentialLane = (range: Range): Lane => laneOf({ low: range.low, high: range.high + 1n });

/** Where a readout's logits are. */
export interface LogitsPlace {
  readonly at: number;
  readonly lane: Lane;
}

/** Where the pooled potentials of a readout are. */
export interface PotentialsPlace {
  readonly at: number;
  readonly lane: Lane;
  readonly map: PixelMap;
}

/** Computes a readout's logits from its layer's potentials at `potentials`, in `lane` lanes. */
export function emitReadout(
  f: FunctionBuilder,
  memory: Memory,
  readout: FixedReadout,
  map: PixelMap,
  potentials: number,
  range: Range,
): { readonly code: Code; readonly logits: LogitsPlace; readonly potentials: PotentialsPlace } {
  const lane = potentialLane(range);
  const pooled = neuronMap(readout.input);
  const size = pooled.height * pooled.width * pooled.stride;
  const { code: pooling, at: source } =
    readout.pool === undefined
      ? { code: [], at: potentials }
      : emitPoolMax(f, memory, readout.pool, map, pooled, potentials, lane);

  const bytes = laneBytes(lane);
  const search = emitThresholds(f, memory, readout.thresholds, range, lane, pooled.stride);
  const products = emitProducts(f, memory, readout, pooled);
  const [element, group, lanes, address] = f.locals("i32", 4);
  const x = f.local(lane);
  const channel = f.local("i32");
  const load = (at: Code): Code => (lane === "i32" ? mem.i32load(0, at) : mem.i64load(0, at));
  const at = (half: number): Code =>
    mem.load(
      source + half,
      lane === "i32" ? op.i32shl(get(element), i32(2)) : op.i32shl(get(element), i32(3)),
    );
  const reached =
    lane === "i32"
      ? op.i32x4bitmask(op.i32x4ges(at(0), mem.load(search.lowest, op.i32shl(get(group), i32(2)))))
      : op.i32or(
          op.i64x2bitmask(op.i64x2ges(at(0), mem.load(search.lowest, op.i32shl(get(group), i32(3))))),
          op.i32shl(
            op.i64x2bitmask(op.i64x2ges(at(16), mem.load(search.lowest + 16, op.i32shl(get(group), i32(3))))),
            i32(2),
          ),
        );
  const potential = op.i32add(i32(source), op.i32mul(op.i32add(get(element), get(address)), i32(bytes)));
  const one = [
    set(address, op.i32ctz(get(lanes))),
    set(channel, op.i32add(get(group), get(address))),
    set(x, load(potential)),
    products.add(search.count(x, channel), op.i32add(get(element), get(address))),
  ];
  const inside = op.i32ltu(get(channel), i32(readout.input.channels));
  const guarded =
    pooled.stride === pooled.channels ? one : [one[0] as Code, one[1] as Code, when(inside, one.slice(2))];
  const body = [
    when(
      tee(lanes, reached),
      repeat(guarded, tee(lanes, op.i32and(get(lanes), op.i32sub(get(lanes), i32(1))))),
    ),
    set(element, op.i32add(get(element), i32(4))),
    set(group, op.i32add(get(group), i32(4))),
  ];
  const code = [
    pooling,
    products.start,
    set(element, i32(0)),
    repeat(
      [set(group, i32(0)), repeat(body, op.i32ltu(get(group), i32(pooled.stride)))],
      op.i32ltu(get(element), i32(size)),
    ),
    products.end,
  ];
  return { code, logits: products.logits, potentials: { at: source, lane, map: pooled } };
}

/** Sums of products of one readout: `add` takes an activation and the index of its element. */
interface Products {
  readonly start: Code;
  add(activation: Code, element: Code): Code;
  readonly end: Code;
  readonly logits: LogitsPlace;
}

/** Most vectors of logits that are kept in locals. */
const VECTORS_IN_LOCALS = 12;

/**
 * Logits in 32-bit lanes if their interval, partial sums included, fits: products of 16-bit factors where weights and
 * activations allow it. Else in 64-bit lanes.
 */
function emitProducts(f: FunctionBuilder, memory: Memory, readout: FixedReadout, pooled: PixelMap): Products {
  const { classes } = readout;
  const lane = fits32(readout.range) ? "i32" : "i64";
  const width = Math.ceil(classes / 8) * 8;
  const plane = pooled.height * pooled.width;
  const most = readout.weights.reduce((m, w) => Math.max(m, w < 0 ? -1 - w : w), 0);
  const halves = lane === "i32" && readout.activationBits <= 15 && most < 2 ** 15;
  const make = !halves ? Int32Array : most < 128 ? Int8Array : Int16Array;
  // (element as it lies in memory, class)
  const table = new make(pooled.height * pooled.width * pooled.stride * width);
  let from = 0;
  for (let c = 0; c < classes; c++)
    for (let channel = 0; channel < pooled.channels; channel++)
      for (let pixel = 0; pixel < plane; pixel++)
        table[(pixel * pooled.stride + channel) * width + c] = readout.weights[from++] as number;
  const weightsAt = memory.put(table);
  const bias = Array.from({ length: width }, (_, c) => readout.bias[c] ?? 0n);
  const biasAt = memory.put(lane === "i32" ? Int32Array.from(bias, Number) : BigInt64Array.from(bias));
  const logits = memory.reserve(width * laneBytes(lane));
  const vectors = (width * laneBytes(lane)) / 16;
  const kept =
    vectors <= VECTORS_IN_LOCALS ? Array.from({ length: vectors }, () => f.local("v128")) : undefined;
  const row = f.local("i32");
  const p = f.local("v128");
  const w = f.local("v128");
  const bytes = table.BYTES_PER_ELEMENT;
  const sumOf = (v: number): Code => {
    const local = kept?.[v];
    return local === undefined ? mem.load(logits + 16 * v, i32(0)) : get(local);
  };
  const put = (v: number, value: Code): Code => {
    const local = kept?.[v];
    return local === undefined ? mem.store(logits + 16 * v, i32(0), value) : set(local, value);
  };
  const eights = Array.from({ length: width / 8 }, (_, e) => e);
  const addAll: Code = halves
    ? eights.map((e) => [
        set(w, bytes === 1 ? mem.load8x8s(8 * e, get(row)) : mem.load(16 * e, get(row))),
        put(2 * e, op.i32x4add(sumOf(2 * e), op.i32x4extmullow(get(w), get(p)))),
        put(2 * e + 1, op.i32x4add(sumOf(2 * e + 1), op.i32x4extmulhigh(get(w), get(p)))),
      ])
    : lane === "i32"
      ? Array.from({ length: vectors }, (_, v) =>
          put(v, op.i32x4add(sumOf(v), op.i32x4mul(mem.load(16 * v, get(row)), get(p)))),
        )
      : Array.from({ length: vectors / 2 }, (_, v) => [
          set(w, mem.load(16 * v, get(row))),
          put(2 * v, op.i64x2add(sumOf(2 * v), op.i64x2extmullow(get(w), get(p)))),
          put(2 * v + 1, op.i64x2add(sumOf(2 * v + 1), op.i64x2extmulhigh(get(w), get(p)))),
        ]);
  return {
    logits: { at: logits, lane },
    start: Array.from({ length: vectors }, (_, v) => put(v, mem.load(biasAt + 16 * v, i32(0)))),
    add: (activation, element) => [
      set(p, (halves ? op.i16splat : op.i32splat)(activation)),
      set(row, op.i32add(i32(weightsAt), op.i32mul(element, i32(width * bytes)))),
      addAll,
    ],
    end: kept === undefined ? [] : kept.map((local, v) => mem.store(logits + 16 * v, i32(0), get(local))),
  };
}

/** Largest potential of each window, channel by channel. */
function emitPoolMax(
  f: FunctionBuilder,
  memory: Memory,
  pool: { readonly height: number; readonly width: number },
  map: PixelMap,
  pooled: PixelMap,
  source: number,
  lane: Lane,
): { readonly code: Code; readonly at: number } {
  const bytes = laneBytes(lane);
  const at = memory.reserve(pooled.height * pooled.width * pooled.stride * bytes);
  const old = f.local("v128");
  const value = f.local("v128");
  const larger = (target: Code): Code => {
    const best =
      lane === "i32"
        ? op.i32x4maxs(get(old), get(value))
        : op.bitselect(get(old), get(value), op.i64x2gts(get(old), get(value)));
    return [set(old, mem.load(at, target)), mem.store(at, target, best)];
  };
  const code = eachWindow(f, pool, map, pooled, bytes, 16, (from, to, first) => [
    set(value, mem.load(source, from)),
    first ? mem.store(at, to, get(value)) : larger(to),
  ]);
  return { code, at };
}

/** OR of the spikes of each window, channel by channel; bytes. */
export function emitPoolSpikes(
  f: FunctionBuilder,
  pool: { readonly height: number; readonly width: number },
  map: PixelMap,
  pooled: PixelMap,
  source: number,
  at: number,
): Code {
  return eachWindow(f, pool, map, pooled, 1, 8, (from, to, first) => {
    const value = mem.i64load(source, from);
    return mem.i64store(at, to, first ? value : op.i64or(value, mem.i64load(at, to)));
  });
}

/**
 * For each place of a window, all windows: `body` with the byte offsets of an element and of its window's result, in
 * steps of `step` bytes; `first` at the place that comes first.
 */
function eachWindow(
  f: FunctionBuilder,
  pool: { readonly height: number; readonly width: number },
  map: PixelMap,
  pooled: PixelMap,
  bytes: number,
  step: number,
  body: (from: Code, to: Code, first: boolean) => Code,
): Code {
  const [from, to, end, x, y, wx, wy, corner] = f.locals("i32", 8);
  const pixel = map.stride * bytes;
  const row = map.width * pixel;
  const add = (target: number, by: number): Code => set(target, op.i32add(get(target), i32(by)));
  const down = (local: number): Code => tee(local, op.i32sub(get(local), i32(1)));
  const all = (first: boolean): Code => [
    set(from, get(corner)),
    set(to, i32(0)),
    set(y, i32(pooled.height)),
    repeat(
      [
        set(x, i32(pooled.width)),
        repeat(
          [
            set(end, op.i32add(get(to), i32(pixel))),
            repeat(
              [body(get(from), get(to), first), add(from, step), add(to, step)],
              op.i32ltu(get(to), get(end)),
            ),
            add(from, (pool.width - 1) * pixel),
          ],
          down(x),
        ),
        add(from, pool.height * row - pooled.width * pool.width * pixel),
      ],
      down(y),
    ),
  ];
  return [
    set(corner, i32(0)),
    all(true),
    set(wy, i32(pool.height)),
    repeat(
      [
        set(wx, i32(pool.width)),
        repeat([all(false), add(corner, pixel)], down(wx)),
        add(corner, row - pool.width * pixel),
      ],
      down(wy),
    ),
  ];
}

/** Sum of a map's bytes of 0 and 1, as an i32 at `at`. */
export function emitCount(f: FunctionBuilder, source: number, length: number, at: number): Code {
  const [sum, place] = f.locals("i32", 2);
  const bits = op.i8x16bitmask(op.i8x16neg(mem.load(source, get(place))));
  return [
    set(sum, i32(0)),
    set(place, i32(0)),
    repeat(
      [set(sum, op.i32add(get(sum), op.i32popcnt(bits))), set(place, op.i32add(get(place), i32(16)))],
      op.i32ltu(get(place), i32(length)),
    ),
    mem.i32store(at, i32(0), get(sum)),
  ];
}
