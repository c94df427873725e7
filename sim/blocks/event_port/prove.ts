import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { libraryClosure } from "../../../src/emit/library.js";
import type { Mutant } from "../../harness/bench.js";
import { parameterText, type TextFile, withMutant } from "../../harness/emit.js";
import { count, derived, type EventGeometry, modulo } from "../../harness/event-bench.js";
import { cached, hashOf, tool } from "../../harness/tools.js";

/** A port: a geometry, and what else event_port.v is told. */
export interface Port extends EventGeometry {
  readonly readX: number;
  readonly registered: 0 | 1;
  readonly weightWidth: number;
  readonly accWidth: number;
}

const top = "event_port_proof";
const harness = readFileSync(fileURLToPath(new URL(`${top}.v`, import.meta.url)), "utf8");

const bits = (value: number, width: number): string =>
  BigInt.asUintN(width, BigInt(value)).toString(2).padStart(width, "0");
const hex = (words: readonly string[]): string =>
  words.map((word) => `${BigInt(`0b${word}`).toString(16)}\n`).join("");

/** The weight memory as event_walk.v and event_axis.v order it, and the weights [out][in][y][x], no two alike. */
function weightFiles(port: Port): TextFile[] {
  const { input, output, kernel, stride, pad, shift, channels, weightWidth } = port;
  const { banksX, groups, aligns, copies, span } = derived(port);
  const size = output[0] * input[0] * kernel[0] * kernel[1];
  if (size >= 1 << weightWidth) throw new Error(`${size} weights of ${weightWidth} bits can't differ`);
  // What no output takes has a weight too: a port that adds it is found out.
  const weight = (out: number, c: number, ky: number, kx: number): string =>
    bits(
      kx < 0 || kx >= kernel[1] ? -1 : ((out * input[0] + c) * kernel[0] + ky) * kernel[1] + kx + 1,
      weightWidth,
    );
  const tap = (row: number, slot: number): number => {
    if (banksX === 1) return row;
    if (banksX < span(1)) return row + pad[1] - slot * stride[1];
    return Math.floor(row / copies) + modulo((row % copies) * shift - slot, banksX) * stride[1];
  };
  const rows = count(input[0]).flatMap((c) =>
    count(groups).flatMap((group) =>
      count(kernel[0]).flatMap((ky) =>
        count(aligns).map((row) =>
          count(banksX * channels)
            .map((i) => {
              const [slot, lane] = [Math.floor(i / channels), i % channels];
              return weight(group * channels + lane, c, ky, tap(row, slot));
            })
            .reverse()
            .join(""),
        ),
      ),
    ),
  );
  const taps = count(output[0]).flatMap((out) =>
    count(input[0]).flatMap((c) =>
      count(kernel[0]).flatMap((ky) => count(kernel[1]).map((kx) => weight(out, c, ky, kx))),
    ),
  );
  return [
    { name: "weights.hex", text: hex(rows) },
    { name: "taps.hex", text: hex(taps) },
  ];
}

/** What event_port_proof.v is to assert, by its parameter GOAL. */
const goals = { contract: 0, lemmas: 1, cover: 2 } as const;

/** The harness around the port as an AIG, with the rtl as it is or with a mistake: its folder. */
async function aigOf(port: Port, goal: keyof typeof goals, mutant?: Mutant): Promise<string> {
  const { output, channels, readX, registered, weightWidth, accWidth } = port;
  const sources = libraryClosure(["event_port"]);
  const rtl = mutant === undefined ? sources : withMutant(sources, mutant);
  const files = [...rtl, { name: `${top}.v`, text: harness }, ...weightFiles(port)];
  const parameters = {
    ...derived(port).convolution,
    GOAL: goals[goal],
    C_OUT: output[0],
    CHANNELS: channels,
    READ_X: readX,
    WEIGHT_WIDTH: weightWidth,
    ACC_WIDTH: accWidth,
    REGISTERED: registered,
    FILE: "weights.hex",
    TAPS_FILE: "taps.hex",
  };
  const settings = Object.entries(parameters).map(([name, value]) => `-set ${name} ${parameterText(value)}`);
  const script = [
    `read_verilog -formal ${rtl.map(({ name }) => name).join(" ")} ${top}.v`,
    `chparam ${settings.join(" ")} ${top}`,
    `hierarchy -check -top ${top}`,
    "proc",
    // What the parts assume of their user isn't taken for granted; what they assert are lemmas.
    ...["event_walk", "scatter_bank"].map((name) => `chformal -assume -cover -remove *${name}*`),
    // The table of an axis is proved apart.
    "chformal -remove *event_axis*",
    ...(goal === "lemmas" ? [] : ["chformal -assert -remove *event_walk* *scatter_bank*"]),
    "flatten",
    "opt_clean",
    "memory -nomap",
    "memory_map",
    // Undefined is anything, here and after the passes that make more of it.
    "setundef -undriven -anyseq",
    "opt -fast",
    "techmap",
    "opt -fast",
    "dffunmap",
    "setundef -undriven -anyseq",
    "aigmap",
    "opt_clean",
    "write_aiger -zinit port.aig",
  ].join("; ");
  return cached(`event-port-${hashOf(script, files)}`, async (folder) => {
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
    await tool("yosys", ["-q", "-p", script], folder);
  });
}

/** What ABC says of the AIG, of all its assertions as one. */
const abc = (folder: string, command: string): Promise<string> =>
  tool("yosys-abc", ["-c", `read_aiger port.aig; fold; orpos; ${command}`], folder);

/** The cycle from reset in which an assertion fails; null if none does in `cycles` cycles. */
async function failure(folder: string, cycles: number): Promise<number | null> {
  const said = await abc(folder, `bmc3 -T 60 -F ${cycles}`);
  const found = /was asserted in frame (\d+)/.exec(said);
  if (found !== null) return Number(found[1]);
  if (!said.includes(`No output asserted in ${cycles} frames`)) throw new Error(`bmc3 failed:\n${said}`);
  return null;
}

/**
 * Proves the contract of a port for all inputs and all time by k-induction: it and the lemmas hold in the first
 * `depth` + 1 cycles, and `depth` good cycles are followed by a good one.
 */
export async function provePort(port: Port, depth: number): Promise<void> {
  const folder = await aigOf(port, "lemmas");
  await cached(`${basename(folder)}-proof-${depth}`, async () => {
    const at = await failure(folder, depth + 1);
    if (at !== null) throw new Error(`an assertion fails in cycle ${at}`);
    const said = await abc(folder, `strash; dc2; ind -F ${depth}`);
    if (!said.includes("Networks are equivalent")) throw new Error(`no induction:\n${said}`);
  });
}

/** The cycle in which the cover of the harness is reached. */
export const reached = async (port: Port, cycles: number): Promise<number | null> =>
  failure(await aigOf(port, "cover"), cycles);
/** The cycle in which the contract fails, without the lemmas, when the rtl has a mistake. */
export const refuted = async (port: Port, mutant: Mutant, cycles: number): Promise<number | null> =>
  failure(await aigOf(port, "contract", mutant), cycles);
