import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripComments } from "../../src/emit/library.js";
import { cached, hashOf, tool } from "../harness/tools.js";
import { unbalanced } from "./latency.js";
import { miterOf, multipliersOf, type Sweep } from "./miter.js";

/** What came of a proof: nothing, or the part that doesn't hold with what the tool said of it. */
export type Verdict =
  | { readonly holds: true }
  | { readonly holds: false; readonly part: "latency" | "multipliers" | "arithmetic"; readonly why: string };

const registers = readFileSync(fileURLToPath(new URL("registers.v", import.meta.url)), "utf8");
const TIMEOUT_SECONDS = 200;

/**
 * Proves that an emitted pipeline computes its graph, for all inputs and states in their ranges and all channels, at
 * full width. Three parts that are the whole together:
 *
 * - latency: it is a pipeline, every register at its place (`unbalanced`), so it may be seen without registers;
 * - multipliers: fx_mul is the signed product (both sides' multipliers merge);
 * - arithmetic: without registers, the products being any numbers of their ranges, every factor and every result
 *   equals the spec's, and no number leaves its range.
 *
 * A proof whose inputs can't be is none: the covers of the miter have to be reached. A neuron that can't spike, or
 * can't but spike, is proved without `spikes`.
 */
export async function proveSweep(sweep: Sweep, { spikes = true } = {}): Promise<Verdict> {
  const { module, pipeline } = sweep;
  const { text, multipliers, covers } = miterOf(sweep, spikes);
  const files = [
    ...[...filesOf(sweep)].map(([name, content]) => ({ name, text: content })),
    { name: "miter.v", text },
    { name: "multipliers.v", text: multipliersOf(pipeline) },
    { name: "registers.v", text: registers },
  ];
  const sources = files.filter(({ name }) => name.endsWith(".v") && name !== "registers.v");
  const dut = sources
    .map(({ name }) => name)
    .filter((name) => name !== "miter.v" && name !== "multipliers.v");
  const solve = `sat -prove mismatch 0 -set-def-inputs -timeout ${TIMEOUT_SECONDS} -show-ports`;
  const wires = "techmap -map registers.v; opt_clean; select -assert-none t:$*dff*";
  const netlist = [
    `read_verilog ${dut.join(" ")}`,
    `hierarchy -check -top ${module}`,
    "proc",
    "flatten",
    "memory_collect",
    "memory_map",
    "opt_clean",
    "write_json netlist.json",
  ];
  const products = [
    "read_verilog fx_mul.v multipliers.v",
    "hierarchy -check -top multipliers",
    "proc",
    "flatten",
    wires,
    "opt",
    `${solve} multipliers`,
  ];
  const arithmetic = [
    `read_verilog ${dut.join(" ")}`,
    `hierarchy -check -top ${module}`,
    "proc",
    "setattr -mod -set keep_hierarchy 1 *fx_mul*",
    `flatten ${module}`,
    // Of the multipliers only their ports are left, as ports of the pipeline.
    `select -assert-count ${multipliers} ${module}/t:*fx_mul*`,
    `expose -evert ${module}`,
    `delete *fx_mul*`,
    "memory_collect",
    "memory_map",
    wires,
    "read_verilog miter.v",
    "hierarchy -check -top miter",
    "proc -norom",
    "flatten",
    "opt",
    `${solve} miter`,
    ...covers.map((name) => `sat -falsify -prove ${name} 0 -set-def-inputs miter`),
  ];

  const prove = async (folder: string): Promise<Verdict> => {
    await tool("yosys", ["-p", netlist.join("; ")], folder);
    const starts = new Map(pipeline.tables.length > 0 ? [["group", -1]] : []);
    const json = readFileSync(join(folder, "netlist.json"), "utf8");
    const fault = unbalanced(json, module, pipeline.latency, starts);
    if (fault !== "") return { holds: false, part: "latency", why: fault };
    const parts = [
      { part: "multipliers", script: products, there: multipliers > 0 },
      { part: "arithmetic", script: arithmetic, there: true },
    ] as const;
    for (const { part, script, there } of parts) {
      const why = there ? await counterexample(folder, script) : "";
      if (why !== "") return { holds: false, part, why };
    }
    return { holds: true };
  };
  const script = [netlist, products, arithmetic].flat().join("; ");
  // The check of latencies has no text among the files.
  const name = `sweep-${hashOf(`${script} ${pipeline.latency} ${unbalanced}`, files)}`;
  const folder = await cached(name, async (aside) => {
    for (const { name: file, text: content } of files) writeFileSync(join(aside, file), content);
    writeFileSync(join(aside, "verdict.json"), JSON.stringify(await prove(aside)));
  });
  return JSON.parse(readFileSync(join(folder, "verdict.json"), "utf8")) as Verdict;
}

/**
 * Runs a script whose first `sat` is the proof: what it found against it, or nothing. Those behind it are covers,
 * which stop Yosys if they aren't reached.
 */
async function counterexample(folder: string, script: readonly string[]): Promise<string> {
  const said = await tool("yosys", ["-p", script.join("; ")], folder);
  const proof = said.split(/Executing SAT pass/)[1] ?? "";
  const failed = proof.indexOf("SAT proof finished - model found: FAIL!");
  if (failed >= 0) return proof.slice(proof.indexOf("Signal Name", failed));
  if (!proof.includes("SAT proof finished - no model found: SUCCESS!")) throw new Error(`no proof:\n${said}`);
  return "";
}

/** The files of a sweep that its module needs. */
function filesOf({ module, files }: Sweep): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const pending = [`${module}.v`];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const text = files.get(name);
    if (text === undefined || found.has(name)) continue;
    found.set(name, text);
    if (!name.endsWith(".v")) continue;
    for (const word of stripComments(text).match(/\w+(\.hex)?/g) ?? []) {
      pending.push(word.endsWith(".hex") ? word : `${word}.v`);
    }
  }
  return found;
}
