import { readFileSync } from "node:fs";
import { assertNever } from "../diagnostics/diagnostic.js";
import { type Design, type LayerStage, layerStages, readoutStages, sourceOf } from "../ir/design.js";
import type { Word } from "../ir/geometry.js";
import type { Pipeline } from "../ir/pipeline.js";
import { layerStreams, readoutStreams } from "../ir/stream.js";
import { lanesOf } from "../mapping/geometry.js";
import { columnWeights, lowestThresholds, readoutWeights, thresholdStep } from "../mapping/readout-words.js";
import { denseWeights, eventWeights } from "../mapping/weight-words.js";
import { channelTable, type MemoryWords, perClass } from "../mapping/words.js";
import { hexFile } from "./hex.js";
import { instancesIn, libraryClosure } from "./library.js";
import { designNames, nameOf, printable } from "./names.js";
import { packageRoot, render } from "./render.js";
import { benchView, coreView } from "./views/core.js";
import { denseView } from "./views/dense.js";
import { eventView } from "./views/event.js";
import { pipelineView, tableFile } from "./views/pipeline.js";
import { columnFile, potentialView, readoutView, thresholdFile } from "./views/readout.js";

/** Relative path → content: what an emitter wants written. */
export type Files = ReadonlyMap<string, string>;

/** Verilog of a design: generated modules and memory contents, and the library blocks they use, all under `rtl/`. */
export function emitVerilog(design: Design, says: string): Files {
  const banner = printable(says);
  const files = new Map<string, string>();
  const names = designNames(design);
  const put = (path: string, content: string): void => {
    files.set(`rtl/${path}`, content);
  };
  const putWords = (path: string, memory: MemoryWords): void => put(path, hexFile(memory));
  const putModule = (template: string, view: { readonly module: string }): void =>
    put(`${view.module}.v`, render(`verilog/${template}`, view));

  const layers = layerStages(design);
  const readouts = readoutStages(design);
  const putPipeline = (
    stage: LayerStage,
    part: "pre" | "post",
    p: Pipeline,
    module: string,
    word: Word,
    groups: number,
    outputs: readonly string[],
  ): void => {
    const lanes = lanesOf(word);
    const what = part === "pre" ? "trace of every input of" : "neurons of";
    putModule(
      "pipeline.v.hbs",
      pipelineView(p, {
        module,
        purpose: `${what} layer '${printable(stage.name)}', ${lanes} a cycle.`,
        golden: `stepGraph of layer '${printable(stage.name)}'.${part} in golden/`,
        banner,
        lanes,
        groups,
        outputs,
      }),
    );
    for (const table of p.tables) putWords(tableFile(module, table), channelTable(table, word));
  };
  for (const stage of layers) {
    const streams = layerStreams(design, stage.name);
    const putPost = (module: string): void =>
      putPipeline(
        stage,
        "post",
        stage.post,
        module,
        stage.geometry.word,
        stage.geometry.groups,
        Object.keys(stage.post.outputs).sort(),
      );
    switch (stage.kind) {
      case "dense": {
        const view = denseView(stage, streams, names, banner);
        putModule("dense_stage.v.hbs", view);
        putWords(view.weight_file, denseWeights(stage));
        const { inWord, inGroups } = stage.geometry;
        putPipeline(stage, "pre", stage.pre, view.pre_module, inWord, inGroups, ["operand"]);
        putPost(view.post_module);
        break;
      }
      case "event": {
        const view = eventView(stage, streams, names, banner);
        putModule("event_stage.v.hbs", view);
        putWords(view.weight_file, eventWeights(stage));
        putPost(view.post_module);
        break;
      }
      default:
        assertNever(stage);
    }
  }
  for (const stage of readouts) {
    const source = sourceOf(design, stage);
    const streams = readoutStreams(design, stage.name);
    const id = nameOf(names.stage, stage.name);
    putWords(`${id}_rank.hex`, perClass(stage.readout.rank.map(BigInt), stage.rankWidth));
    if (stage.kind === "potential-readout") {
      putModule("potential_readout_stage.v.hbs", potentialView(stage, source, streams, names, banner));
      continue;
    }
    const view = readoutView(stage, source, streams, names, banner);
    switch (stage.kind) {
      case "dense-readout":
        putModule("readout_stage.v.hbs", view);
        putWords(view.weight_file, readoutWeights(stage, source));
        break;
      case "event-readout":
        putModule("event_readout_stage.v.hbs", view);
        putWords(view.lowest_file, lowestThresholds(stage, source));
        for (let slot = 0; slot < stage.acts; slot++)
          putWords(columnFile(id, slot), columnWeights(stage, source, slot));
        break;
      default:
        assertNever(stage);
    }
    putWords(view.bias_file, perClass(stage.readout.bias, stage.sumWidth));
    for (let lane = 0; lane < stage.acts; lane++)
      for (let k = 0; k < stage.readout.activationBits; k++)
        putWords(thresholdFile(id, lane, k), thresholdStep(stage, source, lane, k));
  }
  putModule("core.v.hbs", coreView(design, names, banner));
  const generated = [...files].flatMap(([path, text]) => (path.endsWith(".v") ? [...instancesIn(text)] : []));
  for (const { name, text } of libraryClosure(generated)) put(name, text);
  return files;
}

/** Bench and harness for Verilator and Icarus, under `sim/`. */
export function emitBench(design: Design, banner: string): Files {
  const names = designNames(design);
  const fixed = (name: string) =>
    [`sim/${name}`, readFileSync(`${packageRoot}templates/sim/${name}`, "utf8")] as const;
  return new Map([
    ["sim/tb.v", render("sim/tb.v.hbs", benchView(design, names, printable(banner)))],
    fixed("tensor_hash.v"),
    fixed("tb_icarus.v"),
    fixed("main.cpp"),
  ]);
}
