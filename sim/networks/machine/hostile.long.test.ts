import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { killGroup } from "../../../src/host/interrupt.js";
import { hostileCase, hostileGround } from "./hostile.js";

/**
 * Command lines and files of one seed, each in a process of its own: no crash, no hang above 10 s of processor time (a
 * busy machine takes its own), memory below 1 GB. SPIKEC_SEED: another campaign; SPIKEC_FROM, SPIKEC_COUNT: a part.
 */
const seed = Number(process.env.SPIKEC_SEED ?? 2);
const from = Number(process.env.SPIKEC_FROM ?? 0);
const count = Number(process.env.SPIKEC_COUNT ?? 2000);

const CPU_SECONDS = 10;
/** A process that waits for nothing takes no processor time. */
const WAIT_SECONDS = 300;
const MEMORY_KIB = 1e9 / 1024;

const grounds: string[] = [];
beforeAll(async () => {
  for (let worker = 0; worker < 2; worker++) {
    const ground = mkdtempSync(join(tmpdir(), "spikec-hostile-"));
    grounds.push(ground);
    await hostileGround(ground, async (args) => (await spikec(args, ground)).code);
  }
});
afterAll(() => {
  for (const ground of grounds) rmSync(ground, { recursive: true, force: true });
});

const program = resolve("dist/cli/main.js");
const watch = resolve("sim/networks/machine/hostile-watch.mjs");

/** Ends of a process: its exit code, what it said on stderr, memory, and whether it was stopped. */
function spikec(args: readonly string[], ground: string, cwd: string = ground) {
  mkdirSync(join(ground, "tmp"), { recursive: true });
  const env = { ...process.env, TMPDIR: join(ground, "tmp"), SPIKEC_CACHE: join(ground, "cache") };
  const child = spawn(process.execPath, ["--import", watch, program, ...args], {
    cwd,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    detached: true,
    env,
  });
  let [err, memory, hung] = ["", "", ""];
  child.stdio[2]?.on("data", (text: Buffer) => {
    err = (err + text.toString()).slice(-20_000);
  });
  child.stdio[3]?.on("data", (text: Buffer) => {
    memory += text.toString();
  });
  const started = Date.now();
  const timer = setInterval(() => {
    const cpu = cpuSeconds(child.pid as number);
    if (cpu > CPU_SECONDS) hung = `${cpu} s of processor time`;
    else if (Date.now() - started > WAIT_SECONDS * 1000) hung = `waits for ${WAIT_SECONDS} s`;
    if (hung !== "") killGroup(child.pid as number);
  }, 250);
  return new Promise<{ code: number | null; err: string; memoryKib: number; hung: string }>((end) =>
    child.on("close", (code) => {
      clearInterval(timer);
      end({ code, err, memoryKib: Number(memory), hung });
    }),
  );
}

/** Processor time of a process so far; 0 when it has ended. */
function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

test(`${count} hostile command lines and files`, async () => {
  const faults: string[] = [];
  const ended = new Map<string, number>();
  let [next, most] = [from, 0];
  const worker = async (ground: string): Promise<void> => {
    while (next < from + count) {
      const index = next++;
      const { name, args } = hostileCase(ground, seed, index);
      const { code, err, memoryKib, hung } = await spikec(args, ground, join(ground, "case"));
      const outcome = `${name}: ${code}`;
      ended.set(outcome, (ended.get(outcome) ?? 0) + 1);
      most = Math.max(most, memoryKib);
      const about = `${index}, ${name}: spikec ${args.join(" ").slice(0, 300)}`;
      const fault =
        hung !== ""
          ? `hangs, ${hung}`
          : err.includes("a bug of its own") || code === null || code > 2
            ? `ends with ${code}\n${err.slice(0, 1500)}`
            : memoryKib > MEMORY_KIB
              ? `takes ${memoryKib} KiB`
              : undefined;
      if (fault === undefined) continue;
      faults.push(`${about}: ${fault}`);
      process.stdout.write(`${faults.at(-1)}\n`);
    }
  };
  await Promise.all(grounds.map(worker));
  const table = [...ended].sort().map(([outcome, n]) => `${outcome} ${n}`);
  process.stdout.write(
    `seed ${seed}, cases ${from} to ${from + count - 1}: ${faults.length} faults, at most ${Math.round(most / 1024)} MiB\n${table.join("\n")}\n`,
  );
  expect(faults).toEqual([]);
});
