import type { MemoryShape } from "../ir/design.js";
import type { MemoryWords } from "../mapping/words.js";
import { type Mapper, memoryUse, ramb36Of } from "./cost.js";

/** Bits of a memory's words that differ between words, equal ones once: what synthesis makes a ROM in LUTs of. */
export function changingColumns({ width, words }: MemoryWords): number {
  const columns = new Set<bigint>();
  for (let bit = 0; bit < width; bit++) {
    let column = 0n;
    for (const word of words) column = (column << 1n) | ((word >> BigInt(bit)) & 1n);
    columns.add(column);
  }
  columns.delete(0n);
  columns.delete((1n << BigInt(words.length)) - 1n);
  return columns.size;
}

/**
 * Columns of memories that hold the same words: those that differ, where one of them stands in LUTs; in block RAM all,
 * whatever they are, and nothing asks for the words.
 */
export function romColumns(
  memories: readonly MemoryShape[],
  mapper: Mapper,
  words: () => MemoryWords,
): number {
  const inBlocks = memories.every((memory) => ramb36Of(memoryUse(memory, mapper)) > 0);
  return inBlocks ? Math.max(...memories.map(({ width }) => width)) : changingColumns(words());
}
