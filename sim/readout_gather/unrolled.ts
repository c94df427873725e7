import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parameterText, rtlClosure, type TextFile } from "../bench/emit.js";
import type { Proof } from "../bench/formal.js";
import { cached, hashOf, tool } from "../bench/tools.js";

/**
 * `prove` with a constant for each signal of each cycle instead of functions of the state: z3 writes those out, and
 * doesn't come back from a transition in which queues depend on each other. Covers are looked for in `coverDepth`
 * cycles; `files` are read with $readmemh.
 */
export async function proveUnrolled(
  { module, parameters, depth }: Proof,
  coverDepth: number,
  files: readonly TextFile[] = [],
): Promise<void> {
  const sources = rtlClosure([module], new Set());
  const settings = Object.entries(parameters).map(([name, value]) => `-set ${name} ${parameterText(value)}`);
  const script = [
    `read_verilog -formal ${sources.map(({ name }) => name).join(" ")}`,
    `chparam ${settings.join(" ")} ${module}`,
    `prep -top ${module} -flatten`,
    "async2sync",
    "memory_map",
    "opt -full",
    "dffunmap",
    "write_smt2 -wires model.smt2",
  ].join("; ");
  await cached(
    `proof-${hashOf(`unrolled ${script} ${depth} ${coverDepth}`, [...sources, ...files])}`,
    async (folder) => {
      for (const { name, text } of [...sources, ...files]) writeFileSync(join(folder, name), text);
      await tool("yosys", ["-q", "-p", script], folder);
      for (const [mode, cycles] of [
        [[], depth],
        [["-i"], depth],
        [["-c"], coverDepth],
      ] as const) {
        const options = ["-s", "z3", "--unroll", "-t", String(cycles), ...mode];
        await tool("yosys-smtbmc", [...options, "model.smt2"], folder);
      }
    },
  );
}
