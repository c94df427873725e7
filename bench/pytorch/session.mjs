import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** Made by `make bench` from requirements.txt. */
const python = "build/bench-venv/bin/python";

/**
 * Runs `body` with a function that has bench/pytorch/run.py, loaded once, run the first `ticks` of the first `frames`
 * in `cells` as one batch: {seconds, votes}. `environment` is added to that of this program.
 */
export async function withPytorch({ graph, cells, frames, ticks, threads }, environment, body) {
  if (!existsSync(python)) throw new Error(`no ${python}: \`make bench\` makes it`);
  const numbers = Object.entries({ frames, ticks, threads }).flatMap(([name, n]) => [`--${name}`, String(n)]);
  const program = spawn(python, ["bench/pytorch/run.py", graph, cells, ...numbers], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const run = async () => {
    program.stdin.write("run\n");
    const { value, done } = await answers.next();
    if (done) throw new Error("bench/pytorch/run.py ended early");
    return JSON.parse(value);
  };
  try {
    return await body(run);
  } finally {
    program.stdin.end();
  }
}
