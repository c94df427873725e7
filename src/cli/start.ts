import { processIo } from "./io.js";
import { run } from "./program.js";

/** Runs spikec on the process's arguments, and leaves its exit code. */
export async function start(): Promise<void> {
  process.exitCode = await run(process.argv.slice(2), processIo());
}
