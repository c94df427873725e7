import { expect, test } from "vitest";
import { pythonTests } from "./run.js";

test("live modules of PyTorch, snnTorch, Norse, SpikingJelly, Brevitas: spikec's run is theirs", async () => {
  expect(await pythonTests("export-venv", "test_export.py")).toMatch(/Ran 5 tests in .*\n\nOK/);
});
