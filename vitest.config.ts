import { defineConfig } from "vitest/config";

/** Three projects: `unit` (seconds), `system` (tools, co-simulation; `make test`), `long` (campaigns; `make test-long`). */
export default defineConfig({
  test: {
    // Machines have two cores; a Verilator build uses both.
    maxWorkers: 2,
    projects: [
      // Pure functions without global state: one worker may run many files, which saves loading them anew each time.
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts"],
          isolate: false,
          // No test is about time: a busy machine may take its own.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "system",
          include: ["sim/**/*.test.ts"],
          exclude: ["sim/**/*.long.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "long",
          include: ["sim/**/*.long.test.ts"],
          testTimeout: 3_600_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});
