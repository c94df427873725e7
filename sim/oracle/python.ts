import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));

/** The repository. */
export const root = join(folder, "..", "..");

const python = join(root, "build", "oracle-venv", "bin", "python");

/** Runs the oracle's Python; what it says on stderr is the error. */
export function runOracle(...args: readonly string[]): Promise<void> {
  if (!existsSync(python)) throw new Error("the oracle has no Python: make build/oracle-venv/installed");
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(folder, "python", "main.py"), ...args], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`the oracle failed: ${said}`))));
  });
}

/** Networks and cases of seeds, in a folder. */
export interface Made {
  readonly seeds: readonly number[];
  network(seed: number): string;
  casePath(seed: number): string;
  remove(): void;
}

/** Makes the networks of `seeds`, each with a case that holds what it does. */
export async function makeNetworks(seeds: readonly number[]): Promise<Made> {
  const made = mkdtempSync(join(tmpdir(), "spikec-oracle-"));
  const remove = (): void => rmSync(made, { recursive: true, force: true });
  try {
    await runOracle("make", made, ...seeds.map(String));
  } catch (error) {
    remove();
    throw error;
  }
  return {
    seeds,
    remove,
    network: (seed) => join(made, `${seed}.onnx`),
    casePath: (seed) => join(made, `${seed}.json`),
  };
}

/** `seeds` in shards of `size`, each made while the one before it is used. */
export async function* shards(seeds: readonly number[], size: number): AsyncGenerator<Made> {
  const parts = Array.from({ length: Math.ceil(seeds.length / size) }, (_, i) =>
    seeds.slice(i * size, (i + 1) * size),
  );
  let coming = parts[0] === undefined ? undefined : makeNetworks(parts[0]);
  for (const [i] of parts.entries()) {
    const made = await (coming as Promise<Made>);
    const next = parts[i + 1];
    coming = next === undefined ? undefined : makeNetworks(next);
    // A failure of the next shard is said when its turn comes.
    coming?.catch(() => {});
    try {
      yield made;
    } finally {
      made.remove();
    }
  }
}
