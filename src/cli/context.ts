import type { Command } from "commander";
import type { calibrate } from "../commands/calibrate.js";
import type { compile, emitText } from "../commands/compile.js";
import type { doctor } from "../commands/doctor.js";
import type { estimate } from "../commands/estimate.js";
import type { evaluate } from "../commands/evaluate.js";
import type { inspect } from "../commands/inspect.js";
import type { simulate } from "../commands/simulate.js";
import type { verify } from "../commands/verify.js";
import { catalogue, type Entry } from "../diagnostics/catalogue.js";
import type { Diagnostic, Result } from "../diagnostics/diagnostic.js";
import { printableLines } from "../diagnostics/printable.js";
import type { Progress } from "../host/progress.js";
import type { Io, Manner } from "./io.js";
import { printDiagnostics } from "./print-diagnostics.js";
import { showProgress } from "./progress-bar.js";

/** What the commands call; tests hand in others. */
export interface Services {
  readonly calibrate: typeof calibrate;
  readonly compile: typeof compile;
  readonly emitText: typeof emitText;
  readonly estimate: typeof estimate;
  readonly simulate: typeof simulate;
  readonly verify: typeof verify;
  readonly evaluate: typeof evaluate;
  readonly inspect: typeof inspect;
  readonly doctor: typeof doctor;
}

/** 0 good; 1 differs or fails; 2 bad usage or input. */
export type ExitCode = 0 | 1 | 2;

/** The world, the functions, and where a command leaves its exit code. */
export interface Context {
  readonly io: Io;
  readonly services: Services;
  exit(code: ExitCode): void;
}

/** The global options as they stand for `command`. */
export function mannerOf(command: Command): Manner {
  const { json, quiet, color } = command.optsWithGlobals() as Partial<Manner>;
  return { json: json === true, quiet: quiet === true, color: color !== false };
}

/** Progress in the manner asked for. */
export function progressOf(context: Context, command: Command): Progress {
  const { json, quiet } = mannerOf(command);
  return showProgress(context.io, json || quiet);
}

/** What a command gave, behind what is to say of its settings. */
export const alsoSaying = <T>(settings: Result<unknown>, result: Result<T>): Result<T> => ({
  ...result,
  diagnostics: [...settings.diagnostics, ...result.diagnostics],
});

/** How a command ends: text for humans, and whether what it found is good. */
export interface Outcome {
  readonly text: string;
  readonly good?: boolean;
}

/**
 * Ends a command: prints its report (one JSON document on stdout, or text), its diagnostics (in the document, or on
 * stderr) and leaves the exit code.
 */
export function finish<T>(
  context: Context,
  command: Command,
  result: Result<T>,
  outcome: (value: T) => Outcome,
): void {
  const manner = mannerOf(command);
  const ended = result.ok ? outcome(result.value) : undefined;
  const code = result.ok ? (ended?.good === false ? 1 : 0) : exitCodeOf(result.diagnostics);
  if (manner.json) {
    const report = result.ok ? { report: result.value } : {};
    printJson(context.io, {
      command: command.name(),
      ok: code === 0,
      ...report,
      diagnostics: result.diagnostics,
    });
  } else {
    printDiagnostics(context.io, manner, result.diagnostics);
    if (ended !== undefined && !manner.quiet) context.io.out(printableLines(ended.text));
  }
  context.exit(code);
}

/** How the axes of an input were read, behind its samples and ticks. */
export const printLayout = (layout: string | undefined): string =>
  layout === undefined ? "" : ` (read as ${layout})`;

/** Exit code of a failure: 2 if any of its errors is the user's to mend, else 1. */
export function exitCodeOf(
  diagnostics: readonly Diagnostic[],
  entries: Readonly<Record<string, Entry>> = catalogue,
): ExitCode {
  const errors = diagnostics.filter((d) => d.severity === "error");
  return errors.length > 0 && errors.every((d) => entries[d.code]?.exitCode === 1) ? 1 : 2;
}

/** One JSON document on stdout; what a terminal would act upon is escaped in its strings. */
export function printJson(io: Io, document: object): void {
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
  const escaped = (letter: string) =>
    letter
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join("");
  const text = JSON.stringify(document, plain, 2).replace(/[\x7f-\x9f\p{Cf}\u2028\u2029]/gu, escaped);
  io.out(`${text}\n`);
}
