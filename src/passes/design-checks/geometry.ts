import { assertNever } from "../../diagnostics/diagnostic.js";
import type { DenseStage, EventStage, LayerStage, LinearReadoutStage } from "../../ir/design.js";
import { sizeOf, sumsOf } from "../../ir/spiking.js";
import { lanesOf, visitedPool } from "../../mapping/geometry.js";
import { neuronVisits, sumVisits, windowVisits } from "../../mapping/visits.js";
import { addressBits } from "../../mapping/widths.js";
import { equal } from "./expect.js";

/** A stage's words and groups are those of its visits, and make up its maps: nothing is left over, nothing is twice. */
export function checkLayerGeometry(stage: LayerStage): void {
  const { layer, geometry } = stage;
  const { sums, word, sentWord, pool, windows } = geometry;
  const [map, visited] = [sumsOf(layer), visitedPool(layer)];
  const is = saying(`${stage.name}: geometry`);
  is("columns of a word in a window", sums.word.columns % sentWord.columns, 0);
  is("pools of sums", sums.pooled ? 1 : 0, layer.currentPool === undefined ? 0 : 1);
  is("neurons of a word", lanesOf(word), lanesOf(sums.pooled ? sentWord : sums.word));
  is("channels of a word of sums", sums.word.channels, word.channels);
  is("words of sums", sums.words, sumVisits(stage).length);
  is("channels of a sent word", sentWord.channels, word.channels);
  is("channels of all groups", geometry.groups * word.channels, layer.output.channels);
  is("height of the pool", pool[0], visited?.height ?? 1);
  is("width of the pool", pool[1], visited?.width ?? 1);
  is("columns that are sent at once", sentWord.columns, Math.max(1, sums.word.columns / pool[1]));
  is("words", geometry.words, neuronVisits(stage).length);
  is("words that are sent", geometry.sentWords, windowVisits(stage).length);
  is("rows of windows", windows[0], Math.ceil(map.height / pool[0]));
  is("columns of windows", windows[1], Math.ceil(map.width / pool[1]));
  switch (stage.kind) {
    case "dense":
      checkDense(stage, is);
      break;
    case "event":
      checkEvent(stage, is);
      break;
    default:
      assertNever(stage);
  }
}

type Is = (what: string, have: number, need: number) => void;

const saying =
  (where: string): Is =>
  (what, have, need) =>
    equal(`${where}: ${what}`, have, need);

/** Every weight meets every neuron that it is of once in a tick. */
function checkDense({ layer, pe, simd, geometry }: DenseStage, is: Is): void {
  const { input, synapse } = layer;
  const sums = sumsOf(layer);
  const { inWord, inGroups } = geometry;
  const weights = synapse.weights.length;
  is("neurons of a word", lanesOf(geometry.word), pe);
  is("channels of a word", geometry.word.channels, pe);
  is("inputs of a word", lanesOf(inWord), simd);
  is("input channels of a word", inWord.channels, simd);
  is("channels of all groups of inputs", inGroups * simd, input.channels);
  is("inputs of all words", geometry.inWords * simd, sizeOf(input));
  is("weights of all words", geometry.weightWords * pe * simd, weights);
  is("products of a tick", geometry.beats * pe * simd, weights * sums.height * sums.width);
  is("beats of all words", geometry.taps * geometry.sums.words, geometry.beats);
}

function checkEvent({ layer, channels, lanes, banks, geometry }: EventStage, is: Is): void {
  const { eventGroups, slices } = geometry;
  const { word } = geometry.sums;
  const kernelRows = layer.input.channels * layer.synapse.kernel[0] * eventGroups;
  is("sums of a word", lanesOf(word), lanes);
  is("channels of a word", word.channels, Math.min(lanes, channels));
  is("channels of all groups of an event", eventGroups * channels, layer.output.channels);
  is("channels of all slices", slices * word.channels, channels);
  is("words of weights", geometry.weightWords, kernelRows * banks.aligns);
}

/** A readout's words are those that its source sends; thresholds come again with the channels. */
export function checkReadoutGeometry(stage: LinearReadoutStage, source: LayerStage): void {
  const { readout, acts, lanes, geometry } = stage;
  const { words, slices, tables, vectors } = geometry;
  const is = saying(`readout '${stage.name}': geometry`);
  const { sentWord } = source.geometry;
  const perChannel = readout.thresholds.length > 1;
  is("words", words, windowVisits(source).length);
  is("activations of a word", slices * acts, lanes);
  is(
    "thresholds of all tables",
    tables * acts,
    perChannel ? readout.input.channels * sentWord.columns : acts,
  );
  is("words until channels come again", vectors, perChannel ? source.geometry.groups : 1);
  is("bits of a table's number", geometry.tableBits, addressBits(vectors * slices));
  is("bits of an address", geometry.addressBits, addressBits(words * slices));
  switch (stage.kind) {
    case "dense-readout":
      is("beats", geometry.beats, words * slices);
      break;
    case "event-readout":
      is("beats", geometry.beats, words);
      break;
    default:
      assertNever(stage);
  }
}
