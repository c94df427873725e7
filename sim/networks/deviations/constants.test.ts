import { expect, test } from "vitest";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { randomGraphModel } from "../../../src/testing/random-graph.js";
import { tryConstants } from "./constants.js";

const models: readonly [string, SpikingModel][] = [
  ["a graph", randomGraphModel(1, "float32")],
  ["a graph in floats", randomGraphModel(4, "any", true)],
];

test.each(models)("%s: any number in any place of a constant is refused, or right", (_, model) => {
  const { wrong, tried, taken } = tryConstants(model);
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(50);
  expect(taken).toBeGreaterThan(10);
});
