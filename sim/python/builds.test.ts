import { expect, test } from "vitest";
import { pythonTests } from "./run.js";

test("the package for Python: builds, runs, verification, errors", async () => {
  expect(await pythonTests("oracle-venv", "test_builds.py")).toMatch(/Ran 7 tests in .*\n\nOK/);
});
