import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { Io } from "./io.js";
import { showProgress, timeLeft } from "./progress-bar.js";

/** A world whose clock the test turns. */
function world(terminal?: NodeJS.WritableStream) {
  const state = { now: 0, err: "" };
  const io: Io = {
    out() {},
    err: (text) => {
      state.err += text;
    },
    terminal,
    colour: false,
    now: () => state.now,
  };
  return { io, state };
}

test("a line after two seconds, then every five, with the time left", () => {
  const { io, state } = world();
  const progress = showProgress(io, false);
  progress.start("golden", 100);
  for (let second = 1; second <= 10; second++) {
    state.now = second * 1000;
    progress.step(second * 4);
  }
  progress.end();
  expect(state.err).toBe("golden: 8 of 100, about 23 s left\ngolden: 28 of 100, about 18 s left\n");
});

test("short work and silent work show nothing", () => {
  const { io, state } = world();
  for (const silent of [false, true]) {
    const progress = showProgress(io, silent);
    progress.start("golden", 2);
    state.now += silent ? 60_000 : 1500;
    progress.step(1);
    progress.end();
  }
  expect(state.err).toBe("");
});

test("a terminal gets a bar that goes when the work is done", () => {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    cursorTo() {},
    clearLine() {},
    moveCursor() {},
  });
  const { io, state } = world(stream as unknown as NodeJS.WritableStream);
  const progress = showProgress(io, false);
  progress.start("verilator", 10);
  state.now = 3000;
  progress.step(5);
  progress.end();
  expect(String(stream.read())).toMatch(/verilator \[=+-+\] 5\/10, about 3 s left/);
  expect(state.err).toBe("");
});

test("time left", () => {
  expect(timeLeft(0, 10, 1000)).toBe("");
  expect(timeLeft(10, 10, 1000)).toBe("");
  expect(timeLeft(1, 10, 60_000)).toBe(", about 9 min left");
});
