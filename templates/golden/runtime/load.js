// Reads a network's numbers from the files beside it.

/** @import { Layer, Network, Readout, Recurrence, Shape, Word } from "./network.js" */
import { fail } from "./failure.js";
import { pooledShape, sizeOf } from "./maps.js";
import { readThresholds, readWeights } from "./npy.js";

/** @typedef {Layer & { readonly weights: Float64Array }} LoadedLayer */
/**
 * @typedef {Omit<Readout, "weights" | "thresholds"> & {
 *   readonly source: number,
 *   readonly input: Shape,
 *   readonly linear: { readonly weights: Float64Array, readonly thresholds: readonly (readonly Word[])[] } | undefined,
 * }} LoadedReadout
 */
/**
 * A network with its numbers.
 * @typedef {object} LoadedNetwork
 * @property {Shape} input
 * @property {number} burnIn
 * @property {readonly LoadedLayer[]} layers
 * @property {readonly LoadedReadout[]} readouts
 */

/** @param {Shape} shape */
const shapeText = ({ channels, height, width }) => `${channels}×${height}×${width}`;

/**
 * Refuses constants that don't have a number for each channel.
 * @param {string} place
 * @param {Recurrence<unknown>} recurrence
 * @param {Shape} shape
 */
function checkConstants(place, { channels }, shape) {
  for (const [key, list] of Object.entries(channels))
    if (list.length !== shape.channels)
      fail(place, `'${key}' has ${list.length} numbers for ${shape.channels} channels`);
}

/**
 * Reads the numbers of a network from the folder that holds them; refuses parts that don't fit together.
 * @param {Network} network
 * @param {URL} folder
 * @returns {LoadedNetwork}
 */
export function loadNetwork({ input, burnIn, layers, readouts }, folder) {
  let sent = input;
  const loadedLayers = layers.map((layer) => {
    const place = `layer '${layer.name}'`;
    if (shapeText(layer.input) !== shapeText(sent)) {
      fail(place, `reads ${shapeText(layer.input)}, what comes is ${shapeText(sent)}`);
    }
    checkConstants(place, layer.pre, layer.input);
    checkConstants(place, layer.post, layer.output);
    sent = pooledShape(layer.output, layer.pool);
    const [rows, columns] = layer.synapse.kernel;
    const taps = layer.output.channels * layer.input.channels * rows * columns;
    return { ...layer, weights: readWeights(folder, layer.synapse.weights, taps) };
  });
  const loadedReadouts = readouts.map((readout) => {
    const place = `readout '${readout.name}'`;
    const source = layers.findIndex(({ name }) => name === readout.layer);
    if (source < 0) fail(place, `reads layer '${readout.layer}', which isn't there`);
    const { output } = layers[source];
    const inputs = sizeOf(pooledShape(output, readout.pool));
    const read = { ...readout, source, input: output };
    if (readout.weights === undefined || readout.thresholds === undefined) {
      if (inputs !== readout.bias.length)
        fail(place, `has ${readout.bias.length} classes for ${inputs} neurons`);
      return { ...read, linear: undefined };
    }
    const weights = readWeights(folder, readout.weights, readout.bias.length * inputs);
    const thresholds = readThresholds(folder, readout.thresholds);
    if (thresholds.length !== 1 && thresholds.length !== output.channels) {
      fail(place, `has ${thresholds.length} tables of thresholds for ${output.channels} channels`);
    }
    return { ...read, linear: { weights, thresholds } };
  });
  return { input, burnIn, layers: loadedLayers, readouts: loadedReadouts };
}
