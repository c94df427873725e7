import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Build } from "../../../src/artifact/manifest.js";
import type { NpyArray } from "../../../src/data/npy.js";
import { readNpz } from "../../../src/data/npz.js";
import { readStimulus, type Stimulus } from "../../../src/data/stimulus.js";
import { sizeOf } from "../../../src/ir/spiking.js";
import { runGolden, stateList } from "../../../src/simulators/golden.js";
import { runReference } from "../../../src/simulators/reference.js";
import type { Observer } from "../../../src/simulators/trace.js";
import { built, dataFolder, must } from "../cosim/build.js";
import type { Row } from "./rows.js";

/** ../shared/data/wild: networks as users' exporters write them, and what they do, by no code of spikec's. */
export const wild = join(dataFolder, "wild");

const base = (file: string): string => file.slice(0, file.lastIndexOf("."));

/** The network file that stands beside a checkpoint, if one does. */
export function networkBeside(file: string): { readonly network?: string } {
  const network = join(wild, `${base(file)}.network.yaml`);
  return existsSync(network) ? { network } : {};
}

/** A row's build, the spikes that its expected values are of, and these. */
export interface WildRun {
  readonly build: Build;
  readonly stimulus: Stimulus;
  readonly expected: ReadonlyMap<string, NpyArray>;
}

/** Compiles a row into build/<folder>. */
export async function wildRun(row: Row, folder: string): Promise<WildRun> {
  const config = {
    engine: "auto" as const,
    readouts: "all" as const,
    ...networkBeside(row.file),
    ...row.config,
  };
  const { build } = await built(join(wild, row.file), join(folder, base(row.file)), config);
  const stimulus = must(readStimulus(join(wild, `${base(row.file)}.input.npy`), build.compiled.fixed.input));
  return { build, stimulus, expected: must(readNpz(join(wild, `${base(row.file)}.expected.npz`))) };
}

/** What was held against the expected values of a network: how much of it, and all that differs. */
export interface Compared {
  readonly spikes: number;
  readonly values: number;
  readonly classes: number;
  /** Spikes that differ; those of the reference are described in `first`, too. */
  readonly differ: number;
  readonly first: readonly string[];
}

/** How far a value in doubles may lie from the expected one, which a float32 holds: the README's own tolerance. */
const near = (have: number, want: number): boolean =>
  Math.abs(have - want) <= 1e-5 * Math.max(1, Math.abs(want));

/** Golden's spikes against the expected ones: what rounding the weights does. */
export function goldenAgainstExpected(run: WildRun): Compared {
  const tally = tallyOf();
  const { fixed } = run.build.compiled;
  runGolden(fixed, run.stimulus, { burnIn: 0 }, { tick: (trace) => spikesOf(tally, run, trace) });
  return tally.result();
}

/** Every spike, state, logit and class of the float64 reference against the expected ones. */
export function referenceAgainstExpected(run: WildRun, row: Row): Compared {
  const { trained } = run.build.compiled;
  const { samples, ticks } = run.stimulus;
  const tally = tallyOf();
  const states = stateList(trained);
  const observer: Observer = {
    tick(trace) {
      const at = trace.sample * ticks + trace.tick;
      const where = `sample ${trace.sample} tick ${trace.tick}`;
      spikesOf(tally, run, trace);
      const values = (name: string, have: ArrayLike<number>): void => {
        const want = run.expected.get(name);
        if (want !== undefined) tally.values(`${where} ${name}`, rowOf(want, at, samples * ticks), have);
      };
      for (const [k, have] of trace.states.entries()) values(`${states[k]?.name}_next`, have);
      for (const [r, readout] of trained.readouts.entries()) {
        const array = row.logits?.[readout.name];
        if (array !== undefined) values(array, trace.logits[r] ?? []);
      }
      const tickClass = run.expected.get("tick_class");
      const best = trace.tickClass.at(-1);
      if (tickClass !== undefined && best !== undefined)
        tally.classes(`${where} class`, Number(tickClass.data[at]), best);
    },
    sample({ sample, classes }) {
      const said = classesOf(run, row);
      if (said === undefined) return;
      const want = run.expected.get(said);
      tally.classes(`sample ${sample} ${said}`, Number(want?.data[sample]), classes.at(-1));
    },
  };
  runReference(trained, run.stimulus, { burnIn: run.build.config.readout.burnIn }, observer);
  return tally.result();
}

/** The expected array of each sample's class: what the row names, else the counts of a network that ends in spikes. */
export const classesOf = (run: WildRun, row: Row): string | undefined =>
  row.classes ?? (run.expected.has("classes") ? "classes" : undefined);

/** What a comparison of a whole run must have counted: every spike of every layer that the file expects. */
export function spikesExpected({ build, stimulus, expected }: WildRun): number {
  const layers = build.compiled.trained.layers;
  const there = [...expected.keys()].filter((name) => /^layer\d+\.spikes$/.test(name));
  // An integrator's layer sends nothing.
  const silent = build.compiled.trained.readouts.filter(({ kind }) => kind === "potential").length;
  if (there.length !== layers.length - silent)
    throw new Error(`${layers.length} layers, expected ${there.length}`);
  return (
    stimulus.samples *
    stimulus.ticks *
    layers.slice(0, there.length).reduce((sum, layer) => sum + sizeOf(layer.sent), 0)
  );
}

function spikesOf(
  tally: ReturnType<typeof tallyOf>,
  run: WildRun,
  trace: Parameters<NonNullable<Observer["tick"]>>[0],
) {
  const { samples, ticks } = run.stimulus;
  const at = trace.sample * ticks + trace.tick;
  trace.spikes.forEach((have, l) => {
    const want = run.expected.get(`layer${l + 1}.spikes`);
    if (want === undefined) return;
    tally.spikes(
      `sample ${trace.sample} tick ${trace.tick} layer${l + 1}`,
      rowOf(want, at, samples * ticks),
      have,
    );
  });
}

/** The part of an array, (sample, tick, …), that one tick has. */
function rowOf({ data }: NpyArray, at: number, rows: number): ArrayLike<number | bigint> {
  const size = data.length / rows;
  return data.subarray(at * size, (at + 1) * size);
}

function tallyOf() {
  const counts = { spikes: 0, values: 0, classes: 0 };
  let differ = 0;
  const first: string[] = [];
  const held = (kind: keyof typeof counts, where: string, good: boolean, what: () => string): void => {
    counts[kind]++;
    if (good) return;
    if (kind === "spikes") differ++;
    if (first.length < 5) first.push(`${where}${what()}`);
  };
  type Row = ArrayLike<number | bigint>;
  const each =
    (kind: "spikes" | "values", same: (a: number, b: number) => boolean) =>
    (where: string, want: Row, have: ArrayLike<number>): void => {
      if (want.length !== have.length)
        throw new Error(`${where} has ${have.length} values, expected ${want.length}`);
      for (let i = 0; i < have.length; i++) {
        const [a, b] = [have[i] as number, Number(want[i])];
        held(kind, where, same(a, b), () => `[${i}]: ${a}, expected ${b}`);
      }
    };
  return {
    spikes: each("spikes", (a, b) => a === b),
    values: each("values", near),
    classes: (where: string, want: number, have: number | undefined): void =>
      held("classes", where, want === have, () => `: ${have}, expected ${want}`),
    result: (): Compared => ({ ...counts, differ, first }),
  };
}
