import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cost } from "../../../src/cost/cost.js";
import { cellCost } from "../../../src/cost/synthesis.js";
import { libraryClosure } from "../../../src/emit/library.js";
import { packageRoot } from "../../../src/emit/render.js";
import { isDiagnostic, runProgram } from "../../../src/host/process.js";
import { randomSource } from "../../harness/bench.js";
import type { Parameter } from "../../harness/case.js";
import { parameterText } from "../../harness/emit.js";

/** A library block with its parameters; `files` are memory contents: words of a width, made of random bits. */
export interface Block {
  readonly module: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly files?: Readonly<Record<string, readonly [width: number, depth: number]>>;
}

/** What Yosys makes of each block, flattened, all in one run: reading its cell libraries takes longer than most blocks. */
export async function measureBlocks(blocks: readonly Block[]): Promise<readonly Cost[]> {
  const folder = mkdtempSync(join(tmpdir(), "spikec-blocks-"));
  try {
    const script = [
      "read_verilog -lib +/xilinx/cells_sim.v",
      "design -save cells",
      ...blocks.flatMap((block, i) => commandsOf(block, i, folder)),
    ];
    writeFileSync(join(folder, "run.ys"), `${script.join("\n")}\n`);
    const end = await runProgram("yosys", ["-Q", "-T", "-q", "-s", "run.ys"], folder);
    if (isDiagnostic(end)) throw new Error(end.text);
    if (end.code !== 0) throw new Error(end.output);
    return blocks.map((_, i) => cellCost(readFileSync(join(folder, `${i}.stat`), "utf8")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function commandsOf({ module, parameters, files = {} }: Block, i: number, folder: string): readonly string[] {
  const all: Record<string, Parameter> = { ...parameters };
  for (const [name, [width, depth]] of Object.entries(files)) {
    all[name] = `${i}_${name}.hex`;
    writeFileSync(join(folder, all[name]), randomWords(width, depth));
  }
  const sets = Object.entries(all).map(([name, value]) => `-set ${name} ${parameterText(value)}`);
  return [
    // With none but its own modules: ABC maps otherwise where another file of the library was read before.
    "design -load cells",
    `read_verilog -defer ${libraryClosure([module])
      .map(({ name }) => `${packageRoot}rtl/${name}`)
      .join(" ")}`,
    ...(sets.length > 0 ? [`chparam ${sets.join(" ")} ${module}`] : []),
    `hierarchy -check -top ${module}`,
    "synth_xilinx -family xcup -flatten -noiopad -run prepare:check",
    `tee -q -o ${i}.stat stat`,
  ];
}

/** Random words: equal ones, or equal columns, would be merged. */
function randomWords(width: number, depth: number): string {
  const { below } = randomSource(width * 7919 + depth);
  const word = (): string => {
    const bits = Array.from({ length: width }, () => below(2)).join("");
    return BigInt(`0b${bits}`)
      .toString(16)
      .padStart(Math.ceil(width / 4), "0");
  };
  return Array.from({ length: depth }, () => `${word()}\n`).join("");
}
