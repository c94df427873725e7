import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** What a tool does with a text: takes it without a word, takes it with a warning, or refuses it. */
type Answer = "yes" | "warns" | "no";

/** How the library is held against each tool (sim/house/lint.test.ts); Yosys also elaborates. */
const tools: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  "Icarus -g2005": ["iverilog", "-g2005", "-Wall", "-t", "null", "-s", "top", "top.v"],
  "Verilator 1364-2005": [
    "verilator",
    "--lint-only",
    "-Wall",
    "--language",
    "1364-2005",
    "--top-module",
    "top",
    "top.v",
  ],
  "Yosys read_verilog": [
    "yosys",
    "-q",
    "-p",
    "read_verilog top.v; hierarchy -check -top top; proc; check -assert",
  ],
};

/** A module `top` with `body` inside; `in` and `out` are 4-bit ports. */
const around = (body: string, out = "a"): string =>
  `\`default_nettype none
module top (
    input  wire clk,
    input  wire [3:0] a,
    input  wire signed [3:0] s,
    output wire [3:0] q
);
${body}
  assign q = ${out} & {4{clk}} & s;
endmodule
\`default_nettype wire
`;

/** A construct in words, and a file that has it and nothing else that is not plain Verilog-2005. */
const constructs: readonly (readonly [construct: string, text: string])[] = [
  [
    "`parameter integer`, `$clog2`, `+:`, `>>>`, `signed`",
    around("  parameter integer N = 4;\n  wire signed [$clog2(N * N)-1:0] b = s >>> 1;", "(b[0 +: 4] ^ a)"),
  ],
  ["a `reg` with an initial value", around("  reg [3:0] b = 4'd0;\n  always @(posedge clk) b <= a;", "b")],
  [
    "`function automatic`",
    around(
      "  function automatic [3:0] twice(input [3:0] x);\n    twice = {x[2:0], x[3]};\n  endfunction",
      "twice(a)",
    ),
  ],
  [
    "an `integer` in a named block",
    around(
      "  reg [3:0] b;\n  always @(*) begin : turn\n    integer i;\n    for (i = 0; i < 4; i = i + 1) b[i] = a[3 - i];\n  end",
      "b",
    ),
  ],
  [
    "`if` in a `generate` without a name before it",
    around(
      "  wire [3:0] b;\n  generate\n    if (1) begin : gen_b\n      assign b = a;\n    end\n  endgenerate",
      "b",
    ),
  ],
  [
    "`localparam` inside `#( )`",
    "`default_nettype none\nmodule top #(\n    parameter integer N = 4,\n    localparam integer M = N\n) (\n    input  wire [M-1:0] a,\n    output wire [M-1:0] q\n);\n  assign q = a;\nendmodule\n`default_nettype wire\n",
  ],
  [
    "`endmodule : name`",
    "`default_nettype none\nmodule top (\n    input  wire a,\n    output wire q\n);\n  assign q = a;\nendmodule : top\n`default_nettype wire\n",
  ],
  [
    "`genvar` declared in the `for`",
    around(
      "  wire [3:0] b;\n  generate\n    for (genvar i = 0; i < 4; i = i + 1) begin : gen_b\n      assign b[i] = a[i];\n    end\n  endgenerate",
      "b",
    ),
  ],
  ["`logic`", around("  logic [3:0] b;\n  assign b = a;", "b")],
  ["`always_ff`", around("  reg [3:0] b;\n  always_ff @(posedge clk) b <= a;", "b")],
  ["`always_comb`", around("  reg [3:0] b;\n  always_comb b = a;", "b")],
  [
    "`enum`",
    around("  enum {IDLE, RUN} phase;\n  always @(posedge clk) phase <= RUN;", "(phase == IDLE ? a : 4'd0)"),
  ],
  ["a width cast, `4'(x)`", around("", "4'(a)")],
  [
    "an unpacked array as a port",
    "`default_nettype none\nmodule top (\n    input  wire a [0:1],\n    output wire q\n);\n  assign q = a[0] & a[1];\nendmodule\n`default_nettype wire\n",
  ],
  ["`'0`", around("", "(clk ? a : '0)")],
  [
    "`always @*` that reads a memory",
    around(
      "  reg [3:0] memory [0:3];\n  reg [3:0] b;\n  always @(posedge clk) memory[a[1:0]] <= a;\n  always @* b = memory[s[1:0]];",
      "b",
    ),
  ],
  [
    "an accumulation through an unpacked `wire` array",
    around(
      "  wire [3:0] sum [0:4];\n  assign sum[0] = 4'd0;\n  genvar i;\n  generate\n    for (i = 0; i < 4; i = i + 1) begin : gen_sum\n      assign sum[i+1] = sum[i] + {3'd0, a[i]};\n    end\n  endgenerate",
      "sum[4]",
    ),
  ],
  [
    "`$error` in a `generate`",
    around('  generate\n    if (0) begin : gen_check\n      $error("never");\n    end\n  endgenerate'),
  ],
  [
    "a module that does not exist, in a `generate` that is not chosen",
    around("  generate\n    if (0) begin : gen_check\n      ERROR_never u_error ();\n    end\n  endgenerate"),
  ],
  [
    "the same, chosen: how bad parameters are refused here",
    around(
      "  generate\n    if (1) begin : gen_check\n      ERROR_always u_error ();\n    end\n  endgenerate",
    ),
  ],
  [
    "a string as a parameter of `$readmemh`",
    around(
      '  parameter FILE = "words.hex";\n  reg [3:0] memory [0:3];\n  reg [3:0] b;\n  initial $readmemh(FILE, memory);\n  always @(posedge clk) b <= memory[a[1:0]];',
      "(b ^ a)",
    ),
  ],
];

async function answer(folder: string, [command, ...args]: readonly [string, ...string[]]): Promise<Answer> {
  try {
    const { stdout, stderr } = await run(command, args, { cwd: folder });
    return (stdout + stderr).trim() === "" ? "yes" : "warns";
  } catch (error) {
    const {
      code,
      stdout = "",
      stderr = "",
    } = error as { code?: number | string; stdout?: string; stderr?: string };
    if (typeof code !== "number") throw error;
    // Verilator ends with an error where it only warned.
    return command === "verilator" && !/%Error: top\.v|%Error-/.test(stdout + stderr) ? "warns" : "no";
  }
}

test("docs/tools.md says what the three Verilog tools accept", async () => {
  const folder = mkdtempSync(join(tmpdir(), "spikec-tools-"));
  try {
    writeFileSync(join(folder, "words.hex"), "0\n1\n2\n3\n");
    const rows: string[] = [];
    for (const [construct, text] of constructs) {
      writeFileSync(join(folder, "top.v"), text);
      const answers = await Promise.all(Object.values(tools).map((tool) => answer(folder, tool)));
      rows.push(`| ${construct} | ${answers.join(" | ")} |`);
    }
    const text = [
      "# What the three Verilog tools accept",
      "",
      "The RTL is Verilog-2005 as Icarus 11, Verilator 5.006 and Yosys 0.23 read it without a warning. This table is made by",
      "`sim/house/tools.test.ts`, which gives each construct to each tool: `yes` without a word, `warns`, or `no`.",
      "",
      `| construct | ${Object.keys(tools).join(" | ")} |`,
      "|---|---|---|---|",
      ...rows,
      "",
      "What follows from it:",
      "",
      "- Streams of N lanes are one packed vector, lane i at `[i*WIDTH +: WIDTH]`.",
      "- A bad parameter stops elaboration by an instance of a module that does not exist, whose name says what is wrong.",
      "- Memories are read in a clocked block or by `assign`; their contents come from `$readmemh`: as parameters they would be",
      "  beyond the 65,536 bits that Verilator takes for one.",
      "- Operands of signed arithmetic are all declared `signed` or widened by hand: one that is not makes the others unsigned,",
      "  and no tool warns.",
      "",
    ].join("\n");
    await expect(text).toMatchFileSnapshot("../../docs/tools.md");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
