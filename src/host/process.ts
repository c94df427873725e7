import { spawn } from "node:child_process";
import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";

/** What a finished program left: its exit code and the end of what it printed. */
export interface Finished {
  readonly code: number;
  readonly output: string;
}

/** Bytes of output that are kept. */
const KEPT = 20_000;

/** Runs a program to its end. `onLine` hears each line of its standard output. Never throws: a missing tool is a diagnostic. */
export function runProgram(
  command: string,
  args: readonly string[],
  cwd: string,
  onLine: (line: string) => void = () => {},
): Promise<Finished | Diagnostic> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let rest = "";
    const keep = (text: string): void => {
      output = (output + text).slice(-KEPT);
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      keep(text);
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", () => resolve(diagnostic("tool-missing", {}, { tool: command })));
    child.on("close", (code) => resolve({ code: code ?? -1, output }));
  });
}

/** Whether `runProgram` gave a diagnostic instead of an end. */
export const isDiagnostic = (result: Finished | Diagnostic): result is Diagnostic => "severity" in result;
