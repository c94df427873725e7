import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parameterText, rtlClosure } from "../bench/emit.js";
import type { Proof } from "../bench/formal.js";
import { cached, hashOf, tool } from "../bench/tools.js";

/**
 * Proves a module that holds banks of accumulators, by induction as `prove` does, covers in `coverDepth` cycles. The
 * banks are logic without properties here: what they assume of their user must not be taken for granted in him.
 */
export async function proveControl({ module, parameters, depth }: Proof, coverDepth: number): Promise<void> {
  const sources = rtlClosure([module], new Set());
  const names = sources.map(({ name }) => name).filter((name) => name !== "scatter_bank.v");
  const settings = Object.entries(parameters).map(([name, value]) => `-set ${name} ${parameterText(value)}`);
  const script = [
    "read_verilog scatter_bank.v",
    `read_verilog -formal ${names.join(" ")}`,
    `chparam ${settings.join(" ")} ${module}`,
    `prep -top ${module} -flatten`,
    "async2sync",
    "memory_map",
    "opt -full",
    "dffunmap",
    "write_smt2 -wires model.smt2",
  ].join("; ");
  await cached(`proof-${hashOf(`control ${script} ${depth} ${coverDepth}`, sources)}`, async (folder) => {
    for (const { name, text } of sources) writeFileSync(join(folder, name), text);
    await tool("yosys", ["-q", "-p", script], folder);
    for (const [mode, cycles] of [
      [[], depth] as const,
      [["-i"], depth] as const,
      [["-c"], coverDepth] as const,
    ]) {
      const options = ["-s", "z3", "--unroll", "-t", String(cycles), ...mode];
      await tool("yosys-smtbmc", [...options, "model.smt2"], folder);
    }
  });
}
