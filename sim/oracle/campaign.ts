import type { RtlSimulatorName } from "../../src/simulators/names.js";
import { type Made, shards } from "./python.js";
import { count, emptyTally, keep, sumOf, type Tally } from "./tally.js";
import { tryNetwork } from "./try.js";
import { cyclesOf, differenceInVerilog, hasEvents } from "./verilog.js";

/** Networks that are made at a time. */
const SHARD = 50;

/** Tries the networks of `seeds` on golden and wasm. `done` keeps what came of a shard, and knows it the next time. */
export async function tryAll(
  seeds: readonly number[],
  done: { get(first: number): Tally | undefined; set(first: number, tally: Tally): void } = {
    get: () => undefined,
    set: () => {},
  },
): Promise<Tally> {
  let sum = emptyTally();
  const left: number[] = [];
  for (let i = 0; i < seeds.length; i += SHARD) {
    const part = seeds.slice(i, i + SHARD);
    const known = done.get(part[0] as number);
    if (known === undefined) left.push(...part);
    else sum = sumOf(sum, known);
  }
  for await (const made of shards(left, SHARD)) {
    const tally = emptyTally();
    for (const seed of made.seeds) count(tally, tryNetwork(made.network(seed), made.casePath(seed)), made);
    done.set(made.seeds[0] as number, tally);
    sum = sumOf(sum, tally);
  }
  return sum;
}

/** Networks built as Verilog, by the engine of their layers, and what differs in them. */
export interface VerilogTally {
  dense: number;
  event: number;
  readonly differing: string[];
}

/** How many networks of each engine are built, and the cycles that the simulation of one may take. */
export interface VerilogOptions {
  readonly each: number;
  readonly mostCycles: number;
  readonly simulators: (built: number) => readonly RtlSimulatorName[];
}

/** Builds accepted networks of `seeds` as Verilog, as many of each engine as are asked for, two at a time. */
export async function buildSome(seeds: readonly number[], options: VerilogOptions): Promise<VerilogTally> {
  const tally: VerilogTally = { dense: 0, event: 0, differing: [] };
  for await (const made of shards(seeds, SHARD)) {
    const left = [...made.seeds];
    const work = async (): Promise<void> => {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift())
        await buildOne(made, seed, tally, options);
    };
    await Promise.all([work(), work()]);
    if (tally.dense + tally.event === 2 * options.each) break;
  }
  return tally;
}

async function buildOne(
  made: Made,
  seed: number,
  tally: VerilogTally,
  options: VerilogOptions,
): Promise<void> {
  const { case: from, source, outcome } = tryNetwork(made.network(seed), made.casePath(seed));
  if (source === undefined || outcome.kind === "differs") return;
  const engine = hasEvents(source) ? "event" : "dense";
  if (tally[engine] === options.each || cyclesOf(source, from) > options.mostCycles) return;
  tally[engine]++;
  const simulators = options.simulators(tally.dense + tally.event);
  const difference = await differenceInVerilog(made.network(seed), from, simulators);
  if (difference !== undefined) tally.differing.push(`seed ${seed}: ${difference}\n  ${keep(made, seed)}`);
}
