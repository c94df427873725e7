import { defineConfig } from "vitest/config";

/** Three projects: `unit` (seconds), `system` (tools, co-simulation; `make test`), `long` (campaigns; `make test-long`). */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["src/**/*.test.ts"] } },
      {
        test: {
          name: "system",
          include: ["sim/**/*.test.ts"],
          exclude: ["sim/**/*.long.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      { test: { name: "long", include: ["sim/**/*.long.test.ts"], testTimeout: 3_600_000, maxWorkers: 2 } },
    ],
  },
});
