import { expect, test } from "vitest";
import type { DenseStage, EventBanks, EventStage } from "../ir/design.js";
import type { FixedLayer } from "../ir/fixed.js";
import type { Word } from "../ir/geometry.js";
import { type Shape, sizeOf } from "../ir/spiking.js";
import { denseGeometry, eventGeometry } from "./geometry.js";
import { OFF_MAP, orderOf } from "./layout.js";
import { neuronVisits, type Visit, windowVisits, wordVisits } from "./visits.js";

const stageOf = (
  input: readonly [number, number, number],
  output: readonly [number, number, number],
  pool: readonly [number, number] | undefined,
  pe: number,
  simd: number,
): DenseStage => {
  const shape = ([channels, height, width]: readonly [number, number, number]) => ({
    channels,
    height,
    width,
  });
  const [ph, pw] = pool ?? [1, 1];
  const sent = shape([output[0], Math.floor(output[1] / ph), Math.floor(output[2] / pw)]);
  const layer = {
    input: shape(input),
    output: shape(output),
    sent,
    pool: pool && { height: ph, width: pw },
    synapse: { kernel: [1, 1] },
  } as unknown as FixedLayer;
  return {
    kind: "dense",
    layer,
    pe,
    simd,
    geometry: denseGeometry(layer, pe, simd),
  } as unknown as DenseStage;
};

const stages = [
  stageOf([4, 5, 3], [6, 7, 5], [2, 3], 3, 2),
  stageOf([5, 1, 1], [12, 1, 1], undefined, 6, 5),
  stageOf([1, 7, 7], [2, 4, 9], [3, 2], 1, 1),
  stageOf([6, 2, 8], [10, 8, 2], [1, 2], 5, 3),
];

/** Every place of a map, once. */
const once = (visits: readonly Visit[], groups: number, height: number, width: number): void => {
  const keys = visits.map(({ group, y, x }) => (group * height + y) * width + x);
  expect([...keys].sort((a, b) => a - b)).toEqual(
    Array.from({ length: groups * height * width }, (_, i) => i),
  );
  for (const { y, x } of visits) expect(y < height && x < width).toBe(true);
};

test("every neuron group, window and input word is visited once", () => {
  for (const stage of stages) {
    const { input, output, sent } = stage.layer;
    once(neuronVisits(stage), output.channels / stage.pe, output.height, output.width);
    once(windowVisits(stage), output.channels / stage.pe, sent.height, sent.width);
    once(wordVisits(stage), input.channels / stage.simd, input.height, input.width);
    const { words, sentWords, inWords } = stage.geometry;
    expect([neuronVisits(stage), windowVisits(stage), wordVisits(stage)].map((v) => v.length)).toEqual([
      words,
      sentWords,
      inWords,
    ]);
  }
});

test("the neurons of a window and group come together, in the order in which windows leave", () => {
  for (const stage of stages) {
    const [ph, pw] = stage.geometry.pool;
    const { sent } = stage.layer;
    const windows: string[] = [];
    for (const { group, y, x } of neuronVisits(stage)) {
      const window = { group, y: Math.floor(y / ph), x: Math.floor(x / pw) };
      if (window.y >= sent.height || window.x >= sent.width) continue;
      const key = JSON.stringify(window);
      if (windows.at(-1) !== key) windows.push(key);
    }
    expect(windows).toEqual(windowVisits(stage).map((visit) => JSON.stringify(visit)));
  }
});

test("words wider than a column: every neuron once, a rest at the border, windows of several columns", () => {
  for (const [pool, channels, lanes] of [
    [undefined, 2, 4],
    [[2, 2], 4, 8],
    [[2, 2], 2, 8],
    [[1, 3], 2, 6],
    [[2, 3], 4, 2],
    [[3, 1], 1, 3],
  ] as const) {
    const base = stageOf([1, 5, 7], [4, 5, 7], pool, 1, 1);
    const geometry = eventGeometry(base.layer, { channels, lanes }, { aligns: 1 } as EventBanks);
    const stage = { ...base, kind: "event", channels, lanes, geometry } as unknown as EventStage;
    const places = (visits: readonly Visit[], shape: Shape, word: Word): number[] =>
      [...orderOf(shape, word, visits)].filter((place) => place !== OFF_MAP).sort((a, b) => a - b);
    const every = (shape: Shape): number[] => Array.from({ length: sizeOf(shape) }, (_, i) => i);
    const { output, sent } = stage.layer;
    expect(places(neuronVisits(stage), output, geometry.word)).toEqual(every(output));
    expect(places(windowVisits(stage), sent, geometry.sentWord)).toEqual(every(sent));
    expect(windowVisits(stage).length).toBe(geometry.sentWords);
    expect(neuronVisits(stage).length).toBe(geometry.words);
    expect(geometry.words).toBe(
      (4 / channels) * 5 * Math.ceil(7 / Math.max(1, lanes / channels)) * Math.max(1, channels / lanes),
    );
  }
});

test("order of a 3 x 3 map of two groups, pooled 2 x 2: partial windows come last in their row", () => {
  const stage = stageOf([1, 3, 3], [2, 3, 3], [2, 2], 1, 1);
  const text = neuronVisits(stage).map(({ group, y, x }) => `${group}:${y}${x}`);
  expect(text.join(" ")).toBe(
    "0:00 0:01 0:10 0:11 1:00 1:01 1:10 1:11 0:02 0:12 1:02 1:12 0:20 0:21 1:20 1:21 0:22 1:22",
  );
  expect(windowVisits(stage)).toEqual([
    { group: 0, y: 0, x: 0 },
    { group: 1, y: 0, x: 0 },
  ]);
});
