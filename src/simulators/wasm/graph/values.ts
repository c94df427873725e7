import type { Lane } from "../memory.js";
import { lanes } from "./lanes.js";
import { type Straight, type Vectors, vector } from "./vectors.js";

/**
 * Values of expressions by their ids: each in the lanes where it was computed, in the others once something asked for
 * them, and as a mask once something chose by it. None of the three is made twice.
 */
export interface Values {
  /** The value as it was computed. */
  computed(id: string): Vectors;
  /** The value in `lane` lanes: sign-extended, or cut off. */
  as(id: string, lane: Lane): Vectors;
  /** A local with the mask of 32-bit lanes that is all ones where the value is not 0. */
  mask(id: string): number;
  define(id: string, value: Vectors): void;
  defineMask(id: string, mask: number): void;
}

/** No values yet; what they take is added to `straight`. */
export function emptyValues(straight: Straight): Values {
  const values = new Map<string, Vectors>();
  const others = new Map<string, Vectors>();
  const masks = new Map<string, number>();
  const computed = (id: string): Vectors => values.get(id) as Vectors;
  return {
    computed,
    as(id, lane) {
      const value = computed(id);
      if (value.lane === lane) return value;
      const other = others.get(id) ?? straight.cast(value, lane);
      others.set(id, other);
      return other;
    },
    mask(id) {
      const value = computed(id);
      const { ne, constant } = lanes[value.lane];
      const mask = masks.get(id) ?? straight.mask(value.lane, (n) => ne(vector(value, n), constant(0n)));
      masks.set(id, mask);
      return mask;
    },
    define: (id, value) => void values.set(id, value),
    defineMask: (id, mask) => void masks.set(id, mask),
  };
}
