import { join } from "node:path";
import { expect } from "vitest";
import { compileSource } from "../../../src/artifact/source.js";
import { fillDefaults } from "../../../src/config/defaults.js";
import type { ConfigFile } from "../../../src/config/schema.js";
import type { NpyArray } from "../../../src/data/npy.js";
import { readNpz } from "../../../src/data/npz.js";
import { readStimulus, type Stimulus } from "../../../src/data/stimulus.js";
import { importCheckpoint } from "../../../src/frontends/checkpoint.js";
import { readBytes, readText } from "../../../src/host/files.js";
import type { FixedModel } from "../../../src/ir/fixed.js";
import type { SpikingModel } from "../../../src/ir/spiking.js";
import { runGolden } from "../../../src/simulators/golden.js";
import { runReference } from "../../../src/simulators/reference.js";
import type { Observer, SampleTrace, TickTrace } from "../../../src/simulators/trace.js";
import { runWasm } from "../../../src/simulators/wasm/run.js";
import { must } from "../cosim/build.js";

export const wild = "../shared/data/wild";

/** A file of an exporter, how it is compiled, and what of its expected values is compared. */
export interface Row {
  readonly file: string;
  readonly config?: ConfigFile;
  /** Readout → the array of its logits, and how far a run in double may be from float32's. */
  readonly logits?: Readonly<Record<string, string>>;
  /** The array that each sample's class is held against. */
  readonly classes?: string;
  /** Spikes of all layers that 8-bit weights and 24-bit states may change, where the file has float weights. */
  readonly mostDiffer: number;
}

/** The row's name: its file without an ending. */
export const nameOf = ({ file }: Row): string => file.replace(/\.(onnx|tar)$/, "");

/** One run's spikes as (sample, tick, ...) of each layer, logits of each tick, classes. */
function recorded(run: (observer: Observer) => void) {
  const spikes: number[][] = [];
  const logits: number[][] = [];
  const classes: (readonly number[])[] = [];
  const tick = (t: TickTrace): void => {
    t.spikes.forEach((map, l) => {
      spikes[l] ??= [];
      for (let i = 0; i < map.length; i++) spikes[l].push(map[i] as number);
    });
    t.logits.forEach((row, r) => {
      logits[r] ??= [];
      for (let i = 0; i < row.length; i++) logits[r].push(row[i] as number);
    });
  };
  run({ tick, sample: (s: SampleTrace) => classes.push(s.classes) });
  return { spikes, logits, classes };
}

/** What a row's files hold: network as its front end reads it, input, expected arrays. */
export function readRow(row: Row) {
  const checkpoint = join(wild, row.file);
  const config = fillDefaults({ readouts: "all", ...row.config });
  const file = checkpoint;
  const companion =
    config.network === undefined ? undefined : { file: config.network, text: must(readText(config.network)) };
  const { model } = must(importCheckpoint({ file, bytes: must(readBytes(checkpoint, 2 ** 27)), companion }));
  const expected = must(readNpz(join(wild, `${nameOf(row)}.expected.npz`)));
  const stimulus = must(readStimulus(join(wild, `${nameOf(row)}.input.npy`), model.input));
  return { checkpoint, config, model, expected, stimulus };
}

const arrayOf = (arrays: ReadonlyMap<string, NpyArray>, name: string): readonly number[] => {
  const found = arrays.get(name);
  if (found === undefined) throw new Error(`no array '${name}' among ${[...arrays.keys()].join(", ")}`);
  return Array.from(found.data as ArrayLike<number>, Number);
};

const countOfDifferences = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((count, x, i) => count + (x === b[i] ? 0 : 1), 0);

/** The reference simulator gives what the exporter's framework gives: every spike, logits to float32's precision. */
export function referenceEqualsExpected(
  row: Row,
  model: SpikingModel,
  stimulus: Stimulus,
  expected: ReadonlyMap<string, NpyArray>,
): void {
  const found = recorded((observer) => runReference(model, stimulus, { burnIn: 0 }, observer));
  model.layers.forEach(({ name }, l) => {
    const want = arrayOf(expected, `layer${l + 1}.spikes`);
    expect(found.spikes[l]).toHaveLength(want.length);
    expect([name, countOfDifferences(found.spikes[l] as number[], want)]).toEqual([name, 0]);
    expect(want.some((spike) => spike === 1)).toBe(true);
  });
  for (const [readout, array] of Object.entries(row.logits ?? {})) {
    const r = model.readouts.findIndex(({ name }) => name === readout);
    const want = arrayOf(expected, array);
    const have = found.logits[r] as number[];
    expect(have).toHaveLength(want.length);
    const worst = Math.max(
      ...have.map((x, i) => Math.abs(x - (want[i] as number)) / Math.max(1, Math.abs(want[i] as number))),
    );
    expect([readout, worst < 1e-4]).toEqual([readout, true]);
  }
}

/** golden and wasm agree on every spike, logit and class; gives how many spikes differ from the expected ones. */
export function simulatorsAgree(
  fixed: FixedModel,
  stimulus: Stimulus,
  expected: ReadonlyMap<string, NpyArray>,
): { readonly spikes: number; readonly differ: number; readonly classes: readonly (readonly number[])[] } {
  const options = { burnIn: 0 };
  const golden = recorded((observer) => runGolden(fixed, stimulus, options, observer));
  const wasm = recorded((observer) => void must(runWasm(fixed, stimulus, options, observer)));
  expect(wasm).toEqual(golden);
  const each = fixed.layers.map((_, l) => {
    const want = arrayOf(expected, `layer${l + 1}.spikes`);
    return [want.length, countOfDifferences(golden.spikes[l] as number[], want)] as const;
  });
  const sum = (k: 0 | 1): number => each.reduce((total, counts) => total + counts[k], 0);
  return { spikes: sum(0), differ: sum(1), classes: golden.classes };
}

/** The whole row: reference against the exporter's framework, the integers against each other and against it. */
export function checkRow(row: Row): string {
  const { checkpoint, config, model, expected, stimulus } = readRow(row);
  referenceEqualsExpected(row, model, stimulus, expected);
  const { compiled } = must(compileSource({ checkpoint, config }));
  const { spikes, differ, classes } = simulatorsAgree(compiled.fixed, stimulus, expected);
  expect(differ).toBeLessThanOrEqual(row.mostDiffer);
  if (row.classes !== undefined) {
    const want = arrayOf(expected, row.classes);
    expect(classes.map(([first]) => first)).toEqual(want);
  }
  return `${nameOf(row)}: ${differ} of ${spikes} spikes differ by rounding`;
}
