import { invariant } from "../../../diagnostics/diagnostic.js";
import type { PerChannelInt } from "../../../ir/fixed.js";
import { advance, type Code, countDown, get, i32, i32x4, i64x2, mem, op, repeat, set } from "../asm.js";
import type { FunctionBuilder } from "../assemble.js";
import { type Lane, lengthOf, type Memory, type PixelMap } from "../memory.js";
import { vectorsOf } from "./vectors.js";

/**
 * The walk over the elements of a map, four at a time: row after row, pixel after pixel, and the fours of a pixel's
 * channels. Where no channel differs from another it is one loop over all elements.
 */
export interface Walk {
  /** Address of the four elements in an array of `bytes` bytes an element. */
  address(bytes: number): Code;
  /** Address of the four elements' sums, from the first sum on. */
  readonly sums: Code;
  /** The code of each vector of constants: one for all channels, or one a channel. */
  constants(values: PerChannelInt, lane: Lane): readonly Code[];
  /** The loops around `body`. */
  over(body: Code): Code;
}

/** What decides on the loops. */
export interface WalkSpec {
  readonly map: PixelMap;
  /** Whether something depends on the channel. */
  readonly perChannel: boolean;
  /** The sums beside the elements: bits of each, and how many lie between the starts of two rows. */
  readonly sums?: { readonly bits: number; readonly rowLength: number };
}

/** A walk of its own in a function. */
export function walkOver(f: FunctionBuilder, memory: Memory, { map, perChannel, sums }: WalkSpec): Walk {
  const row = map.width * map.stride;
  const padded = sums !== undefined && sums.rowLength !== row;
  const flat = map.stride === 1 || !(perChannel || padded);
  invariant(map.stride % 4 === 0 || flat, "a map whose channels are no fours");
  const [rows, columns, groups] = flat
    ? [1, 1, Math.ceil(lengthOf(map) / 4)]
    : [map.height, map.width, map.stride / 4];
  const [rowsLeft, columnsLeft, element, sum, group] = f.locals("i32", 5);
  const sumStep = sums === undefined ? 0 : (4 * sums.bits) / 8;
  const rowGap = sums === undefined || flat ? 0 : (sums.rowLength - row) * (sums.bits / 8);
  return {
    sums: get(sum),
    address(bytes) {
      // `element` counts in bytes of an array of four bytes an element.
      if (bytes === 4) return get(element);
      return bytes === 8 ? op.i32shl(get(element), i32(1)) : op.i32shru(get(element), i32(2));
    },
    constants(values, lane) {
      if (values.length === 1 || map.stride === 1) {
        const value = values[0] as bigint;
        return vectorsOf(lane).map(() => (lane === "i32" ? i32x4 : i64x2)(value));
      }
      const all = Array.from({ length: map.stride }, (_, c) => values[c] ?? values[0] ?? 0n);
      const words = () => Int32Array.from(all, (v) => Number(BigInt.asIntN(32, v)));
      const at = memory.put(lane === "i32" ? words() : BigInt64Array.from(all));
      const from = lane === "i32" ? get(group) : op.i32shl(get(group), i32(1));
      return vectorsOf(lane).map((n) => mem.load(at + 16 * n, from));
    },
    over(body) {
      const fours = [
        set(group, i32(0)),
        repeat(
          [body, advance(element, 16), sumStep > 0 ? advance(sum, sumStep) : [], advance(group, 16)],
          op.i32ltu(get(group), i32(groups * 16)),
        ),
      ];
      const pixels =
        columns === 1 ? fours : [set(columnsLeft, i32(columns)), repeat(fours, countDown(columnsLeft))];
      return [
        set(element, i32(0)),
        set(sum, i32(0)),
        set(rowsLeft, i32(rows)),
        repeat([pixels, rowGap > 0 ? advance(sum, rowGap) : []], countDown(rowsLeft)),
      ];
    },
  };
}
