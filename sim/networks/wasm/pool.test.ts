import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { packageRoot } from "../../../src/emit/render.js";
import type { Observer } from "../../../src/simulators/trace.js";
import type { FrameResult } from "../../../src/simulators/wasm/frame.js";
import { type ParallelOptions, runParallel } from "../../../src/simulators/wasm/pool.js";
import { compileWasm, runNetwork } from "../../../src/simulators/wasm/run.js";
import { builtGraph, cells, graphFile, must } from "../cosim/build.js";

/** Samples on threads. Their program is JavaScript, so the sources are compiled first. */
const folder = join(packageRoot, "build/wasm-pool");
const dist = join(folder, "dist");
const worker = pathToFileURL(join(dist, "simulators/wasm/worker.js"));
const graph = { network: "stress/floor", form: "post" } as const;

/** Results as they are compared: arrays by their hashes. */
const summary = (results: readonly FrameResult[]) =>
  results.map(({ spikes, states, logits, tickClass, ...rest }) => {
    const arrays = [...spikes, ...states, ...logits, ...tickClass];
    const hash = (a: Uint8Array | Int32Array | Float64Array) =>
      createHash("sha256")
        .update(new Uint8Array(a.buffer, a.byteOffset, a.byteLength))
        .digest("hex");
    return { ...rest, arrays: arrays.map((a) => `${a.length} ${hash(a)}`) };
  });

beforeAll(() => {
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(packageRoot, "package.json"), join(folder, "package.json"));
  const tsc = join(packageRoot, "node_modules/typescript/bin/tsc");
  const project = join(packageRoot, "tsconfig.build.json");
  const made = spawnSync(process.execPath, [
    tsc,
    "-p",
    project,
    "--outDir",
    dist,
    "--noEmitOnError",
    "false",
  ]);
  expect(`${made.stderr}`).toBe("");
});

test("threads give what one thread gives, in the order of the samples, arrays included", async () => {
  const { build } = await builtGraph(graph, "wasm-pool");
  const network = must(compileWasm(build.compiled.fixed));
  const stimulus = cells(graph, build, 2, 40);
  // More samples than threads.
  const many = {
    ...stimulus,
    samples: 7,
    active: (s: number, t: number) => stimulus.active(s % 2, (t + s) % 40),
  };
  const record = ["spikes", "states", "readout"] as const;
  const run = async (options: Partial<ParallelOptions>) => {
    const steps: number[] = [];
    const onSample = (done: number) => void steps.push(done);
    const results = await runParallel(network, many, { burnIn: 3, record, onSample, ...options });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(results.map((r) => r.sample)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    return results;
  };
  const here = await run({ threads: 1 });
  expect(summary(await run({ threads: 2, worker }))).toEqual(summary(here));

  const votes: unknown[] = [];
  const spikes: number[][] = Array.from({ length: 7 }, () => [0, 0, 0]);
  const observer: Observer = {
    tick: (t) =>
      t.spikes.forEach((row, l) => {
        const counts = spikes[t.sample] as number[];
        counts[l] = (counts[l] as number) + row.reduce((n, s) => n + s, 0);
        expect(here[t.sample]?.spikes[l]?.subarray(t.tick * row.length, (t.tick + 1) * row.length)).toEqual(
          row,
        );
      }),
    sample: (s) => void votes.push(structuredClone(s.votes)),
  };
  runNetwork(network, many, { burnIn: 3 }, observer);
  expect(here.map((r) => r.votes)).toEqual(votes);
  expect(here.map((r) => r.spikeCounts)).toEqual(spikes);
});

test("a thread that fails, fails the run", async () => {
  const { build } = await builtGraph(graph, "wasm-pool");
  const network = must(compileWasm(build.compiled.fixed));
  const broken = { ...network, places: { ...network.places, states: [{ at: 1, lane: "i32" } as never] } };
  const run = runParallel(broken, cells(graph, build, 2, 3), { burnIn: 0, threads: 2, worker });
  await expect(run).rejects.toThrow(TypeError);
});

test("the compiled command evaluates on two threads", async () => {
  const { build } = await builtGraph(graph, "wasm-pool");
  const file = (name: string) => graphFile(graph, name);
  const main = join(dist, "cli/main.js");
  const args = ["evaluate", build.path, "--cells", file("cells.npy"), "--labels", file("labels.npy")];
  const more = ["--snr", file("snr.npy"), "--threads", "2", "--json"];
  const ended = spawnSync(process.execPath, [main, ...args, ...more], { encoding: "utf8" });
  expect(ended.stderr).toBe("");
  expect(JSON.parse(ended.stdout)).toMatchObject({
    ok: true,
    report: { samples: 2, readouts: [{ samples: 2 }] },
  });
});
