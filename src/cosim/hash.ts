import { OFF_MAP, type TensorLayout } from "../mapping/layout.js";

/**
 * What a tensor leaves behind where comparing it whole would take too long: the number of its words and two sums of
 * 32 bits, modulo 2^32. A single value that differs always changes `low`: for a given place, `mix` is a bijection of
 * the value. Several cancel out in both sums with a probability of 2^-64. templates/sim/tensor_hash.v is the same in
 * Verilog.
 */
export interface TensorHash {
  readonly words: number;
  readonly low: number;
  readonly high: number;
}

/** Whether two hashes are those of equal tensors; an unknown one (NaN) equals none. */
export const sameHash = (a: TensorHash, b: TensorHash): boolean =>
  a.words === b.words && a.low === b.low && a.high === b.high;

/** Hash of a tensor, (C, H, W) flat, in the words that the hardware gives it away in. */
export function hashTensor(
  values: ArrayLike<number>,
  { order, lanes, width }: Pick<TensorLayout, "order" | "lanes" | "width">,
): TensorHash {
  const wide = width > 32;
  let [low, high] = [0, 0];
  for (let place = 0; place < order.length; place++) {
    const element = order[place] as number;
    const value = element === OFF_MAP ? 0 : (values[element] as number);
    const first = wide ? mix(Math.floor(value / 2 ** 32), mix(value, place)) : mix(value, place);
    low = (low + first) | 0;
    high = (high + mix(first, place)) | 0;
  }
  return { words: order.length / lanes, low: low >>> 0, high: high >>> 0 };
}

/** Hash of a list of events, each below 2^32, in the order in which they were sent. */
export const hashEvents = (events: readonly number[]): TensorHash =>
  hashTensor(events, { order: Int32Array.from(events.keys()), lanes: 1, width: 32 });

/** The lower 32 bits of `value`, scrambled together with `place`. Source: the finaliser of MurmurHash3 (Appleby, public domain). */
function mix(value: number, place: number): number {
  let m = Math.imul(place, 0x9e3779b1) ^ value;
  m = Math.imul(m ^ (m >>> 16), 0x85ebca6b);
  m = Math.imul(m ^ (m >>> 13), 0xc2b2ae35);
  return m ^ (m >>> 16);
}
