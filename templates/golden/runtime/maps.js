// What a layer does with whole maps, all flat and (C, H, W): convolution and max-pooling.

/** @import { LoadedLayer } from "./load.js" */
/** @import { Layer, Pair, Shape, Word } from "./network.js" */

/**
 * Number of elements of a map.
 * @param {Shape} shape
 */
export const sizeOf = ({ channels, height, width }) => channels * height * width;

/**
 * Shape of the sums that a layer's neurons read: of each window the largest.
 * @param {Layer} layer
 * @returns {Shape}
 */
export const sumsShape = ({ output, currentPool: [rows, columns] = [1, 1] }) => ({
  channels: output.channels,
  height: output.height * rows,
  width: output.width * columns,
});

/**
 * Sums of the convolution: every operand that isn't 0 goes, weighted, to all outputs whose window holds it.
 * A linear layer is one whose kernel is the whole map.
 * @param {LoadedLayer} layer
 * @param {Float64Array} operands
 */
export function convolve(layer, operands) {
  const { input, weights } = layer;
  const output = sumsShape(layer);
  const [kernelRows, kernelColumns] = layer.synapse.kernel;
  const [strideY, strideX] = layer.synapse.stride;
  const [above, left] = layer.synapse.padding;
  const sums = new Float64Array(sizeOf(output));
  let n = 0;
  for (let i = 0; i < input.channels; i++)
    for (let y = above; y < above + input.height; y++)
      for (let x = left; x < left + input.width; x++) {
        const operand = operands[n++];
        if (operand === 0) continue;
        const firstY = Math.max(0, Math.ceil((y - kernelRows + 1) / strideY));
        const lastY = Math.min(output.height - 1, Math.floor(y / strideY));
        const firstX = Math.max(0, Math.ceil((x - kernelColumns + 1) / strideX));
        const lastX = Math.min(output.width - 1, Math.floor(x / strideX));
        for (let c = 0; c < output.channels; c++)
          for (let oy = firstY; oy <= lastY; oy++) {
            const tap = ((c * input.channels + i) * kernelRows + y - oy * strideY) * kernelColumns + x;
            const row = (c * output.height + oy) * output.width;
            for (let ox = firstX; ox <= lastX; ox++) sums[row + ox] += operand * weights[tap - ox * strideX];
          }
      }
  return sums;
}

/**
 * Shape of a map after pooling: a last row or column that fills no window is dropped.
 * @param {Shape} shape
 * @param {Pair} pool
 * @returns {Shape}
 */
export const pooledShape = ({ channels, height, width }, [rows, columns]) => ({
  channels,
  height: Math.floor(height / rows),
  width: Math.floor(width / columns),
});

/**
 * Largest value of each window of `pool` rows and columns; a window of one element keeps a map as it is.
 * @template {Word} T
 * @param {ArrayLike<T>} values
 * @param {Shape} shape
 * @param {Pair} pool
 * @returns {ArrayLike<T>}
 */
export function maxPool(values, shape, pool) {
  const [rows, columns] = pool;
  if (rows === 1 && columns === 1) return values;
  const { channels, height, width } = pooledShape(shape, pool);
  /** @type {T[]} */
  const largest = [];
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const first = (c * shape.height + y * rows) * shape.width + x * columns;
        let best = values[first];
        for (let row = 0; row < rows; row++)
          for (let column = 0; column < columns; column++) {
            const value = values[first + row * shape.width + column];
            if (value > best) best = value;
          }
        largest.push(best);
      }
  return largest;
}
