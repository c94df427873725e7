import type { Range } from "../../fixed/format.js";
import type { Shape } from "../../ir/spiking.js";
import type { Segment } from "./assemble.js";

/** Hands out the module's memory: addresses are multiples of 16, with 32 bytes of slack behind each block. */
export interface Memory {
  /** Room that is 0 at first. */
  reserve(bytes: number): number;
  /** Constants. */
  put(values: ArrayBufferView): number;
  readonly segments: readonly Segment[];
  size(): number;
}

/** An empty memory; address 0 stays free. */
export function emptyMemory(): Memory {
  const segments: Segment[] = [];
  let end = 16;
  const reserve = (bytes: number): number => {
    const at = end;
    end = Math.ceil((at + bytes + 32) / 16) * 16;
    return at;
  };
  return {
    segments,
    size: () => end,
    reserve,
    put({ buffer, byteOffset, byteLength }) {
      const at = reserve(byteLength);
      segments.push({ at, bytes: new Uint8Array(buffer, byteOffset, byteLength) });
      return at;
    },
  };
}

/**
 * How a (C, H, W) map lies in memory: pixel after pixel, `stride` channels each, so that a vector holds channels and
 * a spike adds whole rows of weights. Channels behind the last are padding that never spikes.
 */
export interface PixelMap extends Shape {
  readonly stride: number;
}

/** A map of neurons: channels in eights. */
export const neuronMap = (shape: Shape): PixelMap => ({
  ...shape,
  stride: Math.ceil(shape.channels / 8) * 8,
});

/** A map of input spikes: a single channel lies dense. */
export const inputMap = (shape: Shape): PixelMap =>
  shape.channels === 1 ? { ...shape, stride: 1 } : neuronMap(shape);

/** Elements of a map, padding included. */
export const lengthOf = (map: PixelMap): number => map.height * map.width * map.stride;

/** Width of a lane that a value takes. */
export type Lane = "i32" | "i64";

const fits = (range: Range, bits: bigint): boolean =>
  range.low >= -(1n << (bits - 1n)) && range.high < 1n << (bits - 1n);

/** Whether every value of a range is a signed number of 16 bits. */
export const fits16 = (range: Range): boolean => fits(range, 16n);
/** Whether every value of a range is a signed number of 32 bits. */
export const fits32 = (range: Range): boolean => fits(range, 32n);
/** Whether |x| < 2^63, the widest that is computed here. */
export const fits64 = (range: Range): boolean => fits({ low: range.low - 1n, high: range.high }, 64n);

/** The lane that holds every value of `range`. */
export const laneOf = (range: Range): Lane => (fits32(range) ? "i32" : "i64");

/** Bytes of a lane. */
export const laneBytes = (lane: Lane): number => (lane === "i32" ? 4 : 8);
