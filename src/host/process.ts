import { spawn } from "node:child_process";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import { isDirectory } from "./files.js";
import { guardGroup, killGroup } from "./interrupt.js";
import { codeOf, reasonOf } from "./system-error.js";

/** What a finished program left: its exit code (128 and the signal's number if one ended it) and the end of what it printed. */
export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** How to run a program, and what bounds it. */
export interface RunOptions {
  /** Hears each line of its standard output. */
  readonly onLine?: (line: string) => void;
  /** Seconds without a byte of output after which it counts as hung; 0: it may be silent for ever. */
  readonly quietSeconds?: number;
  /** Most bytes that it may write into one file. */
  readonly fileLimitBytes?: number;
  /** Variables of its environment, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Seconds of silence after which a tool counts as hung where nothing is said: no tool that works was seen silent as long. */
export const QUIET_SECONDS = 3600;

/** Characters of output that are kept. */
const KEPT = 20_000;

/** Most bytes of output: a bench prints 5 a tick. */
const OUTPUT_LIMIT_BYTES = 2 ** 30;

/** Number of the signal by which the system ends a process that writes too large a file. */
const SIGXFSZ = 25;

const signalNumbers: Readonly<Record<string, number>> = { SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15, SIGXFSZ };

/**
 * Runs a program to its end, as a process group of its own: what it started ends with it, and with this process. Never
 * throws: a missing tool, one that hangs and one that writes without end are diagnostics.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  cwd: string,
  options: RunOptions = {},
): Promise<Finished | Diagnostic> {
  const { onLine = () => {}, quietSeconds = QUIET_SECONDS, fileLimitBytes, env = {} } = options;
  const [program, given] =
    fileLimitBytes === undefined ? [command, args] : withFileLimit(command, args, fileLimitBytes);
  return new Promise((resolve) => {
    const unstarted = (error: unknown): void => resolve(notStarted(command, cwd, error));
    let child: ReturnType<typeof start>;
    try {
      child = start(program, given, cwd, env);
    } catch (error) {
      return unstarted(error);
    }
    const { pid } = child;
    const release = pid === undefined ? () => {} : guardGroup(pid);
    let stopped: Diagnostic | undefined;
    const stop = (why: Diagnostic): void => {
      stopped ??= why;
      if (pid !== undefined) killGroup(pid);
    };
    const timer = quietTimer(quietSeconds, () =>
      stop(diagnostic("tool-hangs", {}, { tool: command, seconds: quietSeconds })),
    );
    let [output, rest, bytes] = ["", "", 0];
    const hear = (text: string): void => {
      timer.again();
      bytes += text.length;
      if (bytes > OUTPUT_LIMIT_BYTES)
        stop(
          diagnostic("tool-output", {}, { tool: command, bytes: OUTPUT_LIMIT_BYTES, where: "its output" }),
        );
      output = (output + text).slice(-KEPT);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      hear(text);
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-KEPT);
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("error", (error) => {
      timer.end();
      release();
      unstarted(error);
    });
    // What a program leaves running when it ends holds its output open, and is stopped with it.
    child.on("exit", () => pid !== undefined && killGroup(pid));
    child.on("close", (code, signal) => {
      timer.end();
      release();
      const ended = code ?? 128 + (signalNumbers[signal ?? ""] ?? 0);
      if (ended === 128 + SIGXFSZ && fileLimitBytes !== undefined)
        stopped ??= diagnostic("tool-output", {}, { tool: command, bytes: fileLimitBytes, where: "a file" });
      // What a shell says of a program that is not there.
      if (ended === 127 && fileLimitBytes !== undefined)
        stopped ??= diagnostic("tool-missing", {}, { tool: command });
      resolve(stopped ?? { code: ended, output });
    });
  });
}

function start(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
  const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
  return spawn(program, args, { cwd, stdio, detached: true, env: { ...process.env, ...env } });
}

/** A shell sets the limit, in blocks of 512 bytes, and becomes the program. */
function withFileLimit(
  command: string,
  args: readonly string[],
  bytes: number,
): readonly [string, readonly string[]] {
  const script = 'ulimit -f "$0" || exit 126; exec "$@"';
  return ["/bin/sh", ["-c", script, String(Math.ceil(bytes / 512)), command, ...args]];
}

/** Calls `silent` when `again` was not called for some seconds. */
function quietTimer(seconds: number, silent: () => void) {
  // Timers count in 31 bits.
  const wait = Math.min(seconds * 1000, 2 ** 31 - 1);
  const timer = seconds > 0 ? setTimeout(silent, wait) : undefined;
  return { again: () => void timer?.refresh(), end: () => clearTimeout(timer) };
}

function notStarted(tool: string, cwd: string, error: unknown): Diagnostic {
  if (codeOf(error) === "ENOENT" && isDirectory(cwd)) return diagnostic("tool-missing", {}, { tool });
  return diagnostic("tool-unstartable", {}, { tool, reason: reasonOf(error) });
}

/** Whether `runProgram` gave a diagnostic instead of an end. */
export const isDiagnostic = (result: Finished | Diagnostic): result is Diagnostic => "severity" in result;
