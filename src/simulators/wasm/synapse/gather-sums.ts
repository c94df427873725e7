import {
  advance,
  type Code,
  countDown,
  get,
  i32,
  i32x4,
  loopWhile,
  mem,
  op,
  repeat,
  set,
  tee,
  when,
} from "../asm.js";
import { type Lane, laneBytes } from "../memory.js";
import { type PairList, pairBytes } from "./gather-list.js";
import type { SynapseSite } from "./places.js";
import type { Split } from "./split.js";

/**
 * Sums over the windows of all outputs, from the list of pairs: a block of output channels after the other, whose sums
 * stay in registers while a window's rows are gone through.
 */

/** Channels of a block: four groups of four, whose hi and lo sums stay in registers. */
const BLOCK_GROUPS = 4;

/** What is summed, and where the sums go. */
export interface WindowSums {
  readonly weightsAt: number;
  readonly list: PairList;
  readonly sums: number;
  readonly lane: Lane;
}

/** Groups of four output channels from `first` on, and the locals of their sums; hi where operands are split. */
interface Block {
  readonly first: number;
  readonly lows: readonly number[];
  readonly highs: readonly number[];
}

/** Sums for every output the pairs inside its window. */
export function sumWindows(site: SynapseSite, split: Split, to: WindowSums): Code {
  const { f, memory, layer, output } = site;
  const { kernel, stride, padding } = layer.synapse;
  const { height, width } = layer.input;
  const { list, lane } = to;
  const [oy, ox, iy, from, end, tap, ky, target, window] = f.locals("i32", 9);
  const columns = memory.put(columnTable(site, to.weightsAt));
  const tapRowBytes = kernel[1] * Math.ceil(layer.input.channels / 2) * pairBytes(output.stride);
  const startAt = (column: number): Code => mem.i32load(0, op.i32add(get(tap), mem.i32load(column, get(ox))));
  const groupCount = Math.ceil(output.channels / 4);
  return Array.from({ length: Math.ceil(groupCount / BLOCK_GROUPS) }, (_, b) => {
    const first = b * BLOCK_GROUPS;
    const groups = Array.from({ length: Math.min(BLOCK_GROUPS, groupCount - first) });
    const lows = groups.map(() => f.local("v128"));
    const highs = split.wide ? groups.map(() => f.local("v128")) : [];
    const block: Block = { first, lows, highs };
    const factors = f.locals("v128", 3);
    const oneRow = when(
      op.i32ltu(get(iy), i32(height)),
      set(tap, op.i32add(op.i32mul(get(iy), i32((width + 1) * 4)), i32(list.starts))),
      set(end, startAt(columns + 4)),
      set(from, startAt(columns)),
      loopWhile(op.i32ltu(get(from), get(end)), [
        set(tap, op.i32add(mem.i32load(0, get(from)), get(window))),
        addPair(block, from, tap, factors),
        advance(from, list.entryBytes),
      ]),
    );
    const oneOutput = [
      [...lows, ...highs].map((sum) => set(sum, i32x4(0n))),
      set(window, mem.i32load(columns + 8, get(ox))),
      set(ky, i32(0)),
      repeat(
        [oneRow, advance(window, tapRowBytes), advance(iy, 1)],
        op.i32ltu(tee(ky, op.i32add(get(ky), i32(1))), i32(kernel[0])),
      ),
      advance(iy, -kernel[0]),
      lows.map((_, group) => writeSum(block, group, split, to, target)),
      advance(target, output.stride * laneBytes(lane)),
    ];
    return [
      set(target, i32(0)),
      set(iy, i32(-padding[0])),
      set(oy, i32(output.height)),
      repeat(
        [
          set(ox, i32(0)),
          repeat([oneOutput, advance(ox, 16)], op.i32ltu(get(ox), i32(output.width * 16))),
          advance(iy, stride[0]),
        ],
        countDown(oy),
      ),
    ];
  });
}

/** Per output column: where its window's part of a row starts and ends, and the weights of column 0. */
function columnTable({ layer, output }: SynapseSite, weightsAt: number): Int32Array {
  const { kernel, stride, padding } = layer.synapse;
  const { channels, width } = layer.input;
  const pixelBytes = Math.ceil(channels / 2) * pairBytes(output.stride);
  const clip = (at: number): number => Math.min(width, Math.max(0, at));
  return Int32Array.from(
    Array.from({ length: output.width }, (_, o) => {
      const first = o * stride[1] - padding[1];
      return [4 * clip(first), 4 * clip(first + kernel[1]), weightsAt - first * pixelBytes, 0];
    }).flat(),
  );
}

/** Adds the products of the entry at `from` with the weights at `tap` to a block's sums. */
function addPair(
  { first, lows, highs }: Block,
  from: number,
  tap: number,
  [xLow, xHigh, w]: readonly [number, number, number],
): Code {
  const add = (sum: number, x: number): Code => set(sum, op.i32x4add(get(sum), op.i32x4dot(get(x), get(w))));
  return [
    set(xLow, mem.load32splat(4, get(from))),
    highs.length > 0 ? set(xHigh, mem.load32splat(8, get(from))) : [],
    lows.map((sum, group) => {
      const high = highs[group];
      return [
        set(w, mem.load(16 * (first + group), get(tap))),
        add(sum, xLow),
        high === undefined ? [] : add(high, xHigh),
      ];
    }),
  ];
}

/** Writes hi·2^s + lo of a group's sums. */
function writeSum(
  { first, lows, highs }: Block,
  group: number,
  split: Split,
  { sums, lane }: WindowSums,
  target: number,
): Code {
  const sum = get(lows[group] as number);
  const high = highs[group];
  const at = (first + group) * 4 * laneBytes(lane) + sums;
  if (lane === "i32") {
    const total = high === undefined ? sum : op.i32x4add(sum, op.i32x4shl(get(high), i32(split.low)));
    return mem.store(at, get(target), total);
  }
  return [op.i64x2low32, op.i64x2high32].map((extend, half) => {
    const total =
      high === undefined
        ? extend(sum)
        : op.i64x2add(extend(sum), op.i64x2shl(extend(get(high)), i32(split.low)));
    return mem.store(at + 16 * half, get(target), total);
  });
}
