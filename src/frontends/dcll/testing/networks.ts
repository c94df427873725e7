import type { ArraySpec } from "./pickle.js";

/** A small pseudo-random sequence from -1 to 1, of single precision. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.fround(state / 2 ** 31 - 1);
  };
}

const filled = (shape: readonly number[], next: () => number): ArraySpec => ({
  shape,
  data: Array.from({ length: shape.reduce((n, size) => n * size, 1) }, next),
});

/** One number. */
export const scalar = (x: number): ArraySpec => ({ shape: [1], data: [x] });

/** A map (C, H, W) whose channels are constant. */
export const channelMap = (channels: readonly number[], height: number, width: number): ArraySpec => ({
  shape: [channels.length, height, width],
  data: channels.flatMap((x) => new Array<number>(height * width).fill(x)),
});

/** A small DCLL network: 1x6x6 → 2@3x3, pad 1, pool 2 → 3@3x3 (time constants per channel) with a trained readout. */
export function dcllArrays(prefix = (k: number) => `layer${k + 1}.`): Record<string, ArraySpec> {
  const next = sequence(7);
  const rest = (x: number): number => Math.fround(1 / (1 - x));
  return {
    [`${prefix(0)}i2h.weight`]: filled([2, 1, 3, 3], next),
    [`${prefix(0)}i2h.bias`]: filled([2], next),
    [`${prefix(0)}i2h.alpha`]: scalar(0.875),
    [`${prefix(0)}i2h.tau_m__dt`]: scalar(8),
    [`${prefix(0)}i2h.alphas`]: scalar(0.75),
    [`${prefix(0)}i2h.tau_s__dt`]: scalar(4),
    [`${prefix(0)}i2o.weight`]: filled([3, 18], next),
    [`${prefix(0)}i2o.bias`]: filled([3], next),
    [`${prefix(1)}i2h.weight`]: filled([3, 2, 3, 3], next),
    [`${prefix(1)}i2h.bias`]: filled([3], next),
    [`${prefix(1)}i2h.alpha`]: channelMap([0.5, 0.75], 3, 3),
    [`${prefix(1)}i2h.tau_m__dt`]: channelMap([rest(0.5), rest(0.75)], 3, 3),
    [`${prefix(1)}i2h.alphas`]: channelMap([0.25, 0.5], 3, 3),
    [`${prefix(1)}i2h.tau_s__dt`]: channelMap([rest(0.25), rest(0.5)], 3, 3),
    [`${prefix(1)}i2o.weight`]: filled([3, 3], next),
    [`${prefix(1)}i2o.bias`]: filled([3], next),
    [`${prefix(1)}output_.weight`]: filled([3, 3], next),
    [`${prefix(1)}output_.bias`]: filled([3], next),
  };
}

/** What its checkpoint lacks. */
export const dcllNetwork = `input_shape: [1, 6, 6]
burnin: 5
conv_layers:
  - {out_channels: 2, kernel_size: 3, padding: 1, pooling: 2}
  - {out_channels: 3, kernel_size: "(3, 3)", padding: [0, 0], pooling: 1}
`;

/** A small DECOLLE network: 1x6x6 → 2@3x3, pad 1, pool 2 → linear 4, and a readout on each. */
export function decolleArrays(): Record<string, ArraySpec> {
  const next = sequence(11);
  return {
    "LIF_layers.0.tau_m": scalar(8),
    "LIF_layers.0.tau_s": scalar(4),
    "LIF_layers.0.base_layer.weight": filled([2, 1, 3, 3], next),
    "LIF_layers.0.base_layer.bias": filled([2], next),
    "LIF_layers.1.tau_m": scalar(4),
    "LIF_layers.1.tau_s": scalar(2),
    "LIF_layers.1.base_layer.weight": filled([4, 18], next),
    "LIF_layers.1.base_layer.bias": filled([4], next),
    "readout_layers.0.weight": filled([3, 18], next),
    "readout_layers.0.bias": filled([3], next),
    "readout_layers.1.weight": filled([3, 4], next),
    "readout_layers.1.bias": filled([3], next),
  };
}

/** What its checkpoint lacks. */
export const decolleNetwork = `input_shape: [1, 6, 6]
lif_layer_type: BaseLIFLayer
wrp: 1.0
alpharp: 0.625
conv_layers:
  - {padding: 1, pooling: 2}
`;
