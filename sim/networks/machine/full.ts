import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";

const program = resolve("dist/cli/main.js");

/** Runs spikec below a shell's line, such as a limit that it sets. */
function spikec(folder: string, args: readonly string[], before = ":") {
  const script = `${before}; exec "$0" "$@"`;
  const end = spawnSync("/bin/sh", ["-c", script, process.execPath, program, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, TMPDIR: folder, SPIKEC_CACHE: join(folder, "cache") },
  });
  return { code: end.status, err: end.stderr };
}

/** What is written by each command that writes, with a name in place of OUT. */
const writers: readonly (readonly [file: string, ...args: string[]])[] = [
  ["out.csv", "evaluate", "build", "--input", "in.npy", "--labels", "labels.npy", "--csv"],
  ["out.xml", "verify", `no-${"such-".repeat(200)}build`, "--input", "in.npy", "--junit"],
  ["out.json", "calibrate", "net.pkl", "--network", "net.yaml", "--input", "in.npy", "-o"],
  ["compiled", "compile", "net.pkl", "--network", "net.yaml", "-o"],
  ["arrays", "simulate", "build", "--input", "in.npy", "-o"],
];

/** A checkpoint, a build of it and input; what the writers write, once, below `out`. */
export function ground(folder: string, out: string): void {
  const [samples, ticks] = [64, 8];
  writeFileSync(join(folder, "net.pkl"), pickleFile(dcllArrays()));
  writeFileSync(join(folder, "net.yaml"), dcllNetwork);
  const cells = Int32Array.from({ length: samples * ticks }, (_, i) => (i * 7) % 36);
  writeFileSync(join(folder, "in.npy"), encodeNpy(npyArray("i4", [samples, ticks], cells)));
  writeFileSync(join(folder, "labels.npy"), encodeNpy(npyArray("i4", [samples], new Int32Array(samples))));
  spikec(folder, ["compile", "net.pkl", "--network", "net.yaml", "-o", "build"]);
  mkdirSync(out, { recursive: true });
  for (const [file, ...args] of writers) spikec(folder, [...args, join(out, file)]);
}

/** Every file below a folder with its content. */
const contents = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path, readFileSync(path, "latin1")]),
  );

/**
 * Runs every writer over what it wrote before, and where nothing is, while nothing fits: what differs below `out` then,
 * and how each ended.
 */
export function whileFull(folder: string, out: string, before?: string) {
  return writers.map(([file, ...args]) => {
    const had = contents(out);
    const over = spikec(folder, [...args, join(out, file)], before);
    const kept = contents(out);
    const fresh = spikec(folder, [...args, join(out, "new", file)], before);
    rmSync(join(out, "new"), { recursive: true, force: true, maxRetries: 3 });
    const changed = [...new Set([...had.keys(), ...kept.keys(), ...contents(out).keys()])].filter(
      (path) => had.get(path) !== kept.get(path) || had.get(path) !== contents(out).get(path),
    );
    return { file, had: had.size > 0, codes: [over.code, fresh.code], err: over.err + fresh.err, changed };
  });
}
