import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Tinypool } from "tinypool";
import type { Stimulus } from "../../data/stimulus.js";
import { type FrameRecord, type FrameResult, type FrameTask, frameTask, runFrame } from "./frame.js";
import type { WasmNetwork } from "./run.js";

/** How samples are spread over threads, and what is kept of them. */
export interface ParallelOptions {
  readonly burnIn: number;
  /** As many as the machine runs at once where nothing is said. */
  readonly threads?: number;
  readonly record?: readonly FrameRecord[];
  /** Called with the number of samples that are done. */
  readonly onSample?: (done: number) => void;
  /** The threads' program, if it isn't beside this one: `worker.js`, bundled. */
  readonly worker?: URL;
}

/**
 * Runs every sample of `stimulus`, one a thread at a time; results in the order of the samples. Where there is one
 * thread, or no compiled worker.js (this program runs from its TypeScript sources), samples run here.
 */
export async function runParallel(
  network: WasmNetwork,
  stimulus: Stimulus,
  options: ParallelOptions,
): Promise<readonly FrameResult[]> {
  const worker = options.worker ?? new URL("./worker.js", import.meta.url);
  const wanted = options.threads ?? availableParallelism();
  const threads = existsSync(fileURLToPath(worker)) ? Math.min(wanted, stimulus.samples) : 1;
  const task = (sample: number): FrameTask =>
    frameTask(stimulus, sample, options.burnIn, options.record ?? []);
  const results: FrameResult[] = [];
  let done = 0;
  const ended = (result: FrameResult): void => {
    results[result.sample] = result;
    options.onSample?.(++done);
  };
  if (threads <= 1) {
    for (let sample = 0; sample < stimulus.samples; sample++) {
      ended(runFrame(network, task(sample)));
      // Lets timers and signals through.
      await new Promise(setImmediate);
    }
    return results;
  }
  const pool = new Tinypool({
    filename: worker.href,
    minThreads: threads,
    maxThreads: threads,
    workerData: network,
  });
  let next = 0;
  const thread = async (): Promise<void> => {
    while (next < stimulus.samples)
      ended(
        (await pool.run(task(next++), {
          name: "runTask" satisfies keyof typeof import("./worker.js"),
        })) as FrameResult,
      );
  };
  try {
    await Promise.all(Array.from({ length: threads }, thread));
  } finally {
    await pool.destroy();
  }
  return results;
}
