import { expect, test } from "vitest";
import { designOf } from "../emit/testing/design.js";
import {
  conv,
  lifLayer,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
  unsignedQuantiser,
} from "../ir/builders.js";
import type { DenseStage, LinearReadoutStage } from "../ir/design.js";
import { readoutWeights, thresholdStep } from "./readout-words.js";
import { denseWeights } from "./weight-words.js";
import { channelTable, encode, type MemoryWords, pack, perClass } from "./words.js";

// Two channels of 1 x 2 in, a kernel of 1 x 2 with one column of padding: 4 channels of 1 x 2 out.
const input = shape(2, 1, 2);
// (C_out, C_in, 1, K_w), 4-bit integers: channel c has c, c + 1, -c, -c - 1.
const weights = [0, 1, 2, 3].flatMap((c) => [c, c + 1, -c, -c - 1]);
const layer = lifLayer({
  name: "layer",
  input,
  synapse: conv({
    outChannels: 4,
    kernel: [1, 2],
    padding: [0, 0, 0, 1],
    weights: quantisedWeights(weights, 0.25, 4),
  }),
  decay: 0.5,
  bias: [0, 0.25, 0.5, 0.75],
  reset: "none",
  quantisers: { u: quantiser(8, 4) },
});
// Class k, input i of 8: k·8 + i − 8.
const output = readout({
  layer,
  classes: 2,
  weights: quantisedWeights(
    Array.from({ length: 16 }, (_, i) => i - 8),
    0.5,
    5,
  ),
  bias: [0.75, -0.5],
  activation: { kind: "relu", quantiser: unsignedQuantiser(2, 0, "floor") },
});
const design = designOf(network("net", [layer], [output]), {
  layers: { layer: { pe: 2, simd: 2 } },
  acts: 2,
});
const dense = design.stages[0] as DenseStage;
const read = design.stages[1] as LinearReadoutStage;
/** Words in hexadecimal: a digit is a lane of four bits. */
const digits = ({ width, words }: MemoryWords): string[] =>
  words.map((word) => word.toString(16).padStart(Math.ceil(width / 4), "0"));

test("two's complement in a width", () => {
  expect([encode(-1n, 4), encode(7n, 4), encode(-8n, 4), encode(-1n, 70)]).toEqual([
    15n,
    7n,
    8n,
    (1n << 70n) - 1n,
  ]);
});

test("the first word stands lowest", () => {
  expect(pack([1n, -1n, 2n], 4)).toBe(0x2f1n);
  expect(pack([-1n], 3)).toBe(7n);
  expect(pack([], 8)).toBe(0n);
});

test("weights: a word per output group and tap, lanes output channel by input channel", () => {
  // Lanes from the lowest digit: (0, in 0), (0, in 1), (1, in 0), (1, in 1); then the second column of the kernel.
  expect(digits(denseWeights(dense))).toEqual(["f100", "e2f1", "d3e2", "c4d3"]);
});

test("a table: a word per channel group", () => {
  const table = { name: "t", width: 4, values: [1n, -1n, 2n, -2n], start: 0 };
  expect(digits(channelTable(table, { channels: 2, columns: 1 }))).toEqual(["f1", "e2"]);
  expect(digits(channelTable(table, { channels: 4, columns: 1 }))).toEqual(["e2f1"]);
  expect(digits(channelTable(table, { channels: 2, columns: 2 }))).toEqual(["f1f1", "e2e2"]);
});

test("readout weights: in the order in which potentials arrive, lanes input by class", () => {
  // Inputs are channel · 2 + x; place x = 0 comes first: inputs (0, 2), (4, 6), then (1, 3), (5, 7).
  const word = (a: number, b: number): string => {
    const lane = (v: number): bigint => BigInt.asUintN(5, BigInt(v));
    const bits = [lane(a - 8), lane(a), lane(b - 8), lane(b)].reduceRight((w, l) => (w << 5n) | l, 0n);
    return bits.toString(16).padStart(5, "0");
  };
  expect(digits(readoutWeights(read, dense))).toEqual([word(0, 2), word(4, 6), word(1, 3), word(5, 7)]);
});

test("thresholds: the tree of a search, root first", () => {
  const [t1, t2, t3] = read.readout.thresholds[0] as bigint[];
  const hex = (v: bigint): string =>
    BigInt.asUintN(read.potentialWidth, v)
      .toString(16)
      .padStart(Math.ceil(read.potentialWidth / 4), "0");
  expect(read.readout.thresholds).toHaveLength(4);
  // Lane 0 serves channels 0 and 2, a group each.
  const [u1, u2, u3] = read.readout.thresholds[2] as bigint[];
  expect(digits(thresholdStep(read, dense, 0, 0))).toEqual([t2, u2].map((t) => hex(t as bigint)));
  expect(digits(thresholdStep(read, dense, 0, 1))).toEqual([t1, t3, u1, u3].map((t) => hex(t as bigint)));
  // Potential · unit + offset reaches 1, 2, 3 where the bias leaves that much to be done: unit 2^-5.
  expect(read.readout.thresholds.map((t) => Number(t[1]) - Number(t[0]))).toEqual([32, 32, 32, 32]);
  expect(read.readout.thresholds.map(([first]) => Number(first))).toEqual([32, 24, 16, 8]);
});

test("biases and ranks: one word, the first class lowest", () => {
  expect(perClass([1n, -1n, 3n], 8)).toEqual({ width: 24, words: [0x03ff01n] });
  // Unit 1/2: 0.75 is one unit and a half, -0.5 is minus one unit.
  expect(read.readout.bias).toEqual([1n, -1n]);
  expect(read.readout.rank).toEqual([1, 0]);
});
