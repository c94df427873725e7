import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Program, TextFile } from "./emit.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const buildFolder = join(root, "build", "sim");

/** Name of a build folder that depends on all its input. */
export const hashOf = (kind: string, files: readonly TextFile[]): string => {
  const hash = createHash("sha256").update(kind);
  for (const { name, text } of files) hash.update(`\0${name}\0${text}`);
  return hash.digest("hex").slice(0, 20);
};

const writeAll = (folder: string, files: readonly TextFile[]): void => {
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
};

/** A folder that `make` fills, once per content; made aside and renamed, so that two processes may race. */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(buildFolder, name);
  if (existsSync(folder)) return folder;
  mkdirSync(buildFolder, { recursive: true });
  const aside = mkdtempSync(join(buildFolder, `${name}.`));
  try {
    await make(aside);
    renameSync(aside, folder);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Runs a tool; a tool that is missing or fails throws with what it printed. */
export async function tool(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout, stderr } = await run(command, [...args], { cwd, maxBuffer: 1 << 28 });
    return stdout + stderr;
  } catch (error) {
    const {
      stdout = "",
      stderr = "",
      message = "",
    } = error as Partial<Record<"stdout" | "stderr" | "message", string>>;
    throw new Error(`${command} failed: ${message.split("\n")[0]}\n${stdout}${stderr}`);
  }
}

const verilogNames = ({ sources }: Program): string[] =>
  sources.map(({ name }) => name).filter((name) => name.endsWith(".v") && name !== "main.v");

/** The bench as an Icarus program: path of the .vvp file. */
export async function buildIcarus(built: Program): Promise<string> {
  const folder = await cached(`icarus-${hashOf("icarus", built.sources)}`, async (aside) => {
    writeAll(aside, built.sources);
    await tool(
      "iverilog",
      ["-g2005", "-s", "main", "-o", "bench.vvp", "main.v", ...verilogNames(built)],
      aside,
    );
  });
  return join(folder, "bench.vvp");
}

const compilerFlags = ["-std=c++17", "-O1", "-w"];
/** Verilator's own run-time library, compiled once: it is most of the time of a build. */
async function verilatorRuntime(): Promise<{ include: string; objects: string[] }> {
  const include = join((await tool("verilator", ["--getenv", "VERILATOR_ROOT"], root)).trim(), "include");
  const version = await tool("verilator", ["--version"], root);
  const parts = ["verilated", "verilated_threads"];
  const folder = await cached(`runtime-${hashOf(version, [])}`, async (aside) => {
    for (const part of parts) {
      const source = join(include, `${part}.cpp`);
      await tool("g++", [...compilerFlags, `-I${include}`, "-c", source, "-o", `${part}.o`], aside);
    }
  });
  return { include, objects: parts.map((part) => join(folder, `${part}.o`)) };
}

/** The bench as a program made by Verilator: its path. */
export async function buildVerilator(built: Program): Promise<string> {
  const { include, objects } = await verilatorRuntime();
  const folder = await cached(`verilator-${hashOf("verilator", built.sources)}`, async (aside) => {
    writeAll(aside, built.sources);
    const language = ["--language", "1364-2005", "-Wno-fatal", "-Wno-lint", "-Wno-style"];
    await tool(
      "verilator",
      ["--cc", ...language, "--top-module", "bench", "--Mdir", "c", ...verilogNames(built)],
      aside,
    );
    const generated = readdirSync(join(aside, "c")).filter((name) => name.endsWith(".cpp"));
    const units = [...generated.map((name) => `c/${name}`), "main.cpp"];
    writeFileSync(join(aside, "all.cpp"), units.map((name) => `#include "${name}"\n`).join(""));
    const includes = [`-I${include}`, "-Ic", "-I."];
    await tool(
      "g++",
      [...compilerFlags, ...includes, "all.cpp", ...objects, "-pthread", "-o", "bench"],
      aside,
    );
  });
  return join(folder, "bench");
}

/** Runs a simulation in a folder of its own that holds the data files; gives what it printed. */
export async function simulate(command: string, args: readonly string[], built: Program): Promise<string> {
  mkdirSync(buildFolder, { recursive: true });
  const folder = mkdtempSync(join(buildFolder, "run."));
  try {
    writeAll(folder, built.data);
    return await tool(command, args, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
