import { expect, test } from "vitest";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { dropQuantisers, randomModel } from "../../../src/testing/random-model.js";
import { smallModel } from "../../../src/testing/small-model.js";
import { tryConstants } from "./constants.js";

const models: readonly [string, SpikingModel][] = [
  ["a DCLL network", smallModel()],
  ["the same in floats", dropQuantisers(smallModel())],
  ...[3, 7, 8].map((seed): [string, SpikingModel] => [`random network ${seed}`, randomModel(seed)]),
];

test.each(models)("%s: any number in any place of a constant is refused, or right", (_, model) => {
  const { wrong, tried, taken } = tryConstants(model);
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(50);
  expect(taken).toBeGreaterThan(10);
});
