import { expect, test } from "vitest";
import { readoutStages, sourceOf } from "../ir/design.js";
import { layerStreams, readoutStreams } from "../ir/stream.js";
import { linearOf } from "../testing/linear.js";
import { randomModel } from "../testing/random-model.js";
import { designNames } from "./names.js";
import { commas, render } from "./render.js";
import { designOf } from "./testing/design.js";
import { benchView, coreView } from "./views/core.js";
import { denseView } from "./views/dense.js";
import { pipelineView } from "./views/pipeline.js";
import { readoutView } from "./views/readout.js";

const model = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => randomModel(seed)).find((m) => m.layers.length > 1)!;
const design = designOf(model);
const names = designNames(design);
const readout = linearOf(readoutStages(design)[0]);
const dense = sourceOf(design, readout);
if (dense.kind !== "dense") throw new Error("not a dense stage");

const place = {
  module: "m",
  purpose: "p",
  golden: "g",
  banner: "b",
  lanes: 1,
  groups: dense.layer.output.channels,
};
const views: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "verilog/dense_stage.v.hbs": denseView(dense, layerStreams(design, dense.name), names, "b"),
  "verilog/pipeline.v.hbs": pipelineView(dense.post, { ...place, outputs: ["potential", "spike"] }),
  "verilog/readout_stage.v.hbs": readoutView(
    readout,
    dense,
    readoutStreams(design, readout.name),
    names,
    "b",
  ),
  "verilog/core.v.hbs": coreView(design, names, "b"),
  "sim/tb.v.hbs": benchView(design, names, "b"),
};

test("templates render, and hold nothing of Handlebars then", () => {
  for (const [template, view] of Object.entries(views)) {
    const text = render(template, view);
    expect(text, template).not.toMatch(/\{\{[#/]|undefined|\[object/);
    expect(text.endsWith("\n"), template).toBe(true);
  }
});

test("a field that the view lacks throws", () => {
  for (const [template, view] of Object.entries(views)) {
    const { banner, ...rest } = view;
    expect(banner).toBe("b");
    expect(() => render(template, rest), template).toThrow(/banner/);
  }
});

test("nothing is escaped for HTML", () => {
  const view = { ...views["verilog/core.v.hbs"], banner: "a <= 4'd3 && b" };
  expect(render("verilog/core.v.hbs", view)).toContain("// a <= 4'd3 && b\n");
});

test("commas stand between, not behind", () => {
  expect(commas([{ n: 1 }, { n: 2 }]).map(({ comma }) => comma)).toEqual([",", ""]);
});
