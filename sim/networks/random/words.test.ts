import { expect, test } from "vitest";
import { type Design, memoriesOf, type Stage, sourceOf } from "../../../src/ir/design.js";
import type { Pipeline } from "../../../src/ir/pipeline.js";
import {
  columnWeights,
  lowestThresholds,
  readoutWeights,
  thresholdStep,
} from "../../../src/mapping/readout-words.js";
import { denseWeights, eventWeights } from "../../../src/mapping/weight-words.js";
import { channelTable, type MemoryWords } from "../../../src/mapping/words.js";
import { randomCase } from "./models.js";
import { designOf, eventDesignOf, eventSeeds } from "./run.js";

/** Contents of the ROMs of a stage, in the order of its memories: one of the copies that are alike. */
function romsOf(design: Design, stage: Stage): readonly MemoryWords[] {
  const tables = (p: Pipeline, channels: number, columns: number) =>
    p.tables.map((table) => channelTable(table, { channels, columns }));
  switch (stage.kind) {
    case "dense":
      return [denseWeights(stage), ...tables(stage.pre, stage.simd, 1), ...tables(stage.post, stage.pe, 1)];
    case "event": {
      const { channels, columns } = stage.geometry.word;
      const weights = memoriesOf(stage, "weights-of-two-rows", "weights-of-a-row").map(() =>
        eventWeights(stage),
      );
      return [...weights, ...tables(stage.post, channels, columns)];
    }
    case "potential-readout":
      return [];
    case "dense-readout":
    case "event-readout": {
      const source = sourceOf(design, stage);
      const steps = Array.from({ length: stage.readout.activationBits }, (_, k) =>
        thresholdStep(stage, source, stage.acts - 1, k),
      );
      return stage.kind === "dense-readout"
        ? [readoutWeights(stage, source), ...steps]
        : [columnWeights(stage, source, stage.acts - 1), lowestThresholds(stage, source), ...steps];
    }
  }
}

test("every ROM of a random design has as many words, and as wide ones, as the design says", () => {
  const designs = [
    ...Array.from({ length: 30 }, (_, seed) => designOf(randomCase(seed))),
    ...eventSeeds(100, 30).map((seed) => eventDesignOf(randomCase(seed))),
  ];
  for (const design of designs)
    for (const stage of design.stages) {
      const said = stage.memories.filter(({ kind }) => kind === "rom" || kind === "rom2");
      const roms = romsOf(design, stage);
      expect(roms.map(({ width, words }) => [width, words.length])).toEqual(
        said.map(({ width, depth }) => [width, depth]),
      );
      for (const { width, words } of roms)
        expect(words.filter((word) => word < 0n || word >> BigInt(width) !== 0n)).toEqual([]);
    }
  const kinds = designs.flatMap(({ stages }) => stages.map(({ kind }) => kind));
  expect([...new Set(kinds)].sort()).toEqual(["dense", "dense-readout", "event", "event-readout"]);
});
