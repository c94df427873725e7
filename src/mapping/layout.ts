import { assertNever } from "../diagnostics/diagnostic.js";
import { type Design, type LayerStage, layerStages, type ReadoutStage } from "../ir/design.js";
import type { NeuronGeometry, Word } from "../ir/geometry.js";
import type { PipelineState } from "../ir/pipeline.js";
import type { Shape } from "../ir/spiking.js";
import { readoutStreams } from "../ir/stream.js";
import { lanesOf } from "./geometry.js";
import { neuronVisits, type Visit, windowVisits, wordVisits } from "./visits.js";

/** How the hardware gives a tensor away: word by word, `lanes` values in each. */
export interface TensorLayout {
  readonly signal: string;
  readonly shape: Shape;
  readonly lanes: number;
  /** Bits of a value. */
  readonly width: number;
  readonly signed: boolean;
  /** Place (word · lanes + lane) → element, (C, H, W) flat: each once; `OFF_MAP` where a word is wider than the map. */
  readonly order: Int32Array;
}

/** A place of a word that holds no element: 0 there. */
export const OFF_MAP = -1;

/** What a stage says in a tick, in the order in which differences are looked for: states first, spikes last. */
export interface StageLayout {
  readonly stage: LayerStage;
  readonly tensors: readonly TensorLayout[];
}

/** Layouts of all states and spikes, by layer stage. */
export function layoutsOf(design: Design): readonly StageLayout[] {
  return layerStages(design).map((stage) => {
    const { output, sent, input } = stage.layer;
    const state = (s: PipelineState, word: Word, shape: Shape, visits: readonly Visit[]): TensorLayout => ({
      signal: s.name,
      shape,
      lanes: lanesOf(word),
      width: s.width,
      signed: !s.before.bit,
      order: orderOf(shape, word, visits),
    });
    const traces = (): readonly TensorLayout[] => {
      switch (stage.kind) {
        case "dense": {
          const words = wordVisits(stage);
          return stage.pre.states.map((s) => state(s, stage.geometry.inWord, input, words));
        }
        case "event":
          return [];
        default:
          return assertNever(stage);
      }
    };
    const neurons = neuronVisits(stage);
    const { word, sentWord } = stage.geometry;
    const spikes = {
      signal: "spikes",
      shape: sent,
      lanes: lanesOf(sentWord),
      width: 1,
      signed: false,
      order: orderOf(sent, sentWord, windowVisits(stage)),
    };
    return {
      stage,
      tensors: [...traces(), ...stage.post.states.map((s) => state(s, word, output, neurons)), spikes],
    };
  });
}

/**
 * Bits of what a readout adds up for each class of a frame, a signed lane a class (rtl/vote_counter.v); undefined where
 * the last tick decides and nothing is added up.
 */
export function scoreWidthOf(design: Design, { name, readout, sumWidth }: ReadoutStage): number | undefined {
  const { votesBits } = readoutStreams(design, name).classes.payload;
  switch (readout.vote) {
    case "majority":
      return votesBits + 1;
    case "sum":
      return sumWidth + readout.fraction.bits + votesBits;
    case "last":
      return undefined;
    default:
      return assertNever(readout.vote);
  }
}

/** Channel of the neuron at a place of the words that leave a stage, group after group at each position. */
export function channelOf({ sentWord: word, groups }: NeuronGeometry, place: number): number {
  const lanes = lanesOf(word);
  const group = Math.floor(place / lanes) % groups;
  return group * word.channels + ((place % lanes) % word.channels);
}

/** Element of each place of the words that `visits` lists. */
export function orderOf(shape: Shape, { channels, columns }: Word, visits: readonly Visit[]): Int32Array {
  const order = new Int32Array(visits.length * channels * columns).fill(OFF_MAP);
  visits.forEach(({ group, y, x }, word) => {
    for (let column = 0; column < columns && x + column < shape.width; column++)
      for (let lane = 0; lane < channels; lane++)
        order[(word * columns + column) * channels + lane] =
          ((group * channels + lane) * shape.height + y) * shape.width + x + column;
  });
  return order;
}
