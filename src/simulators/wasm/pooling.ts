import type { Pool } from "../../ir/spiking.js";
import { advance, type Code, countDown, get, i32, mem, op, repeat, set } from "./asm.js";
import type { FunctionBuilder } from "./assemble.js";
import { type Lane, laneBytes, type Memory, type PixelMap } from "./memory.js";

/** Pooling: spikes by OR, potentials by their maximum; leftovers beyond the last whole window are dropped. */

/** Largest potential of each window, channel by channel. */
export function emitPoolMax(
  f: FunctionBuilder,
  memory: Memory,
  pool: Pool,
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
  pool: Pool,
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
  pool: Pool,
  map: PixelMap,
  pooled: PixelMap,
  bytes: number,
  step: number,
  body: (from: Code, to: Code, first: boolean) => Code,
): Code {
  const [from, to, end, x, y, wx, wy, corner] = f.locals("i32", 8);
  const pixel = map.stride * bytes;
  const row = map.width * pixel;
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
