// Loaded before spikec's program: says at its end, on descriptor 3, how much memory it took (KiB).
import { writeSync } from "node:fs";

process.on("exit", () => {
  try {
    writeSync(3, `${process.resourceUsage().maxRSS}\n`);
  } catch {
    // Nobody listens.
  }
});
