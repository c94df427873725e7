import { rmSync } from "node:fs";

/**
 * What spikec leaves behind where a signal ends it: child processes and half-written folders. They are guarded while
 * they are there; SIGINT, SIGTERM, SIGHUP and the end of the process kill the former and remove the latter. While
 * nothing is guarded no handler stands, so that a signal ends a long computation at once.
 */

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const groups = new Set<number>();
const paths = new Set<string>();

/** Milliseconds that killed processes get to let go of their files. */
const LETTING_GO_MS = 30;

/** Guards a child that leads a process group: the whole group is killed. Returns the release. */
export const guardGroup = (leader: number): (() => void) => guard(groups, leader);

/** Guards a file or a folder that must not stay. Returns the release. */
export const guardPath = (path: string): (() => void) => guard(paths, path);

/** Kills every process of the group that `leader` leads, if any is left. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // All of them have ended.
  }
}

/** Whether a process of this machine is there, as far as one may know. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function guard<T>(all: Set<T>, one: T): () => void {
  if (groups.size + paths.size === 0) listen();
  all.add(one);
  return () => {
    if (all.delete(one) && groups.size + paths.size === 0) unlisten();
  };
}

function listen(): void {
  for (const signal of signals) process.on(signal, end);
  process.on("exit", clear);
}

function unlisten(): void {
  for (const signal of signals) process.removeListener(signal, end);
  process.removeListener("exit", clear);
}

/** Ends by the signal itself, as shells want it: they report 128 and its number. */
function end(signal: NodeJS.Signals): void {
  clear();
  unlisten();
  process.kill(process.pid, signal);
}

function clear(): void {
  for (const leader of groups) killGroup(leader);
  if (groups.size > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LETTING_GO_MS);
  for (const path of paths) removeNow(path);
  groups.clear();
  paths.clear();
}

/** Removes a file or folder, whoever still writes there; what can't be removed stays, as nobody can be told. */
function removeNow(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
  } catch {
    // A read-only file system, or somebody else's folder.
  }
}
