import { workerData } from "node:worker_threads";
import { type FrameResult, type FrameTask, runFrame } from "./frame.js";
import type { WasmNetwork } from "./run.js";

/** A task of the pool's threads: the network came with the thread, a frame comes with each task. */
export function runTask(task: FrameTask): FrameResult {
  // Tinypool puts its own data before the caller's.
  const [, network] = workerData as readonly [unknown, WasmNetwork];
  return runFrame(network, task);
}
