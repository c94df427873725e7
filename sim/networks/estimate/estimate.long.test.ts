import { expect, test } from "vitest";
import { estimate } from "../../../src/commands/estimate.js";
import { defaultConfig } from "../../../src/config/defaults.js";
import { checkStages, small } from "./stages.js";

const all = ["layer1", "layer2", "layer3", "logits"];
const seed = "../shared/data/radioml/seed/post.qonnx.onnx";

test("the small network on events", async () => {
  await checkStages({ engine: "event" }, all);
});

test("the small network on events: whole patches, a tap at once, several ports", async () => {
  await checkStages({ engine: "event", event: { channels: 2, taps: "patch", lanes: 2 } }, ["layer2"]);
  await checkStages({ engine: "event", event: { channels: 8, taps: "one", lanes: 8 } }, ["layer2"]);
  await checkStages({ engine: "event", event: { channels: 4, lanes: 4, ports: 3 } }, ["layer3"]);
});

test("the small network densely", async () => {
  await checkStages({ engine: "dense" }, all);
});

test("the small network densely, one lane: a layer with a pool", async () => {
  await checkStages({ engine: "dense", dense: { pe: 1, simd: 1 } }, ["layer1"]);
});

test("a layer that pools its sums, on both engines", async () => {
  const pooled = "../shared/data/wild/pool-before-lif.onnx";
  await checkStages({ engine: "event" }, ["layer1"], pooled);
  await checkStages({ engine: "event", event: { channels: 1, taps: "one", lanes: 1 } }, ["layer1"], pooled);
  await checkStages({ engine: "dense" }, ["layer1"], pooled);
});

test("the readout of the seed network: 16 activations, 24 classes", async () => {
  await checkStages({ engine: "dense", dense: { pe: 16 }, readout: { acts: 16 } }, ["logits"], seed);
});

test("estimate --check measures every stage", async () => {
  const steps: number[] = [];
  const progress = { start: () => {}, step: (done: number) => void steps.push(done), end: () => {} };
  const found = await estimate({
    checkpoint: small,
    config: { ...defaultConfig, engine: "dense" },
    check: true,
    progress,
  });
  expect(found.ok && found.value.stages.every((stage) => stage.measured !== undefined)).toBe(true);
  expect(steps).toEqual([1, 2, 3, 4]);
});
