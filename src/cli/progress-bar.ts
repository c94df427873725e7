import { SingleBar } from "cli-progress";
import { printable } from "../diagnostics/printable.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { Io } from "./io.js";

/** Work that takes less than this shows no bar. */
const patienceMs = 2000;
const linePeriodMs = 30_000;

/**
 * Progress as a bar on a terminal; elsewhere, where a log keeps what is printed, as a line a piece of work and at most
 * one in half a minute of it; as nothing if `silent`.
 */
export function showProgress(io: Io, silent: boolean): Progress {
  if (silent) return noProgress;
  return io.terminal === undefined ? timed(io, lines(io)) : timed(io, bar(io.terminal));
}

/** How one piece of work is shown: when it starts, as it goes on once it has lasted, and when it ends. */
interface Display {
  start(what: string, total: number): void;
  show(what: string, done: number, total: number, left: string): void;
  end(): void;
}

/** Waits with showing; a timer keeps the display alive where the work leaves the event loop free. */
function timed(io: Io, display: Display): Progress {
  let work = { what: "", total: 0, done: 0, started: 0 };
  let timer: NodeJS.Timeout | undefined;
  const show = () => {
    const elapsed = io.now() - work.started;
    if (elapsed < patienceMs) return;
    display.show(work.what, work.done, work.total, timeLeft(work.done, work.total, elapsed));
  };
  return {
    start(what, total) {
      work = { what: printable(what), total, done: 0, started: io.now() };
      display.start(work.what, total);
      clearInterval(timer);
      timer = setInterval(show, 500);
      timer.unref();
    },
    step(done) {
      work = { ...work, done };
      show();
    },
    end() {
      clearInterval(timer);
      display.end();
    },
    say: (text) => io.err(`${text}\n`),
  };
}

function lines(io: Io): Display {
  let last = 0;
  return {
    start(what) {
      last = io.now();
      io.err(`${what} ...\n`);
    },
    show(what, done, total, left) {
      if (io.now() - last < linePeriodMs) return;
      last = io.now();
      io.err(`${what}: ${total > 0 ? `${done} of ${total}${left}` : "goes on"}\n`);
    },
    end() {},
  };
}

function bar(stream: NodeJS.WritableStream): Display {
  let shown: SingleBar | undefined;
  return {
    start() {},
    show(what, done, total, left) {
      if (shown === undefined) {
        const format = total > 0 ? "{what} [{bar}] {value}/{total}{left}" : "{what} ...";
        shown = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: true, barsize: 30 });
        shown.start(total, done, { what, left });
      }
      shown.update(done, { what, left });
    },
    end() {
      shown?.stop();
      shown = undefined;
    },
  };
}

/** `, about 40 s left`, from the pace so far; nothing before the first unit is done. */
export function timeLeft(done: number, total: number, elapsedMs: number): string {
  if (done <= 0 || total <= done) return "";
  const seconds = Math.ceil(((elapsedMs / done) * (total - done)) / 1000);
  const text = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `, about ${text} left`;
}
