import { expect, test } from "vitest";
import { designOf } from "../emit/testing/design.js";
import { smallModel } from "../testing/small-model.js";
import {
  type Design,
  isLayerStage,
  memoriesOf,
  memoryOf,
  pipelinesOf,
  type Stage,
  stagePipelines,
} from "./design.js";
import { type Pipeline, pipelineOperands, sourcesOf } from "./pipeline.js";

const design: Design = designOf(smallModel());

test("the table of stages names every pipeline that a stage has", () => {
  const isPipeline = (value: unknown): value is Pipeline =>
    typeof value === "object" && value !== null && "ops" in value;
  for (const stage of design.stages) {
    const found = Object.entries(stage).filter(([, value]) => isPipeline(value));
    expect([...stagePipelines[stage.kind]].sort()).toEqual(found.map(([name]) => name).sort());
    expect(pipelinesOf(stage).length).toBe(found.length);
  }
  expect(new Set(design.stages.map((stage) => stage.kind))).toEqual(new Set(["dense", "dense-readout"]));
});

test("the table of operations names every operand that one has", () => {
  const kinds = new Set<string>();
  const isSource = (value: unknown): boolean =>
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    ["net", "literal", "table"].includes(String(value.kind));
  for (const op of design.stages.flatMap(pipelinesOf).flatMap((pipeline) => pipeline.ops)) {
    kinds.add(op.kind);
    const operands = Object.entries(op).filter(([, value]) => isSource(value));
    expect([...pipelineOperands[op.kind]].sort()).toEqual(operands.map(([name]) => name).sort());
    expect(new Set(sourcesOf(op))).toEqual(new Set(operands.map(([, value]) => value)));
  }
  expect(kinds).toContain("add");
  expect(kinds).toContain("mul");
});

test("memories are found by what they are for: one where one is asked for", () => {
  const stage = design.stages[0] as Stage;
  expect(memoryOf(stage, "weights").name).toBe("weights");
  expect(memoriesOf(stage, "trace", "weights").map((m) => m.name)).toEqual([
    "weights",
    "state layer1.eps0",
    "state layer1.eps1",
  ]);
  expect(() => memoryOf(stage, "trace")).toThrow("has not one memory of role 'trace'");
  expect(() => memoryOf(stage, "threshold")).toThrow("has not one memory of role 'threshold'");
});

test("layers and readouts", () => {
  expect(design.stages.map(isLayerStage)).toEqual([true, true, false]);
});
