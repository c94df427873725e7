import { advance, type Code, countDown, get, i32, mem, op, repeat, set, when } from "../asm.js";
import type { SynapseSite } from "./places.js";
import type { Split } from "./split.js";

/**
 * The list of pairs of operands that are not both 0: an entry is the offset of its weights from those of its row's first
 * pixel, the lower parts of both operands, and where operands are split, the higher ones. Entries of a row are in the
 * order of x, so that a window's part of a row is one stretch of it.
 */
export interface PairList {
  readonly code: Code;
  /** i32, per row one a column and one more: the addresses of the first entry of each pixel and behind the last. */
  readonly starts: number;
  readonly entryBytes: number;
}

/** Bytes of the weights of one pair at one tap, for output channels `stride`. */
export const pairBytes = (stride: number): number => stride * 4;

/** Lists the pairs of the 32-bit operands at `operand`. */
export function listPairs(site: SynapseSite, operand: number, split: Split): PairList {
  const { f, memory, layer, input, output } = site;
  const { channels, height, width } = layer.input;
  const pairs = Math.ceil(channels / 2);
  const entryBytes = split.wide ? 12 : 8;
  const list = memory.reserve(height * width * pairs * entryBytes);
  const starts = memory.reserve(height * (width + 1) * 4);
  const [next, start, source, offset, x, y, pair, left, right] = f.locals("i32", 9);
  const halves = (take: (word: Code) => Code): Code =>
    op.i32or(op.i32and(take(get(left)), i32(0xffff)), op.i32shl(take(get(right)), i32(16)));
  const low = (word: Code): Code => (split.wide ? op.i32and(word, i32(2 ** split.low - 1)) : word);
  const high = (word: Code): Code => op.i32shrs(word, i32(split.low));
  // A map of one channel lies dense: its pairs have no right one.
  const dense = input.stride === 1;
  const onePair = [
    set(left, mem.i32load(operand, get(source))),
    set(right, dense ? i32(0) : mem.i32load(operand + 4, get(source))),
    when(
      op.i32or(get(left), get(right)),
      mem.i32store(0, get(next), get(offset)),
      mem.i32store(4, get(next), halves(low)),
      split.wide ? mem.i32store(8, get(next), halves(high)) : [],
      advance(next, entryBytes),
    ),
    advance(source, dense ? 4 : 8),
    advance(offset, pairBytes(output.stride)),
  ];
  const startHere = [mem.i32store(0, get(start), get(next)), advance(start, 4)];
  const onePixel = [
    startHere,
    set(pair, i32(pairs)),
    repeat(onePair, countDown(pair)),
    dense ? [] : advance(source, (input.stride - 2 * pairs) * 4),
  ];
  const oneRow = [set(offset, i32(0)), set(x, i32(width)), repeat(onePixel, countDown(x)), startHere];
  const code = [
    set(next, i32(list)),
    set(start, i32(starts)),
    set(source, i32(0)),
    set(y, i32(height)),
    repeat(oneRow, countDown(y)),
  ];
  return { code, starts, entryBytes };
}
