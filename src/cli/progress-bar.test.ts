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

test("no terminal: a line a piece of work, then one in half a minute, with the time left", () => {
  const { io, state } = world();
  const progress = showProgress(io, false);
  progress.start("building verilator", 0);
  for (let second = 1; second <= 40; second++) {
    state.now += 1000;
    progress.step(0);
  }
  progress.end();
  progress.start("simulating \x1b", 1000);
  for (let second = 1; second <= 70; second++) {
    state.now += 1000;
    progress.step(second * 10);
  }
  progress.end();
  expect(state.err.split("\n")).toEqual([
    "building verilator ...",
    "building verilator: goes on",
    "simulating \\x1b ...",
    "simulating \\x1b: 300 of 1000, about 70 s left",
    "simulating \\x1b: 600 of 1000, about 40 s left",
    "",
  ]);
});

test("silent work shows nothing, nor does short work on a terminal", () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true });
  const watched = world(stream as unknown as NodeJS.WritableStream);
  const { io, state } = world();
  for (const progress of [showProgress(io, true), showProgress(watched.io, false)]) {
    progress.start("golden", 2);
    state.now += 60_000;
    watched.state.now += 1500;
    progress.step(1);
    progress.end();
  }
  expect([state.err, watched.state.err, stream.read()]).toEqual(["", "", null]);
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
