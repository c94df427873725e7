// Runs a network tick by tick.

/** @import { Input } from "./input.js" */
/** @import { LoadedLayer, LoadedNetwork } from "./load.js" */
/** @import { Recurrence, Shape, Word, Words } from "./network.js" */
import { convolve, maxPool, sizeOf, sumsShape } from "./maps.js";
import { argmax, countVote, frameResult, logitsOf } from "./readout.js";

/**
 * What happened in one tick.
 * @typedef {object} TickTrace
 * @property {number} sample
 * @property {number} tick
 * @property {readonly Uint8Array[]} spikes Per layer: its spikes after pooling, (C, H, W) flat, 0 or 1.
 * @property {readonly (readonly number[])[]} states Per state: its value after this tick, (C, H, W) flat.
 * @property {readonly (readonly number[])[]} logits Per readout.
 * @property {readonly number[]} tickClass Per readout: this tick's class.
 */

/**
 * Class of a whole sample and votes (or what the vote mode adds up), per readout.
 * @typedef {object} SampleResult
 * @property {number} sample
 * @property {readonly number[]} classes
 * @property {readonly (readonly number[])[]} votes
 */

/**
 * A recurrence's states of all elements, and the constants of each channel.
 * @template Outputs
 * @typedef {object} Running
 * @property {Recurrence<Outputs>["step"]} step
 * @property {Words[]} states
 * @property {readonly Words[]} channels
 */

/**
 * A recurrence at a sample's first tick.
 * @template Outputs
 * @param {Recurrence<Outputs>} recurrence
 * @param {Shape} shape
 * @returns {Running<Outputs>}
 */
function started({ step, states, channels }, shape) {
  const start = Object.fromEntries(Object.entries(states).map(([key, state]) => [key, state.start]));
  const constants = Object.entries(channels);
  return {
    step,
    states: new Array(sizeOf(shape)).fill(start),
    channels: Array.from({ length: shape.channels }, (_, c) =>
      Object.fromEntries(constants.map(([key, list]) => [key, list[c]])),
    ),
  };
}

/**
 * One tick of every element: hands over its outputs and its index. The states go on.
 * @template Outputs
 * @param {Running<Outputs>} running
 * @param {ArrayLike<number>} inputs
 * @param {(outputs: Outputs, i: number) => void} take
 */
function stepAll({ step, states, channels }, inputs, take) {
  const plane = states.length / channels.length;
  for (let c = 0, i = 0; c < channels.length; c++)
    for (const end = i + plane; i < end; i++) {
      const outputs = step(inputs[i], states[i], channels[c]);
      states[i] = outputs.state;
      take(outputs, i);
    }
}

/**
 * A layer at a sample's first tick.
 * @param {LoadedLayer} layer
 */
const startedLayer = (layer) => ({
  layer,
  pre: started(layer.pre, layer.input),
  post: started(layer.post, layer.output),
});

/**
 * One tick of a layer: operands, sums, neurons, pooled spikes.
 * @param {ReturnType<typeof startedLayer>} running
 * @param {Uint8Array} input
 */
function stepLayer({ layer, pre, post }, input) {
  const operands = new Float64Array(pre.states.length);
  stepAll(pre, input, ({ operand }, i) => {
    operands[i] = operand;
  });
  const spikes = new Uint8Array(post.states.length);
  /** @type {Word[]} */
  const potentials = new Array(post.states.length).fill(0);
  const currents = maxPool(convolve(layer, operands), sumsShape(layer), layer.currentPool ?? [1, 1]);
  stepAll(post, currents, ({ spike, potential }, i) => {
    spikes[i] = spike;
    potentials[i] = potential;
  });
  return { potentials, spikes: new Uint8Array(maxPool(spikes, layer.output, layer.pool)) };
}

/**
 * Values of every state, as a trace shows them: no zero is negative.
 * @param {ReturnType<typeof startedLayer>} running
 */
const statesOf = ({ layer, pre, post }) => [
  ...Object.keys(layer.pre.states).map((key) => pre.states.map((state) => Number(state[key]) + 0)),
  ...Object.keys(layer.post.states).map((key) => post.states.map((state) => Number(state[key]) + 0)),
];

/**
 * Runs every sample of `input`, tells `onTick` of each tick and `onSample` of each sample; gives each sample's classes.
 * @param {LoadedNetwork} network
 * @param {Input} input
 * @param {(trace: TickTrace) => void} [onTick]
 * @param {(result: SampleResult) => void} [onSample]
 * @returns {SampleResult[]}
 */
export function runNetwork(network, input, onTick, onSample) {
  const { readouts, burnIn } = network;
  /** @type {SampleResult[]} */
  const results = [];
  for (let sample = 0; sample < input.samples; sample++) {
    const layers = network.layers.map(startedLayer);
    const votes = readouts.map(({ bias }) => bias.map(() => 0));
    let tickClass = readouts.map(() => 0);
    for (let tick = 0; tick < input.ticks; tick++) {
      let spikes = new Uint8Array(sizeOf(network.input));
      for (const index of Array.from(input.active(sample, tick))) spikes[index] = 1;
      const sent = layers.map((layer) => {
        const output = stepLayer(layer, spikes);
        spikes = output.spikes;
        return output;
      });
      const logits = readouts.map((readout) => logitsOf(readout, sent[readout.source].potentials));
      tickClass = readouts.map(({ rank }, r) => argmax(logits[r], rank));
      if (tick >= burnIn) {
        readouts.forEach(({ vote }, r) => {
          countVote(vote, votes[r], logits[r], tickClass[r]);
        });
      }
      onTick?.({
        sample,
        tick,
        spikes: sent.map((output) => output.spikes),
        states: layers.flatMap(statesOf),
        logits: logits.map((row) => row.map(Number)),
        tickClass,
      });
    }
    const counted = Math.max(0, input.ticks - burnIn);
    const ended = readouts.map((readout, r) => frameResult(readout, votes[r], counted, tickClass[r]));
    const result = { sample, classes: ended.map(({ best }) => best), votes: ended.map(({ votes }) => votes) };
    results.push(result);
    onSample?.(result);
  }
  return results;
}
