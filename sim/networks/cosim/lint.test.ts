import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Build } from "../../../src/artifact/manifest.js";
import { verilogFiles } from "../../../src/cosim/simulators.js";
import { isDiagnostic, runProgram } from "../../../src/host/process.js";
import { built, dataFolder, graphFile, graphs } from "./build.js";

const checkpoints = [
  ...graphs.map((graph) => ({
    name: `${graph.network}/${graph.form}`,
    path: graphFile(graph, `${graph.form}.qonnx.onnx`),
  })),
  ...readdirSync(join(dataFolder, "formats"))
    .filter((file) => /^dcll_step_.*\.onnx$/.test(file))
    .map((name) => ({ name, path: join(dataFolder, "formats", name) })),
];

/** Exit status and everything that a tool says of a build's Verilog, library and generated. */
async function lint(build: Build, command: string, args: readonly string[]) {
  const end = await runProgram(command, args, join(build.path, "rtl"));
  if (isDiagnostic(end)) throw new Error(end.text);
  return { tool: command, ...end };
}

describe.each(checkpoints)("Verilog of $name", ({ name, path }) => {
  test("Verilator, Icarus and Yosys find nothing in it", async () => {
    const { build } = await built(path, `cosim-lint/${name}`);
    const files = verilogFiles(build.path).map((file) => file.replace(/^rtl\//, ""));
    const top = files.find((file) => file.endsWith("_core.v"))?.replace(/\.v$/, "") as string;
    const script = `read_verilog ${files.join(" ")}; hierarchy -check -top ${top}; proc; check -assert`;
    const answers = await Promise.all([
      lint(build, "verilator", [
        "--lint-only",
        "-Wall",
        "--language",
        "1364-2005",
        "--top-module",
        top,
        ...files,
      ]),
      lint(build, "iverilog", ["-g2005", "-Wall", "-t", "null", "-s", top, ...files]),
      lint(build, "yosys", ["-q", "-p", script]),
    ]);
    const tools = ["verilator", "iverilog", "yosys"];
    expect(answers).toEqual(tools.map((tool) => ({ tool, code: 0, output: "" })));
  });
});

test("all eight networks and six formats are there", () => expect(checkpoints).toHaveLength(14));
