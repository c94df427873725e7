import { createHash } from "node:crypto";
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { isDirectory, readBytes, unwritable } from "../host/files.js";
import { guardPath } from "../host/interrupt.js";
import { isDiagnostic, QUIET_SECONDS, runProgram } from "../host/process.js";
import type { RtlSimulatorName } from "../simulators/names.js";
import { cachedBench } from "./bench-cache.js";
import { firstError } from "./first-error.js";

/** How to run the emitted bench once: its plusargs (templates/sim/tb.v.hbs). */
export interface BenchRun {
  /** Holds `rtl` and `sim`, as `emitVerilog` and `emitBench` make them. */
  readonly folder: string;
  readonly events: string;
  readonly trace: string;
  readonly ticks: number;
  readonly frames: number;
  readonly burnIn: number;
  /** 0 never, 1 every fourth cycle, 2 at random. */
  readonly pauseIn?: number;
  readonly pauseOut?: number;
  /** Of random pauses. */
  readonly seed?: number;
  readonly maxCycles: number;
  /** Ticks, counted over all samples, whose words the trace holds, not just their hashes; none if absent. */
  readonly full?: { readonly from: number; readonly to: number };
  readonly waveform?: { readonly file: string; readonly from: number; readonly to: number };
  /** The bench is there, and starts. */
  readonly onBuilt?: () => void;
  readonly onTick?: () => void;
  /** Seconds without a tick after which the simulator, or its compiler, counts as hung; 0: never. */
  readonly quietSeconds?: number;
  /** Most bytes of the trace; more is no trace of this design. */
  readonly traceLimitBytes?: number;
}

/** Most bytes of a waveform, which has a few hundred cycles of every signal. */
const WAVEFORM_LIMIT_BYTES = 2 ** 34;

/** Bytes that the trace may take where a run says no limit of its own. */
const TRACE_LIMIT_BYTES = 2 ** 34;

/**
 * Builds the bench (or finds it built) and runs it in the folder of its trace; the trace file holds the result. Paths
 * that it gets are short, whatever the folder's is: the bench has room for 128 letters.
 */
export async function runBench(simulator: RtlSimulatorName, run: BenchRun): Promise<Result<undefined>> {
  const rtl = join(run.folder, "rtl");
  if (!isDirectory(rtl)) return failure(diagnostic("file-not-found", { file: rtl }, { path: rtl }));
  const quietSeconds = run.quietSeconds ?? QUIET_SECONDS;
  const built =
    simulator === "icarus"
      ? await buildIcarus(run.folder, quietSeconds)
      : await buildVerilator(run.folder, run.waveform !== undefined, quietSeconds);
  if (!built.ok) return built;
  run.onBuilt?.();
  const work = dirname(run.trace);
  try {
    linkMemories(rtl, work);
  } catch (error) {
    return failure(unwritable(work, error));
  }
  const [command, ...args] = simulator === "icarus" ? ["vvp", "-n", built.value] : [built.value];
  const onLine = (line: string): void => {
    if (line === "tick") run.onTick?.();
  };
  const limit = Math.max(run.traceLimitBytes ?? TRACE_LIMIT_BYTES, run.waveform ? WAVEFORM_LIMIT_BYTES : 0);
  const options = { onLine, quietSeconds, fileLimitBytes: limit };
  const end = await runProgram(command as string, [...args, ...plusargs(run)], work, options);
  if (isDiagnostic(end)) return failure(end);
  if (end.code !== 0)
    return failure(
      diagnostic(
        "simulator-failed",
        { file: run.folder },
        { tool: simulator, what: "run", output: end.output },
      ),
    );
  if (run.waveform === undefined && !isWhole(run.trace))
    return failure(diagnostic("trace-cut", { file: run.folder }, { tool: simulator }));
  if (run.waveform !== undefined) {
    try {
      moveWaveform(join(work, WAVEFORM), run.waveform.file);
    } catch (error) {
      return failure(unwritable(run.waveform.file, error));
    }
  }
  return success(undefined, built.diagnostics);
}

/** Name of the waveform while it is written. */
const WAVEFORM = "waveform.vcd";

/** What the bench is told, with names in the folder where it runs. */
function plusargs(run: BenchRun): readonly string[] {
  const work = dirname(run.trace);
  const short = (path: string) => (dirname(path) === work ? basename(path) : path);
  return [
    `+events=${short(run.events)}`,
    `+trace=${short(run.trace)}`,
    `+ticks=${run.ticks}`,
    `+frames=${run.frames}`,
    `+burn_in=${run.burnIn}`,
    `+pause_in=${run.pauseIn ?? 0}`,
    `+pause_out=${run.pauseOut ?? 0}`,
    ...(run.seed === undefined ? [] : [`+seed=${run.seed}`]),
    `+max_cycles=${run.maxCycles}`,
    ...(run.full === undefined ? [] : [`+full_from=${run.full.from}`, `+full_to=${run.full.to}`]),
    ...(run.waveform === undefined
      ? []
      : [`+vcd=${WAVEFORM}`, `+vcd_from=${run.waveform.from}`, `+vcd_to=${run.waveform.to}`]),
  ];
}

/** Contents of memories are read by their names alone, so that they are linked to where the bench runs. */
function linkMemories(rtl: string, work: string): void {
  for (const name of readdirSync(rtl)) {
    const link = join(work, name);
    if (!name.endsWith(".v") && !existsSync(link)) symlinkSync(resolve(rtl, name), link);
  }
}

/** Moves a waveform to where it is wanted, which may be another file system; it appears there whole. */
function moveWaveform(from: string, to: string): void {
  const beside = `${to}.new-${process.pid}`;
  const release = guardPath(beside);
  try {
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, beside);
    renameSync(beside, to);
  } finally {
    rmSync(beside, { force: true });
    release();
  }
}

/** Whether the last line of a trace is there, which says how the run ended. */
function isWhole(trace: string): boolean {
  try {
    const { size } = statSync(trace);
    const tail = Buffer.alloc(Math.min(size, 64));
    const file = openSync(trace, "r");
    readSync(file, tail, 0, tail.length, size - tail.length);
    closeSync(file);
    return /(^|\n)(done|timeout) \d+\n$/.test(tail.toString("latin1"));
  } catch {
    return false;
  }
}

function buildIcarus(build: string, quietSeconds: number): Promise<Result<string>> {
  const inputs = [...verilogFiles(build), "sim/tb.v", "sim/tensor_hash.v", "sim/tb_icarus.v"];
  return cached({ build, tool: "icarus", inputs, flags: "", quietSeconds }, (folder) => {
    const out = join(folder, "bench");
    return ["-g2005", "-o", out, "-s", "tb_icarus", ...inputs];
  });
}

function buildVerilator(build: string, waveform: boolean, quietSeconds: number): Promise<Result<string>> {
  const inputs = [...verilogFiles(build), "sim/tb.v", "sim/tensor_hash.v", "sim/main.cpp"];
  const flags = [
    "--cc",
    "--exe",
    "--build",
    "-j",
    "2",
    "--top-module",
    "tb",
    "--prefix",
    "Vtb",
    "--no-timing",
    "-O3",
    "--x-assign",
    "fast",
    "--x-initial",
    "fast",
    "--noassert",
    "--output-split",
    "5000",
    "--output-split-cfuncs",
    "500",
    "-Wno-lint",
    "-Wno-style",
    "-Wno-fatal",
    ...(waveform ? ["--trace", "-CFLAGS", "-DSPIKEC_TRACE"] : []),
  ];
  const ccache = existsSync("/usr/bin/ccache")
    ? ["-MAKEFLAGS", "OBJCACHE=ccache OPT_FAST=-O1"]
    : ["-MAKEFLAGS", "OPT_FAST=-O1"];
  return cached({ build, tool: "verilator", inputs, flags: flags.join(" "), quietSeconds }, (folder) => {
    // make, which compiles C++, runs in another folder.
    const files = inputs.map((f) => (f.endsWith(".cpp") ? resolve(build, f) : f));
    return [...flags, ...ccache, "-Mdir", folder, "-o", "bench", ...files];
  });
}

/** Generated and library Verilog of a build, relative to it, sorted. */
export function verilogFiles(build: string): readonly string[] {
  return readdirSync(join(build, "rtl"))
    .filter((f) => f.endsWith(".v"))
    .sort()
    .map((f) => `rtl/${f}`);
}

/** Seconds that a tool may take to say its version. */
const VERSION_SECONDS = 60;

/** What builds a bench, and the flag by which it says its version. */
export const compilers = { icarus: ["iverilog", "-V"], verilator: ["verilator", "--version"] } as const;

/** What a bench is built from, and how long its compiler may be silent. */
interface BenchSource {
  readonly build: string;
  readonly tool: RtlSimulatorName;
  /** Relative to the build. Memory contents don't count: they are read at run time. */
  readonly inputs: readonly string[];
  readonly flags: string;
  readonly quietSeconds: number;
}

/** Runs a build command unless a bench of the same sources, flags and tool is in the cache. */
async function cached(
  { build, tool, inputs, flags, quietSeconds }: BenchSource,
  /** Sources are named from the build: a tool's messages then hold no path of this machine. */
  argsFor: (folder: string) => readonly string[],
): Promise<Result<string>> {
  const [compiler, versionFlag] = compilers[tool];
  const found = await runProgram(compiler, [versionFlag], "/", { quietSeconds: VERSION_SECONDS });
  if (isDiagnostic(found)) return failure(found);
  const hash = createHash("sha256").update(`${tool} ${flags} ${found.output.split("\n")[0]}`);
  for (const file of inputs) {
    const bytes = readBytes(join(build, file));
    if (!bytes.ok) return bytes;
    hash.update(`\n${file}\n`).update(bytes.value);
  }
  return cachedBench(tool, hash.digest("hex"), async (folder) => {
    // What compilers put aside while they work goes with the folder.
    const env = { TMPDIR: folder, ...ccacheEnvironment() };
    const end = await runProgram(compiler, argsFor(folder), build, { quietSeconds, env });
    if (isDiagnostic(end)) return failure(end);
    if (end.code === 0 && existsSync(join(folder, "bench"))) return success(undefined);
    const output = firstError(end.output).replaceAll(resolve(build), build);
    return failure(diagnostic("simulator-failed", { file: build }, { tool, what: "build", output }));
  });
}

/** ccache fails where it can't write, and is no help then. */
function ccacheEnvironment(): Readonly<Record<string, string>> {
  try {
    accessSync(process.env.CCACHE_DIR || homedir(), constants.W_OK);
    return {};
  } catch {
    return { CCACHE_DISABLE: "1" };
  }
}
