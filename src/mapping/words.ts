import type { Word } from "../ir/geometry.js";
import type { ChannelTable } from "../ir/pipeline.js";
import { lanesOf } from "./geometry.js";

/** Contents of a memory that is never written: words of `width` bits, none negative, in the order of their addresses. */
export interface MemoryWords {
  readonly width: number;
  readonly words: readonly bigint[];
}

/** Two's complement of `value` in `width` bits, as an unsigned integer. */
export function encode(value: bigint, width: number): bigint {
  return BigInt.asUintN(width, value);
}

/** Packs values of `width` bits into a word, the first in the lowest bits. */
export function pack(values: readonly bigint[], width: number): bigint {
  let word = 0n;
  for (let i = values.length - 1; i >= 0; i--)
    word = (word << BigInt(width)) | encode(values[i] as bigint, width);
  return word;
}

/** A table per channel: word g holds channels g·channels … of the group, once for each column of a word of neurons. */
export function channelTable(table: ChannelTable, word: Word): MemoryWords {
  const { channels, columns } = word;
  const words: bigint[] = [];
  for (let c = 0; c < table.values.length; c += channels) {
    const group = table.values.slice(c, c + channels);
    words.push(pack(Array.from({ length: columns }, () => group).flat(), table.width));
  }
  return { width: lanesOf(word) * table.width, words };
}

/** One word with a value per class. */
export function perClass(values: readonly bigint[], width: number): MemoryWords {
  return { width: values.length * width, words: [pack(values, width)] };
}
