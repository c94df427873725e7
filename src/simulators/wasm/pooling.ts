import { assertNever } from "../../diagnostics/diagnostic.js";
import type { Pool } from "../../ir/spiking.js";
import { advance, type Code, countDown, get, i32, mem, op, repeat, set } from "./asm.js";
import type { FunctionBuilder } from "./assemble.js";
import type { Memory, PixelMap } from "./memory.js";

/** Pooling: spikes by OR, numbers by their maximum; leftovers beyond the last whole window are dropped. */

/** A map of numbers: bits of each, and how many lie between the starts of two rows. */
export interface Numbers {
  readonly at: number;
  readonly bits: 16 | 32 | 64;
  readonly rowLength: number;
}

/** The larger of two vectors' lanes. */
function largerOf(bits: Numbers["bits"], a: Code, b: Code): Code {
  switch (bits) {
    case 16:
      return op.i16x8maxs(a, b);
    case 32:
      return op.i32x4maxs(a, b);
    case 64:
      return op.bitselect(a, b, op.i64x2gts(a, b));
    default:
      return assertNever(bits);
  }
}

/** Largest number of each window of `source`, channel by channel. */
export function emitPoolMax(
  f: FunctionBuilder,
  memory: Memory,
  pool: Pool,
  pooled: PixelMap,
  source: Numbers,
): { readonly code: Code; readonly pooled: Numbers } {
  const { bits } = source;
  const bytes = bits / 8;
  const at = memory.reserve(pooled.height * pooled.width * pooled.stride * bytes);
  const old = f.local("v128");
  const value = f.local("v128");
  const larger = (target: Code): Code => [
    set(old, mem.load(at, target)),
    mem.store(at, target, largerOf(bits, get(old), get(value))),
  ];
  const code = eachWindow(f, pool, source.rowLength, pooled, bytes, 16, (from, to, first) => [
    set(value, mem.load(source.at, from)),
    first ? mem.store(at, to, get(value)) : larger(to),
  ]);
  return { code, pooled: { at, bits, rowLength: pooled.width * pooled.stride } };
}

/** OR of the spikes of each window, channel by channel; bytes. */
export function emitPoolSpikes(
  f: FunctionBuilder,
  pool: Pool,
  map: PixelMap,
  pooled: PixelMap,
  source: number,
  at: number,
): Code {
  return eachWindow(f, pool, map.width * map.stride, pooled, 1, 8, (from, to, first) => {
    const value = mem.i64load(source, from);
    return mem.i64store(at, to, first ? value : op.i64or(value, mem.i64load(at, to)));
  });
}

/**
 * For each place of a window, all windows: `body` with the byte offsets of an element and of its window's result, in
 * steps of `step` bytes, rows of elements `rowLength` apart; `first` at the place that comes first.
 */
function eachWindow(
  f: FunctionBuilder,
  pool: Pool,
  rowLength: number,
  pooled: PixelMap,
  bytes: number,
  step: number,
  body: (from: Code, to: Code, first: boolean) => Code,
): Code {
  const [from, to, end, x, y, wx, wy, corner] = f.locals("i32", 8);
  const pixel = pooled.stride * bytes;
  const row = rowLength * bytes;
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
              [body(get(from), get(to), first), advance(from, step), advance(to, step)],
              op.i32ltu(get(to), get(end)),
            ),
            advance(from, (pool.width - 1) * pixel),
          ],
          countDown(x),
        ),
        advance(from, pool.height * row - pooled.width * pool.width * pixel),
      ],
      countDown(y),
    ),
  ];
  return [
    set(corner, i32(0)),
    all(true),
    set(wy, i32(pool.height)),
    repeat(
      [
        set(wx, i32(pool.width)),
        repeat([all(false), advance(corner, pixel)], countDown(wx)),
        advance(corner, row - pool.width * pixel),
      ],
      countDown(wy),
    ),
  ];
}
