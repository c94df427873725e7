import { assertNever } from "../diagnostics/diagnostic.js";
import type { EventBanks, LayerStage, LinearReadoutStage } from "../ir/design.js";
import type { FixedLayer, FixedLinearReadout } from "../ir/fixed.js";
import type { DenseGeometry, EventGeometry, NeuronGeometry, ReadoutGeometry, Word } from "../ir/geometry.js";
import { type Pool, sumsOf } from "../ir/spiking.js";
import { addressBits } from "./widths.js";

/** Values of a word. */
export const lanesOf = (word: Word): number => word.channels * word.columns;

/** The pool whose windows are visited one after the other: of a layer's sums, or of its neurons. */
export const visitedPool = ({ currentPool, pool }: FixedLayer): Pool | undefined => currentPool ?? pool;

/** Words of sums and neurons; a pool window is a multiple of a word's columns, or they of it. */
function neuronGeometry(layer: FixedLayer, word: Word): NeuronGeometry {
  const { output, sent } = layer;
  const pooled = layer.currentPool !== undefined;
  const sums = sumsOf(layer);
  const pool = visitedPool(layer);
  const [height, width] = [pool?.height ?? 1, pool?.width ?? 1];
  const columns = word.columns > width ? word.columns / width : 1;
  const sentWord = { channels: word.channels, columns };
  const groups = output.channels / word.channels;
  const sumWords = groups * sums.height * Math.ceil(sums.width / word.columns);
  const sentWords = groups * sent.height * Math.ceil(sent.width / columns);
  return {
    sums: { pooled, word, words: sumWords },
    word: pooled ? sentWord : word,
    sentWord,
    groups,
    words: pooled ? sentWords : sumWords,
    sentWords,
    pool: [height, width],
    windows: [Math.ceil(sums.height / height), Math.ceil(sums.width / width)],
  };
}

/** Cycles that the sums of a window take to become one: columns of a word, then words (rtl/max_window.v). */
export const mergeLatency = ({ sums, sentWord }: NeuronGeometry): number => {
  if (!sums.pooled) return 0;
  return sums.word.columns > sentWord.columns ? 2 : 1;
};

/** Geometry of a dense stage of `pe` output channels and `simd` input channels, which divide the layer's. */
export function denseGeometry(layer: FixedLayer, pe: number, simd: number): DenseGeometry {
  const neurons = neuronGeometry(layer, { channels: pe, columns: 1 });
  const { input, synapse } = layer;
  const inGroups = input.channels / simd;
  const taps = synapse.kernel[0] * synapse.kernel[1] * inGroups;
  return {
    ...neurons,
    inWord: { channels: simd, columns: 1 },
    inGroups,
    inWords: inGroups * input.height * input.width,
    taps,
    beats: neurons.sums.words * taps,
    weightWords: neurons.groups * taps,
  };
}

/** Geometry of an event stage of `channels` channels at once and `lanes` neurons, which are a divisor or a multiple. */
export function eventGeometry(
  layer: FixedLayer,
  { channels, lanes }: { readonly channels: number; readonly lanes: number },
  banks: EventBanks,
): EventGeometry {
  const word = { channels: Math.min(lanes, channels), columns: Math.max(1, lanes / channels) };
  const eventGroups = layer.output.channels / channels;
  return {
    ...neuronGeometry(layer, word),
    eventGroups,
    slices: channels / word.channels,
    weightWords: layer.input.channels * eventGroups * layer.synapse.kernel[0] * banks.aligns,
  };
}

/** Geometry of a readout of `acts` activations a cycle, which divide the lanes of a word of `source`. */
export function readoutGeometry(
  kind: LinearReadoutStage["kind"],
  readout: FixedLinearReadout,
  source: LayerStage,
  acts: number,
): ReadoutGeometry {
  const { sentWord, sentWords: words } = source.geometry;
  const lanes = lanesOf(sentWord);
  const slices = lanes / acts;
  const tables = readout.thresholds.length === 1 ? 1 : (readout.input.channels * sentWord.columns) / acts;
  const vectors = Math.max(1, (tables * acts) / lanes);
  return {
    words,
    slices,
    beats: leastBeats(kind, words, slices),
    tables,
    vectors,
    tableBits: addressBits(vectors * slices),
    addressBits: addressBits(words * slices),
  };
}

function leastBeats(kind: LinearReadoutStage["kind"], words: number, slices: number): number {
  switch (kind) {
    case "dense-readout":
      return words * slices;
    case "event-readout":
      return words;
    default:
      return assertNever(kind);
  }
}
