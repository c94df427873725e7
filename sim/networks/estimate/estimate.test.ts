import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { dspOf } from "../../../src/cost/multiplier.js";
import { synthesise, withVerilog } from "../../../src/cost/synthesis.js";
import { type Net, numberWidth, type Source } from "../../../src/ir/pipeline.js";
import { productOf } from "../../../src/mapping/parts.js";
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

describe("DSPs of a spike times a constant", () => {
  const net: Net = { name: "s", width: 1, bit: true };
  const spike: Source = { kind: "net", net };
  const literal = (value: bigint, width: number): Source => ({ kind: "literal", value, width });
  const table: Source = { kind: "table", table: "t", width: 18 };
  test.each<readonly [what: string, b: Source, text: string]>([
    ["a literal", literal(65573n, 18), "18'd65573"],
    ["a short literal", literal(37n, 7), "7'd37"],
    ["a negative literal", literal(-65573n, 18), "-18'd65573"],
    ["a word of a table, none of them negative", table, "word"],
  ])("%s", async (_, b, text) => {
    const width = numberWidth(b);
    const top = `module top(input wire clk, input wire s, input wire [1:0] g, output wire [${width + 1}:0] out);
reg [17:0] word;
always @(posedge clk) case (g) 0: word <= 65573; 1: word <= 1234; 2: word <= 777; 3: word <= 99991; endcase
fx_mul #(.A_WIDTH(2), .B_WIDTH(${width}), .OUT_WIDTH(${width + 2})) m(.clk(clk), .a({1'b0, s}), .b(${text}), .out(out));
endmodule
`;
    const files = new Map([
      ["top.v", top],
      ["fx_mul.v", readFileSync("rtl/fx_mul.v", "utf8")],
    ]);
    const found = await withVerilog(files, (folder) => synthesise(folder, "top"));
    const product = productOf({
      kind: "mul",
      id: "m",
      origin: [],
      start: 0,
      latency: 3,
      out: net,
      a: spike,
      b,
    });
    expect(found.ok && found.value.dsp).toBe(product === undefined ? 0 : dspOf(product, "yosys"));
  });
});

describe("stages of the small network", () => {
  test("on events: a layer that sends spikes, one that a readout reads", async () => {
    await checkStages({ engine: "event", event: { channels: 2, lanes: 2 } }, ["layer2"]);
    await checkStages({ engine: "event", event: { channels: 4, lanes: 2 } }, ["layer3"]);
  });
  test("densely: a readout", async () => {
    await checkStages({ engine: "dense", dense: { pe: 1, simd: 1 } }, ["logits"]);
  });
});
