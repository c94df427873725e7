import { randomSource } from "../../harness/bench.js";
import type { Proof } from "../../harness/formal.js";

/** A convolution and its pool window; pairs are [height, width], [y, x], [top, left]. */
export interface Geometry {
  readonly input: readonly [groups: number, height: number, width: number];
  readonly output: readonly [groups: number, height: number, width: number];
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [y: number, x: number];
  readonly pad: readonly [top: number, left: number];
  readonly pool: readonly [height: number, width: number];
}

/** 0 to n - 1. */
export const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** The parameters of rtl/dense_walk.v. */
export const parametersOf = ({ input, output, kernel, stride, pad, pool }: Geometry) => ({
  IN_GROUPS: input[0],
  IN_HEIGHT: input[1],
  IN_WIDTH: input[2],
  OUT_GROUPS: output[0],
  OUT_HEIGHT: output[1],
  OUT_WIDTH: output[2],
  KERNEL_H: kernel[0],
  KERNEL_W: kernel[1],
  STRIDE_H: stride[0],
  STRIDE_W: stride[1],
  PAD_TOP: pad[0],
  PAD_LEFT: pad[1],
  POOL_H: pool[0],
  POOL_W: pool[1],
});

/** A geometry whose output size follows from the others, as a convolution has it. */
export function conv(
  input: Geometry["input"],
  outGroups: number,
  kernel: Geometry["kernel"],
  stride: Geometry["stride"],
  pad: Geometry["pad"],
  pool: Geometry["pool"],
): Geometry {
  const size = (axis: 0 | 1): number =>
    Math.floor(((input[axis + 1] ?? 0) + 2 * pad[axis] - kernel[axis]) / stride[axis]) + 1;
  return { input, output: [outGroups, size(0), size(1)], kernel, stride, pad, pool };
}

/** Geometries of every kind, each a corner of the loops or of the offsets. */
export const chosen: readonly Geometry[] = [
  conv([2, 4, 4], 2, [3, 3], [1, 1], [1, 1], [2, 2]),
  conv([1, 7, 5], 3, [3, 2], [2, 1], [1, 0], [1, 1]), // rectangular, stride along one axis
  conv([3, 5, 7], 1, [2, 3], [1, 2], [0, 1], [2, 3]), // partial windows
  conv([2, 5, 5], 2, [1, 1], [1, 1], [0, 0], [2, 2]), // partial windows on both axes, few beats a neuron
  conv([1, 5, 3], 1, [1, 1], [1, 1], [0, 0], [1, 1]), // one beat a neuron, one neuron a window
  conv([1, 6, 6], 2, [1, 1], [3, 3], [0, 0], [1, 1]), // stride larger than the kernel
  conv([2, 2, 2], 2, [5, 5], [1, 1], [2, 2], [2, 1]), // kernel larger than the map
  conv([3, 4, 5], 4, [4, 5], [1, 1], [0, 0], [1, 1]), // linear: kernel = map, output 1 x 1
  conv([5, 1, 1], 3, [1, 1], [1, 1], [0, 0], [1, 1]), // linear after a linear
  conv([1, 1, 1], 1, [1, 1], [1, 1], [0, 0], [1, 1]), // a single beat
  conv([1, 1, 9], 2, [1, 4], [1, 2], [0, 3], [1, 2]), // one row, wide padding
  conv([2, 9, 1], 1, [4, 1], [2, 1], [3, 0], [3, 1]), // one column
  { input: [2, 4, 3], output: [2, 3, 4], kernel: [3, 3], stride: [2, 1], pad: [0, 1], pool: [2, 3] }, // bottom/right
];

/** Any geometry whatever, output size free of the input's. */
export function randomGeometry(seed: number): Geometry {
  const { below } = randomSource(seed);
  const pick = (limit: number): number => 1 + below(limit);
  const output = [pick(3), pick(6), pick(6)] as const;
  return {
    input: [pick(3), pick(6), pick(6)],
    output,
    kernel: [pick(4), pick(4)],
    stride: [pick(3), pick(3)],
    pad: [below(4), below(4)],
    pool: [pick(Math.min(3, output[1])), pick(Math.min(3, output[2]))],
  };
}

/** The proof of rtl/dense_walk.v for a geometry; the end of a tick is looked for in `coverDepth` cycles. */
export const proofOf = (geometry: Geometry, coverDepth: number): Proof => ({
  module: "dense_walk",
  parameters: parametersOf(geometry),
  depth: 2,
  coverDepth,
  simplify: true,
  unroll: true,
});
