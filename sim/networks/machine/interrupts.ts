import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readManifest } from "../../../src/artifact/manifest-file.js";
import { encodeNpy, npyArray } from "../../../src/data/npy.js";
import { dcllArrays, dcllNetwork } from "../../../src/frontends/dcll/testing/networks.js";
import { pickleFile } from "../../../src/frontends/dcll/testing/pickle.js";
import { generator } from "../../../src/frontends/onnx/testing/mutate.js";

/** A signal and the exit codes by which a shell knows it. */
const signals = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const;

/** Every command, on a small network, with what it writes below the working directory. */
export const commands: readonly {
  readonly name: string;
  readonly args: readonly string[];
  readonly writes?: string;
}[] = [
  { name: "compile", args: ["compile", "net.pkl", "--network", "net.yaml", "-o", "out"], writes: "out" },
  {
    name: "calibrate",
    args: ["calibrate", "net.pkl", "--network", "net.yaml", "--input", "in.npy", "-o", "out.json"],
    writes: "out.json",
  },
  { name: "estimate", args: ["estimate", "net.pkl", "--network", "net.yaml", "--check"] },
  { name: "simulate", args: simulateArgs("golden"), writes: "out" },
  { name: "simulate in Verilator", args: simulateArgs("verilator"), writes: "out" },
  { name: "simulate in Icarus", args: simulateArgs("icarus"), writes: "out" },
  {
    name: "verify",
    args: ["verify", "build", "--input", "in.npy", "--simulators", "icarus,verilator", "--junit", "out.xml"],
    writes: "out.xml",
  },
  {
    name: "evaluate",
    args: ["evaluate", "build", "--cells", "in.npy", "--labels", "labels.npy", "--csv", "out.csv"],
    writes: "out.csv",
  },
  { name: "inspect", args: ["inspect", "build"] },
  { name: "doctor", args: ["doctor"] },
];

function simulateArgs(simulator: string): readonly string[] {
  return [
    "simulate",
    "build",
    "--input",
    "in.npy",
    "--simulator",
    simulator,
    "--record",
    "spikes,states",
    "-o",
    "out",
  ];
}

const program = resolve("dist/cli/main.js");

/** A working directory with a checkpoint, a build of it, and input. */
export async function workshop(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "spikec-interrupts-"));
  const [samples, ticks] = [8, 64];
  writeFileSync(join(folder, "net.pkl"), pickleFile(dcllArrays()));
  writeFileSync(join(folder, "net.yaml"), dcllNetwork);
  const cells = Int32Array.from({ length: samples * ticks }, (_, i) => (i * 7) % 36);
  writeFileSync(join(folder, "in.npy"), encodeNpy(npyArray("i4", [samples, ticks], cells)));
  writeFileSync(join(folder, "labels.npy"), encodeNpy(npyArray("i4", [samples], new Int32Array(samples))));
  for (const place of ["tmp", "cache"]) mkdirSync(join(folder, place));
  const made = start(folder, ["compile", "net.pkl", "--network", "net.yaml", "-o", "build"], "workshop");
  if ((await made.ended).code !== 0) throw new Error("the network of the campaign doesn't compile");
  return folder;
}

/** Starts spikec in a working directory; everything that it starts carries `mark` in its environment. */
function start(folder: string, args: readonly string[], mark: string) {
  const env = {
    ...process.env,
    TMPDIR: join(folder, "tmp"),
    SPIKEC_CACHE: join(folder, "cache"),
    SPIKEC_CAMPAIGN: mark,
  };
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio: "ignore", env });
  const ended = new Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>((end) =>
    child.on("close", (code, signal) => end({ code, signal })),
  );
  return { child, ended };
}

/** What a campaign on one command found. */
export interface Campaign {
  readonly tried: number;
  /** Runs that had ended before the signal came. */
  readonly late: number;
  readonly faults: readonly string[];
}

/**
 * Interrupts a command `count` times, at moments at random in its time and a little beyond; it runs to its end once to
 * know that, where no span is given (ms).
 */
export async function interrupt(
  folder: string,
  { name, args, writes }: (typeof commands)[number],
  count: number,
  seed: number,
  spanMs?: number,
): Promise<Campaign> {
  const random = generator(seed);
  const clear = (): void => {
    for (const place of ["tmp", "cache"]) {
      rmSync(join(folder, place), { recursive: true, force: true });
      mkdirSync(join(folder, place));
    }
  };
  clear();
  const begin = performance.now();
  const faults: string[] = [];
  if (spanMs === undefined) {
    const first = await start(folder, args, `${seed}-first`).ended;
    if (first.code !== 0) faults.push(`${name} ends with ${first.code ?? first.signal}`);
  }
  const tookMs = spanMs ?? performance.now() - begin;
  let late = 0;
  for (let i = 0; i < count; i++) {
    // A cache without a bench, or with it; an output that is there already, or none.
    if (random() < 0.6) clear();
    if (writes !== undefined && random() < 0.5)
      rmSync(join(folder, writes), { recursive: true, force: true });
    const mark = `${process.pid}-${seed}-${i}`;
    const [signal, code] = signals[Math.floor(random() * signals.length)] as (typeof signals)[number];
    const delay = Math.floor(random() * tookMs * 1.05);
    const run = start(folder, args, mark);
    await Promise.race([sleep(delay), run.ended]);
    run.child.kill(signal);
    const end = await run.ended;
    if (end.code === 0) late++;
    const at = `${name}, ${signal} after ${delay} ms of ${Math.round(tookMs)}`;
    if (end.code !== 0 && end.signal !== signal && end.code !== code)
      faults.push(`${at}: ended with ${end.code ?? end.signal}`);
    faults.push(...(await left(folder, mark)).map((what) => `${at}: ${what}`));
  }
  return { tried: count, late, faults };
}

/** What an interrupted run left that it must not. */
async function left(folder: string, mark: string): Promise<readonly string[]> {
  let children = carrying(mark);
  // Killed processes take a moment to go.
  for (let i = 0; i < 100 && children.length > 0; i++) {
    await sleep(20);
    children = carrying(mark);
  }
  const strays = readdirSync(folder).filter((file) => /\.(new|old)-/.test(file));
  return [
    ...children.map((child) => `process ${child} runs on`),
    ...readdirSync(join(folder, "tmp")).map((file) => `${file} in the temporary folder`),
    ...strays.map((file) => `${file} beside the output`),
    ...brokenBenches(join(folder, "cache", "benches")),
    ...brokenOutput(folder),
  ];
}

/** Processes whose environment has the mark. */
function carrying(mark: string): readonly string[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`SPIKEC_CAMPAIGN=${mark}\0`);
      } catch {
        return false;
      }
    })
    .map((pid) => `${pid} ${readFileSync(`/proc/${pid}/comm`, "latin1").trim()}`);
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

function brokenBenches(cache: string): readonly string[] {
  if (!existsSync(cache)) return [];
  return readdirSync(cache).flatMap((name) => {
    const mark = join(cache, name, "bench.sha256");
    const whole =
      existsSync(mark) && readFileSync(mark, "utf8").startsWith(`${sha256(join(cache, name, "bench"))} `);
    return whole ? [] : [`${name} in the cache`];
  });
}

/** Builds must be whole by their manifests, recorded arrays have one, other files end as they should. */
function brokenOutput(folder: string): readonly string[] {
  const faults: string[] = [];
  for (const build of ["build", "out"]) {
    const path = join(folder, build);
    if (!existsSync(path)) continue;
    if (!existsSync(join(path, "manifest.json"))) faults.push(`${build} without a manifest`);
    else if (existsSync(join(path, "rtl"))) {
      const manifest = readManifest(path);
      if (!manifest.ok) faults.push(`${build}: ${manifest.diagnostics[0]?.text}`);
      else
        for (const [file, hash] of Object.entries(manifest.value.files))
          if (!existsSync(join(path, file)) || sha256(join(path, file)) !== hash)
            faults.push(`${build}/${file}`);
    }
  }
  for (const [file, end] of [
    ["out.json", /\}\n$/],
    ["out.xml", /<\/testsuites?>\n?$/],
    ["out.csv", /\n$/],
  ] as const) {
    const path = join(folder, file);
    if (existsSync(path) && !end.test(readFileSync(path, "utf8"))) faults.push(`${file} is cut off`);
  }
  return faults;
}
