import { indexWidth } from "./dense-bench.js";

/** A convolution as an event-driven stage has it, and how its accumulators and weights are banked. */
export interface EventGeometry {
  readonly input: readonly [channels: number, height: number, width: number];
  readonly output: readonly [channels: number, height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [y: number, x: number];
  readonly pad: readonly [top: number, left: number];
  /** Taps a cycle: one, a kernel row, the whole patch. */
  readonly taps: "one" | "row" | "patch";
  /** Output channels at once. */
  readonly channels: number;
  /** Rotations of a row of weights that aren't stored. */
  readonly shift: number;
}

/** A spike: channel, row and column of the input map. */
export type Event = readonly [channel: number, y: number, x: number];

/** 0 .. n - 1. */
export const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The remainder that is never negative. */
export const modulo = (a: number, b: number): number => ((a % b) + b) % b;

/** Outputs that an event touches along an axis: those whose tap, i + pad - o * stride, lies in the kernel. */
export function touched(geometry: EventGeometry, axis: 0 | 1, i: number): number[] {
  return count(geometry.output[axis + 1] as number).filter((o) => {
    const tap = i + geometry.pad[axis] - o * geometry.stride[axis];
    return tap >= 0 && tap < geometry.kernel[axis];
  });
}

/** What follows from a geometry: banks, words of a bank, rows of weights of a kernel row, parameters of the rtl. */
export function derived(geometry: EventGeometry) {
  const { input, output, kernel, stride, pad, taps, channels, shift } = geometry;
  const span = (axis: 0 | 1): number => Math.ceil(kernel[axis] / stride[axis]);
  const reach = (axis: 0 | 1): number => Math.min(span(axis), output[axis + 1] as number);
  const banksY = taps === "patch" ? reach(0) : 1;
  const banksX = taps === "one" ? 1 : reach(1);
  const groups = output[0] / channels;
  const placesX = Math.ceil(output[2] / banksX);
  const places = placesX * Math.ceil(output[1] / banksY);
  const copies = Math.ceil(banksX / shift);
  const aligns = banksX === 1 ? kernel[1] : banksX < span(1) ? input[2] : stride[1] * copies;
  const convolution = {
    C_IN: input[0],
    IN_H: input[1],
    IN_W: input[2],
    OUT_H: output[1],
    OUT_W: output[2],
    K_H: kernel[0],
    K_W: kernel[1],
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    PAD_TOP: pad[0],
    PAD_LEFT: pad[1],
    BANKS_Y: banksY,
    BANKS_X: banksX,
    SHIFT: shift,
    ALIGNS: aligns,
  };
  const weightWords = input[0] * groups * kernel[0] * aligns;
  return { span, banksY, banksX, groups, placesX, places, copies, aligns, weightWords, convolution };
}

/** An event as the stream's `tdata`: {channel, y, x}, each at least one bit. */
export function eventData({ input }: EventGeometry, [channel, y, x]: Event): bigint {
  const [yWidth, xWidth] = [indexWidth(input[1]), indexWidth(input[2])];
  return (((BigInt(channel) << BigInt(yWidth)) | BigInt(y)) << BigInt(xWidth)) | BigInt(x);
}

/** Bits of `eventData`. */
export const eventWidth = ({ input }: EventGeometry): number =>
  input.map(indexWidth).reduce((a, b) => a + b, 0);
