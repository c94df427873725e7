import { expect, test } from "vitest";
import { network } from "../ir/builders.js";
import type { SpikingLayer } from "../ir/spiking.js";
import { randomModel } from "../testing/random-model.js";
import { designOf } from "./testing/design.js";
import { emitBench, emitVerilog, type Files } from "./verilog.js";

test("the input's guard is built as the design has it, and without it the sender is relied upon", () => {
  const model = randomModel(5);
  const files = (guardInput: boolean): Files => {
    const design = designOf(model, { guardInput });
    return new Map([...emitVerilog(design, "banner"), ...emitBench(design, "banner")]);
  };
  const [guarded, bare] = [files(true), files(false)];
  const core = [...guarded.keys()].find((path) => path.endsWith("_core.v"))!;
  const { channels, height, width } = model.input;
  expect(guarded.get(core)).toContain(`// ${channels} x ${height} x ${width} cells, each once a tick`);
  expect(guarded.get(core)).toContain(".s_axis_tvalid(guarded_tvalid)");
  expect(guarded.get("sim/tb.v")).toContain(".dropped_events(dropped_events)");
  expect(guarded.has("rtl/event_guard.v")).toBe(true);
  expect(bare.get(core)).toContain(".s_axis_tvalid(s_axis_tvalid)");
  for (const [path, text] of bare)
    expect(`${path} ${text}`).not.toMatch(/event_guard|dropped_events|guarded/);
});

test("each readout of a layer has a queue and a stream of its own", () => {
  const model = randomModel(5);
  const last = model.readouts.at(-1)!;
  const layers = model.layers as [SpikingLayer, ...SpikingLayer[]];
  const design = designOf(network("twice", layers, [...model.readouts, { ...last, name: "again" }]));
  const files = emitVerilog(design, "banner");
  const stage = files.get(`rtl/twice_core_${last.layer}.v`)!;
  expect(stage).toContain("output wire m_axis_potential_tvalid");
  expect(stage).toContain("output wire m_axis_potential_2_tvalid");
  expect(stage).toContain(".READERS(2)");
  expect(stage).toContain("tvalid({ m_axis_potential_2_tvalid, m_axis_potential_tvalid })");
  const core = files.get("rtl/twice_core.v")!;
  expect(core).toContain(`.s_axis_tready(${last.layer}_potential_tready)`);
  expect(core).toContain(`.s_axis_tready(${last.layer}_potential_2_tready)`);
});

test("no name of a checkpoint gets out of its comment", () => {
  const model = randomModel(5);
  const hostile = (name: string): string => `${name}\n  endmodule // µ\\`;
  const layers = model.layers.map((layer) => ({
    ...layer,
    name: hostile(layer.name),
    origin: [{ name: hostile("node"), node: 3 }],
    post: {
      ...layer.post,
      exprs: layer.post.exprs.map((e) => ({ ...e, origin: [{ name: hostile("n"), node: 1 }] })),
    },
  }));
  const readouts = model.readouts.map((o) => ({ ...o, name: hostile(o.name), layer: hostile(o.layer) }));
  const design = designOf({ ...model, name: hostile("net"), layers, readouts });
  for (const [path, text] of [...emitVerilog(design, hostile("b")), ...emitBench(design, hostile("b"))]) {
    expect(/[^\n\x20-\x7e]/.exec(text)?.[0], path).toBeUndefined();
    if (path.endsWith(".v")) expect(text.match(/^ *endmodule/gm), path).toHaveLength(1);
  }
});
