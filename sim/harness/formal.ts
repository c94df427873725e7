import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { libraryClosure } from "../../src/emit/library.js";
import type { Mutant, Parameter } from "./case.js";
import { parameterText, type TextFile, withMutant } from "./emit.js";
import { cached, hashOf, tool } from "./tools.js";

/** A module of rtl/ with properties under `ifdef FORMAL`, small parameters, and the depth of its induction. */
export interface Proof {
  readonly module: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly depth: number;
  /** Cycles in which covers are looked for, 0: none are; `depth` if not given. */
  readonly coverDepth?: number;
  /** Files that the module reads with $readmemh. */
  readonly files?: readonly TextFile[];
  /** Modules inside that are plain logic here: what they assume of a user must not be taken for granted in him. */
  readonly plain?: string | readonly string[];
  /** Simplify the logic first: z3 unfolds what write_smt2 shares, which can take it for ever. */
  readonly simplify?: boolean;
  /** Write the functions of a cycle out: z3 can take for ever to define those of a long chain of enables. */
  readonly unroll?: boolean;
}

/** The module as an SMT model: its files, the Yosys script that makes it, and the options of the solver. */
function modelOf(proof: Proof, flags: readonly string[] = []) {
  const { module, parameters, plain = [], simplify = false, unroll = false, files = [] } = proof;
  const sources = libraryClosure([module]);
  const plainFiles = [plain].flat().map((name) => `${name}.v`);
  const names = sources.map(({ name }) => name).filter((name) => !plainFiles.includes(name));
  const settings = Object.entries(parameters).map(([name, value]) => `-set ${name} ${parameterText(value)}`);
  const script = [
    ...(plainFiles.length > 0 ? [`read_verilog ${plainFiles.join(" ")}`] : []),
    `read_verilog ${["-formal", ...flags, ...names].join(" ")}`,
    ...(settings.length > 0 ? [`chparam ${settings.join(" ")} ${module}`] : []),
    `prep -top ${module} -flatten`,
    "async2sync",
    "memory_map",
    ...(simplify ? ["opt -full", "dffunmap"] : []),
    "write_smt2 -wires model.smt2",
  ].join("; ");
  const options = ["-s", "z3", ...(unroll ? ["--unroll"] : [])];
  return { all: [...sources, ...files], script, options };
}

/**
 * Proves the assertions of a module for all inputs and all time: none fails in the first `depth` cycles after
 * reset, and `depth` good cycles are followed by a good one (k-induction); and reaches each cover statement.
 * Throws with the solver's trace if one of them does not hold.
 */
export async function prove(proof: Proof): Promise<void> {
  const { depth, coverDepth = depth } = proof;
  const { all, script, options } = modelOf(proof);
  const runs = [
    { mode: [], cycles: depth },
    { mode: ["-i"], cycles: depth },
    ...(coverDepth > 0 ? [{ mode: ["-c"], cycles: coverDepth }] : []),
  ];
  await cached(
    `proof-${hashOf(`${script} ${options.join(" ")} ${depth} ${coverDepth}`, all)}`,
    async (folder) => {
      for (const { name, text } of all) writeFileSync(join(folder, name), text);
      await tool("yosys", ["-q", "-p", script], folder);
      for (const { mode, cycles } of runs)
        await tool("yosys-smtbmc", [...options, "-t", String(cycles), ...mode, "model.smt2"], folder);
    },
  );
}

/**
 * The mutants that the proof lets live: no assertion of the contract fails in the first `cycles` cycles after reset.
 * Lemmas of the induction (`ifndef CONTRACT`) are left out: a mutant that breaks them alone lives.
 */
export async function unrefuted(
  proof: Proof,
  mutants: readonly Mutant[],
  cycles = proof.coverDepth ?? proof.depth,
): Promise<readonly Mutant[]> {
  const { all, script, options } = modelOf(proof, ["-DCONTRACT"]);
  const alive: Mutant[] = [];
  for (const mutant of mutants) {
    const mutated = withMutant(all, mutant);
    const folder = await cached(
      `refuted-${hashOf(`${script} ${options.join(" ")} ${cycles}`, mutated)}`,
      async (aside) => {
        for (const { name, text } of mutated) writeFileSync(join(aside, name), text);
        await tool("yosys", ["-q", "-p", script], aside);
        const check = tool("yosys-smtbmc", [...options, "-t", String(cycles), "model.smt2"], aside);
        const said = await check.catch((failure: Error) => failure.message);
        const verdict = /Status: (PASSED|FAILED)/.exec(said)?.[1];
        if (verdict === undefined) throw new Error(said);
        writeFileSync(join(aside, "verdict"), verdict);
      },
    );
    if (readFileSync(join(folder, "verdict"), "utf8") === "PASSED") alive.push(mutant);
  }
  return alive;
}
