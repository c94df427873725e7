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

/** The process's own streams. A reader that stops early (`| head`) is no error. */
export function processIo(): Io {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
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
