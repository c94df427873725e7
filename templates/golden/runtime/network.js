// What a network is made of, as network.js says it.

import { pooledShape } from "./maps.js";

/**
 * An integer: a BigInt where the compiler has not proved that it stays below 2^53.
 * @typedef {number | bigint} Word
 */
/** @typedef {{ readonly channels: number, readonly height: number, readonly width: number }} Shape */
/** @typedef {readonly [rows: number, columns: number]} Pair */

/**
 * A state: its name in the checkpoint, the bits that keep it between ticks, its value at a sample's first tick.
 * @typedef {{ readonly name: string, readonly bits: number, readonly start: Word }} State
 */
/** @typedef {Readonly<Record<string, State>>} States */
/** @typedef {Readonly<Record<string, readonly Word[]>>} Constants A list has a number for each channel. */
/** @typedef {Readonly<Record<string, Word>>} Words */

/**
 * What each element of a map does in one tick: `step` takes its input, its states and the constants of its channel,
 * and gives its outputs and its next states.
 * @template Outputs
 * @typedef {object} Recurrence
 * @property {States} states
 * @property {Constants} channels
 * @property {(input: number, state: any, channel: any) => Outputs & { readonly state: Words }} step
 */

/**
 * One layer: `pre` makes operands of its input spikes, the synapse sums them up, `currentPool` takes the largest sums,
 * `post` is the neurons, `pool` thins out their spikes.
 * @typedef {object} Layer
 * @property {string} name
 * @property {Shape} input
 * @property {Recurrence<{ readonly operand: number }>} pre
 * @property {Synapse} synapse
 * @property {Pair} [currentPool] A window of sums, and the step to the next; absent where each neuron reads one sum.
 * @property {Shape} output
 * @property {Recurrence<{ readonly spike: number, readonly potential: Word }>} post
 * @property {Pair} pool A window, and the step to the next.
 */

/**
 * A convolution: the file of its weights (C_out, C_in, K_h, K_w), and the zeros above and to the left of its input.
 * @typedef {{ readonly weights: string, readonly kernel: Pair, readonly stride: Pair, readonly padding: Pair }} Synapse
 */

/**
 * A readout of a layer's potentials: activations by the thresholds they reach, then a linear map; without weights the
 * potentials and their biases are the logits.
 * @typedef {object} Readout
 * @property {string} name
 * @property {string} layer
 * @property {Pair} pool
 * @property {string} [thresholds] File of ascending thresholds: a table for all channels, or one a channel.
 * @property {string} [weights] File of (class, C·H·W).
 * @property {readonly Word[]} bias By class.
 * @property {readonly number[]} rank By class: between equal logits the class of the higher rank wins.
 * @property {{ readonly bits: number, readonly values: readonly bigint[] }} [fraction] By class: values / 2^bits is what
 *   its bias leaves over, in every tick of a sum.
 * @property {"majority" | "sum" | "last"} vote
 */

/**
 * @typedef {object} Network
 * @property {string} name
 * @property {Shape} input
 * @property {number} burnIn Ticks at the start of each sample that don't vote.
 * @property {number} maxTicks Ticks of the longest sample: the hardware counts no further.
 * @property {readonly Layer[]} layers
 * @property {readonly Readout[]} readouts
 */

/**
 * A recurrence as it is: says to type checkers what `step` works with.
 * @template {States} S
 * @template {Constants} C
 * @template {object} Outputs
 * @param {{
 *   readonly states: S,
 *   readonly channels: C,
 *   readonly step: (
 *     input: number,
 *     state: { readonly [K in keyof S]: S[K]["start"] },
 *     channel: { readonly [K in keyof C]: C[K][number] },
 *   ) => Outputs & { readonly state: { readonly [K in keyof S]: S[K]["start"] } },
 * }} recurrence
 * @returns {Recurrence<Outputs>}
 */
export const recurrence = (recurrence) => recurrence;

/**
 * What the arrays of a trace are, in their order.
 * @param {Network} network
 */
export const outline = ({ name, input, maxTicks, layers, readouts }) => ({
  name,
  input,
  maxTicks,
  layers: layers.map((layer) => ({ name: layer.name, ...pooledShape(layer.output, layer.pool) })),
  states: layers.flatMap(({ pre, post, input, output }) => [
    ...Object.values(pre.states).map(({ name, bits }) => ({ name, ...input, bits })),
    ...Object.values(post.states).map(({ name, bits }) => ({ name, ...output, bits })),
  ]),
  readouts: readouts.map(({ name, bias }) => ({ name, classes: bias.length })),
});
