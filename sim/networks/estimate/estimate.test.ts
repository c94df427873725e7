import { describe, expect, test } from "vitest";
import { synthesise, withVerilog } from "../../../src/cost/synthesis.js";
import { checkStages } from "./stages.js";

describe("synthesis", () => {
  const measure = (text: string) =>
    withVerilog(new Map([["rtl/top.v", text]]), (folder) => synthesise(folder, "top"));
  const refused = async (body: string) => {
    const found = await measure(
      `module top(input wire a, input wire b, output reg q, output wire r);\n${body}\nendmodule\n`,
    );
    expect(found.diagnostics.map((d) => [d.code, d.severity])).toEqual([["synthesis-failed", "error"]]);
    return found.diagnostics[0]?.text ?? "";
  };

  test("synthesis-failed: a latch, a loop of logic, no Verilog", async () => {
    expect(await refused("always @(*) if (a) q = b;\nassign r = a;")).toMatch(
      /^yosys failed on top:\n[\s\S]*dlatch/,
    );
    expect(await refused("assign r = a ^ (r & b);\nalways @(*) q = a;")).toMatch(/logic loop/);
    expect(await refused("this is none")).toMatch(/syntax error/);
  });
});

describe("stages of the small network", () => {
  test("on events: a layer that sends spikes, one that a readout reads", async () => {
    await checkStages({ engine: "event", event: { channels: 2, lanes: 2 } }, ["layer2"]);
    await checkStages({ engine: "event", event: { channels: 4, lanes: 2 } }, ["layer3"]);
  });
  test("densely: a layer with a pool, and a readout", async () => {
    await checkStages({ engine: "dense", dense: { pe: 1, simd: 1 } }, ["layer1", "logits"]);
  });
});
