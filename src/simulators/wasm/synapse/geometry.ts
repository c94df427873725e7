import type { FixedLayer } from "../../../ir/fixed.js";
import type { Shape } from "../../../ir/spiking.js";

/** Where taps of one input pixel go: sums from `row`, `column` on, weights of `phase`. */
export interface Geometry {
  /** Rows and columns of taps per phase: what one input reaches. */
  readonly taps: readonly [rows: number, columns: number];
  /** Rows and columns of the map of sums, of which `first` is the first output. */
  readonly sums: readonly [rows: number, columns: number];
  readonly first: readonly [row: number, column: number];
  /** Per input pixel: sum of its first tap, phase; rows of taps that fall on the map, from the first such on. */
  readonly pixels: readonly {
    readonly sum: number;
    readonly phase: number;
    readonly skipped: number;
    readonly rows: number;
  }[];
  /** Per phase, per tap: the kernel's tap, undefined where it has none. */
  readonly phases: readonly (readonly (readonly [ky: number, kx: number] | undefined)[])[];
}

/**
 * Of a layer's sums, a map `output` of them. On either axis, input y meets tap k at output o = (y + p − k) / s. With Y = ⌊(y + p) / s⌋ and phase
 * r = (y + p) mod s these are the taps k = r + s·j at outputs Y − j: a convolution of stride 1 per phase. Taps are
 * stored backwards, so that they fall on sums that ascend. Rows of taps beyond the map are skipped; sums beyond it to the
 * left and right are kept and never read.
 */
export function geometryOf(layer: FixedLayer, output: Shape): Geometry {
  const { kernel, stride, padding } = layer.synapse;
  const sizes = {
    input: [layer.input.height, layer.input.width],
    output: [output.height, output.width],
  };
  if (output.height === 1 && output.width === 1) {
    // One position: each pixel has its own tap.
    const pixels = Array.from({ length: layer.input.height * layer.input.width }, (_, i) => i);
    const tap = (pixel: number): readonly [number, number] | undefined => {
      const ky = Math.floor(pixel / layer.input.width) + padding[0];
      const kx = (pixel % layer.input.width) + padding[1];
      return ky < kernel[0] && kx < kernel[1] ? [ky, kx] : undefined;
    };
    return {
      taps: [1, 1],
      sums: [1, 1],
      first: [0, 0],
      pixels: pixels.map((phase) => ({ sum: 0, phase, skipped: 0, rows: 1 })),
      phases: pixels.map((pixel) => [tap(pixel)]),
    };
  }
  const axes = [0, 1].map((a) => {
    const s = stride[a] as number;
    const p = padding[a] as number;
    const n = sizes.input[a] as number;
    const taps = Math.ceil((kernel[a] as number) / s);
    const last = Math.max(Math.floor((n - 1 + p) / s), (sizes.output[a] as number) - 1);
    const at = Array.from({ length: n }, (_, y) => ({ start: Math.floor((y + p) / s), phase: (y + p) % s }));
    const tapOf = (phase: number, position: number): number => phase + s * (taps - 1 - position);
    return { s, taps, size: last + taps, at, tapOf, kernel: kernel[a] as number };
  });
  const [y, x] = axes as [(typeof axes)[number], (typeof axes)[number]];
  return {
    taps: [y.taps, x.taps],
    sums: [y.size, x.size],
    first: [y.taps - 1, x.taps - 1],
    pixels: y.at.flatMap((row) => {
      const skipped = Math.max(0, y.taps - 1 - row.start);
      const end = Math.min(y.taps, y.taps - 1 + output.height - row.start);
      return x.at.map((column) => ({
        sum: row.start * x.size + column.start,
        phase: row.phase * x.s + column.phase,
        skipped,
        rows: Math.max(0, end - skipped),
      }));
    }),
    phases: Array.from({ length: y.s * x.s }, (_, phase) =>
      Array.from({ length: y.taps * x.taps }, (_, tap) => {
        const ky = y.tapOf(Math.floor(phase / x.s), Math.floor(tap / x.taps));
        const kx = x.tapOf(phase % x.s, tap % x.taps);
        return ky < y.kernel && kx < x.kernel ? ([ky, kx] as const) : undefined;
      }),
    ),
  };
}
