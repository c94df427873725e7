import { renderDiagnostic } from "../diagnostics/render.js";
import { unwritable } from "../host/files.js";

/** The world as the commands see it; tests hand in one that collects. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  /** Stream of the progress bar if a person watches it, else undefined. */
  readonly terminal: NodeJS.WritableStream | undefined;
  /** Whether errors may be coloured: a terminal, and NO_COLOR isn't set. */
  readonly colour: boolean;
  /** Milliseconds of some clock. */
  now(): number;
}

/** Options that every command has. */
export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
}

/** Exit code where what is printed can't be written. */
const UNPRINTABLE = 2;

/**
 * The process's own streams. A reader that stops early (`| head`) is no error: what is said on standard error goes on
 * unheard, the work does not stop; a full disk behind standard output is one, said on standard error.
 */
export function processIo(): Io {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    process.stderr.write(`${renderDiagnostic(unwritable("standard output", error))}\n`);
    process.exit(UNPRINTABLE);
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exit(UNPRINTABLE);
  });
  const terminal = process.stderr.isTTY ? process.stderr : undefined;
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    terminal,
    colour: terminal !== undefined && !process.env.NO_COLOR,
    now: () => performance.now(),
  };
}
