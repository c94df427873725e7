import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../../src/emit/render.js";

const run = promisify(execFile);

/** Runs a file of python/tests with the Python of a folder in build/, and gives what it said; a failed test throws. */
export async function pythonTests(venv: string, file: string): Promise<string> {
  const python = join(packageRoot, "build", venv, "bin", "python");
  if (!existsSync(python)) throw new Error(`missing: ${python}; make test-long installs it`);
  const spikec = join(packageRoot, "dist", "cli", "main.js");
  if (!existsSync(spikec)) throw new Error(`missing: ${spikec}; make build makes it`);
  const env = {
    ...process.env,
    SPIKEC: spikec,
    PYTHONPATH: join(packageRoot, "python"),
    PYTHONDONTWRITEBYTECODE: "1",
  };
  const { stderr } = await run(python, [join(packageRoot, "python", "tests", file)], { env });
  return stderr;
}
