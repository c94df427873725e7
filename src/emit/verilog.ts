import { readdirSync, readFileSync } from "node:fs";
import { type DenseStage, type Design, denseStages, type Pipeline, readoutStages } from "../ir/design.js";
import { channelTable, denseWeights, perClass, readoutWeights, thresholdStep } from "./contents.js";
import { designNames, nameOf, printable } from "./names.js";
import { packageRoot, render } from "./render.js";
import { benchView, coreView } from "./views/core.js";
import { denseView } from "./views/dense.js";
import { pipelineView, tableFile } from "./views/pipeline.js";
import { readoutView, thresholdFile } from "./views/readout.js";

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
  const putModule = (template: string, view: { readonly module: string }): void =>
    put(`${view.module}.v`, render(`verilog/${template}`, view));

  const dense = denseStages(design);
  const readouts = readoutStages(design);
  for (const stage of dense) {
    const readers = readouts.filter((r) => r.source === stage.name).length;
    const view = denseView(stage, readers, names, banner);
    putModule("dense_stage.v.hbs", view);
    put(view.weight_file, denseWeights(stage));
    const pipeline = (
      part: "pre" | "post",
      p: Pipeline,
      lanes: number,
      groups: number,
      outputs: readonly string[],
    ) => {
      const module = part === "pre" ? view.pre_module : view.post_module;
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
      for (const table of p.tables) put(tableFile(module, table), channelTable(table, lanes));
    };
    pipeline("pre", stage.pre, stage.simd, view.in_groups, ["operand"]);
    pipeline("post", stage.post, stage.pe, view.out_groups, Object.keys(stage.post.outputs).sort());
  }
  for (const stage of readouts) {
    const source = dense.find((s) => s.name === stage.source) as DenseStage;
    const view = readoutView(stage, source, names, banner);
    const id = nameOf(names.stage, stage.name);
    putModule("readout_stage.v.hbs", view);
    put(view.weight_file, readoutWeights(stage, source));
    put(view.bias_file, perClass(stage.readout.bias, stage.sumWidth));
    put(view.rank_file, perClass(stage.readout.rank.map(BigInt), stage.rankWidth));
    for (let lane = 0; lane < stage.acts; lane++)
      for (let k = 0; k < stage.readout.activationBits; k++)
        put(thresholdFile(id, lane, k), thresholdStep(stage, lane, k));
  }
  putModule("core.v.hbs", coreView(design, names, banner));
  for (const name of libraryModules()) put(name, readFileSync(`${packageRoot}rtl/${name}`, "utf8"));
  return files;
}

/** Files of the hand-written library, sorted. */
export function libraryModules(): readonly string[] {
  return readdirSync(`${packageRoot}rtl`)
    .filter((name) => name.endsWith(".v"))
    .sort();
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
