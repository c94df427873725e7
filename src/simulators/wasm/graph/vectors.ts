import { type Code, get, op, set, shuffle } from "../asm.js";
import type { FunctionBuilder } from "../assemble.js";
import type { Lane } from "../memory.js";

/**
 * Straight code on four elements at a time: a value that fits 32 bits is one vector, any other is two of 64-bit lanes,
 * and every vector is kept in a local of its own.
 */

/** A value of four elements: one vector of 32-bit lanes, or two of 64-bit lanes; each a local. */
export interface Vectors {
  readonly lane: Lane;
  readonly locals: readonly number[];
}

/** Code in the making, without branches. */
export interface Straight {
  /** What was added so far, in order. */
  readonly code: readonly Code[];
  add(code: Code): void;
  /** Adds code that leaves a vector, and keeps it in a new local. */
  keep(code: Code): number;
  /** The same operation on each vector of its operands. */
  each(lane: Lane, make: (n: number) => Code): Vectors;
  /** The value in other lanes: sign-extended, or cut off (where the caller knows that it fits or wraps rightly). */
  cast(value: Vectors, lane: Lane): Vectors;
  /** A comparison of vectors of `lane` lanes as a mask of 32-bit lanes, in a local. */
  mask(lane: Lane, make: (n: number) => Code): number;
}

/** Bytes of the lower words of four 64-bit lanes. */
const LOW_WORDS = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** The code of vector `n` of a value. */
export const vector = (value: Vectors, n: number): Code => get(value.locals[n] as number);

/** How many vectors hold a value of `lane` lanes. */
export const vectorsOf = (lane: Lane): readonly number[] => (lane === "i32" ? [0] : [0, 1]);

/** Starts straight code in a function. */
export function straightCode(f: FunctionBuilder): Straight {
  const code: Code[] = [];
  const keep = (value: Code): number => {
    const local = f.local("v128");
    code.push(set(local, value));
    return local;
  };
  return {
    code,
    add: (more) => void code.push(more),
    keep,
    each: (lane, make) => ({ lane, locals: vectorsOf(lane).map((n) => keep(make(n))) }),
    cast(value, lane) {
      if (value.lane === lane) return value;
      const low = vector(value, 0);
      if (lane === "i32") return { lane, locals: [keep(shuffle(low, vector(value, 1), LOW_WORDS))] };
      return { lane, locals: [keep(op.i64x2low32(low)), keep(op.i64x2high32(low))] };
    },
    mask: (lane, make) => keep(lane === "i32" ? make(0) : shuffle(make(0), make(1), LOW_WORDS)),
  };
}
