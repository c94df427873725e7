import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { isDirectory, readBytes } from "../host/files.js";
import { isDiagnostic, runProgram } from "../host/process.js";
import type { RtlSimulatorName } from "../simulators/names.js";
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
}

/** Builds the bench (or finds it built) and runs it; the trace file holds the result. */
export async function runBench(simulator: RtlSimulatorName, run: BenchRun): Promise<Result<undefined>> {
  const rtl = join(run.folder, "rtl");
  if (!isDirectory(rtl)) return failure(diagnostic("file-not-found", { file: rtl }, { path: rtl }));
  const built =
    simulator === "icarus"
      ? await buildIcarus(run.folder)
      : await buildVerilator(run.folder, run.waveform !== undefined);
  if (!built.ok) return built;
  run.onBuilt?.();
  const plus = [
    `+events=${run.events}`,
    `+trace=${run.trace}`,
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
      : [`+vcd=${run.waveform.file}`, `+vcd_from=${run.waveform.from}`, `+vcd_to=${run.waveform.to}`]),
  ];
  const [command, ...args] = simulator === "icarus" ? ["vvp", "-n", built.value] : [built.value];
  const onLine = (line: string): void => {
    if (line === "tick") run.onTick?.();
  };
  const end = await runProgram(command as string, [...args, ...plus], rtl, onLine);
  if (isDiagnostic(end)) return failure(end);
  if (end.code !== 0)
    return failure(
      diagnostic(
        "simulator-failed",
        { file: run.folder },
        { tool: simulator, what: "run", output: end.output },
      ),
    );
  return success(undefined);
}

function buildIcarus(build: string): Promise<Result<string>> {
  const inputs = [...verilogFiles(build), "sim/tb.v", "sim/tensor_hash.v", "sim/tb_icarus.v"];
  return cached(build, "icarus", inputs, "", (folder) => {
    const out = join(folder, "bench");
    return ["-g2005", "-o", out, "-s", "tb_icarus", ...inputs];
  });
}

function buildVerilator(build: string, waveform: boolean): Promise<Result<string>> {
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
  return cached(build, "verilator", inputs, flags.join(" "), (folder) => {
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

/** Folder of finished benches: $SPIKEC_CACHE, or the user's cache. */
export function cacheFolder(): string {
  const base =
    process.env.SPIKEC_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "spikec");
  return join(base, "benches");
}

/** What builds a bench, and the flag by which it says its version. */
export const compilers = { icarus: ["iverilog", "-V"], verilator: ["verilator", "--version"] } as const;

/** Runs a build command unless a bench of the same sources, flags and tool is there. Memory contents don't count: they are read at run time. */
async function cached(
  build: string,
  tool: RtlSimulatorName,
  inputs: readonly string[],
  flags: string,
  /** Sources are named from the build: a tool's messages then hold no path of this machine. */
  argsFor: (folder: string) => readonly string[],
): Promise<Result<string>> {
  const [compiler, versionFlag] = compilers[tool];
  const found = await runProgram(compiler, [versionFlag], tmpdir());
  if (isDiagnostic(found)) return failure(found);
  const hash = createHash("sha256").update(`${tool} ${flags} ${found.output.split("\n")[0]}`);
  for (const file of inputs) {
    const bytes = readBytes(join(build, file));
    if (!bytes.ok) return bytes;
    hash.update(`\n${file}\n`).update(bytes.value);
  }
  const folder = join(cacheFolder(), `${tool}-${hash.digest("hex").slice(0, 24)}`);
  const bench = join(folder, "bench");
  if (existsSync(bench)) return success(bench);
  mkdirSync(cacheFolder(), { recursive: true });
  const work = mkdtempSync(join(cacheFolder(), "work-"));
  try {
    const end = await runProgram(compiler, argsFor(work), build);
    if (isDiagnostic(end)) return failure(end);
    if (end.code !== 0 || !existsSync(join(work, "bench"))) {
      return failure(
        diagnostic(
          "simulator-failed",
          { file: build },
          { tool, what: "build", output: firstError(end.output).replaceAll(resolve(build), build) },
        ),
      );
    }
    // Another process may have finished the same bench meanwhile.
    if (!existsSync(bench)) renameSync(work, folder);
    return success(bench);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
