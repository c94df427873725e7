import { examinePlaces, type PlaceReport } from "../cosim/places.js";
import { isDiagnostic, runProgram } from "../host/process.js";

/** A tool that spikec or its tests start. */
export interface Tool {
  readonly name: string;
  readonly purpose: string;
  readonly needed: boolean;
  readonly command: readonly [string, ...string[]];
  /** Where the version stands in what the command prints. */
  readonly version: RegExp;
  /** Oldest version that works, empty if any does. */
  readonly minimum: string;
  readonly get: string;
}

/** A tool as it was found. `state` is `ok`, `missing`, or `old`. */
export interface ToolReport {
  readonly name: string;
  readonly purpose: string;
  readonly needed: boolean;
  readonly state: "ok" | "missing" | "old";
  readonly version: string | undefined;
  readonly minimum: string;
  readonly get: string;
}

/** All tools, whether every needed one is there and new enough, and the folders that are written to. */
export interface DoctorReport {
  readonly ok: boolean;
  readonly tools: readonly ToolReport[];
  readonly places: readonly PlaceReport[];
}

/** What a command prints, or undefined if it can't be started. */
export type Probe = (command: readonly [string, ...string[]]) => Promise<string | undefined>;

const apt = (name: string) => `apt-get install ${name}`;

/** Every tool, in the order of the report. Minimum versions are the oldest that the tests have seen work. */
export const tools: readonly Tool[] = [
  {
    name: "node",
    purpose: "runs spikec and the emitted golden simulator",
    needed: true,
    command: ["node", "--version"],
    version: /v(\d+[\d.]*)/,
    minimum: "20",
    get: "nodejs.org, or your system's packages",
  },
  {
    name: "verilator",
    purpose: "simulates the emitted Verilog, fast",
    needed: true,
    command: ["verilator", "--version"],
    version: /Verilator (\d+[\d.]*)/,
    minimum: "5.006",
    get: apt("verilator"),
  },
  {
    name: "g++",
    purpose: "compiles what Verilator writes",
    needed: true,
    command: ["g++", "-dumpfullversion"],
    version: /^(\d+[\d.]*)/,
    minimum: "",
    get: apt("g++"),
  },
  {
    name: "make",
    purpose: "compiles what Verilator writes",
    needed: true,
    command: ["make", "--version"],
    version: /GNU Make (\d+[\d.]*)/,
    minimum: "",
    get: apt("make"),
  },
  {
    name: "iverilog",
    purpose: "simulates the emitted Verilog, a second opinion: verify --simulators icarus",
    needed: false,
    command: ["iverilog", "-V"],
    version: /Icarus Verilog version (\d+[\d.]*)/,
    minimum: "11",
    get: apt("iverilog"),
  },
  {
    name: "yosys",
    purpose: "synthesises the emitted Verilog: estimate --check",
    needed: false,
    command: ["yosys", "-V"],
    version: /Yosys (\d+[\d.]*)/,
    minimum: "0.23",
    get: apt("yosys"),
  },
  {
    name: "z3",
    purpose: "proves library blocks in make test",
    needed: false,
    command: ["z3", "--version"],
    version: /Z3 version (\d+[\d.]*)/,
    minimum: "",
    get: apt("z3"),
  },
  {
    name: "ccache",
    purpose: "makes repeated Verilator builds quick",
    needed: false,
    command: ["ccache", "--version"],
    version: /ccache version (\d+[\d.]*)/,
    minimum: "",
    get: apt("ccache"),
  },
  {
    name: "vivado",
    purpose: "implements a build on the FPGA",
    needed: false,
    command: ["vivado", "-version"],
    version: /[Vv]ivado v(\d+[\d.]*)/,
    minimum: "",
    get: "AMD's installer",
  },
];

/** Looks for every tool and says which is missing or too old; looks at the folders that spikec writes to. */
export async function doctor(
  probe: Probe = runCommand,
  look: () => readonly PlaceReport[] = examinePlaces,
): Promise<DoctorReport> {
  const reports: ToolReport[] = [];
  for (const tool of tools) reports.push(examine(tool, await probe(tool.command)));
  const ok = reports.every((report) => report.state === "ok" || !report.needed);
  return { ok, tools: reports, places: look() };
}

/** Whether version `a` is at least `b`, number by number: 5.020 is newer than 5.006, 0.9 older than 0.23. */
export function atLeast(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function examine(tool: Tool, printed: string | undefined): ToolReport {
  const { name, purpose, needed, minimum, get } = tool;
  const version = printed === undefined ? undefined : tool.version.exec(printed)?.[1];
  const old = version === undefined ? minimum !== "" : minimum !== "" && !atLeast(version, minimum);
  const state = printed === undefined ? "missing" : old ? "old" : "ok";
  return { name, purpose, needed, state, version, minimum, get };
}

/** Seconds that a tool may take to say its version: Vivado takes a few. */
const probeSeconds = 20;

async function runCommand([command, ...args]: readonly [string, ...string[]]): Promise<string | undefined> {
  if (command === "node") return process.version;
  const ended = await runProgram(command, args, "/", { quietSeconds: probeSeconds });
  return isDiagnostic(ended) ? undefined : ended.output.trimStart();
}
