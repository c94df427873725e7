import { openBuild } from "../artifact/manifest.js";
import { refusedBurnIn, wholeBurnIn } from "../data/burn-in.js";
import { type NpyHead, printShape, readNpy } from "../data/npy.js";
import { readStimulus } from "../data/stimulus.js";
import { diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { FixedModel } from "../ir/fixed.js";
import { sizeOf } from "../ir/spiking.js";
import type { FrameResult } from "../simulators/wasm/frame.js";
import { runParallel } from "../simulators/wasm/pool.js";
import { compileWasm } from "../simulators/wasm/run.js";

/** A build, and frames whose classes are known. */
export interface EvaluateRequest {
  readonly build: string;
  /** Input spikes, in any form that `simulate` takes. */
  readonly cells: string;
  /** (sample), integers. */
  readonly labels: string;
  /** (sample): signal-to-noise ratio, or any number to group by. */
  readonly snr?: string;
  /** What another program says: (sample) classes, or (sample, class) votes; of the last readout. */
  readonly classes?: string;
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  /** The build's own where nothing is said. */
  readonly burnIn?: number;
  readonly threads?: number;
  /** Runs a build whose emitted files were edited too. */
  readonly allowEdited?: boolean;
  readonly progress?: Progress;
}

/** How many of some samples were right. */
export interface Accuracy {
  readonly samples: number;
  readonly correct: number;
  readonly accuracy: number;
}

/** What one readout achieved. */
export interface ReadoutAccuracy extends Accuracy {
  readonly name: string;
  readonly layer: string;
  /** By ascending signal-to-noise ratio; empty without one. */
  readonly bySnr: readonly (Accuracy & { readonly snr: number })[];
  /** By label, by class: samples. */
  readonly confusion: readonly (readonly number[])[];
}

/** How far the last readout agrees with what another program says. */
export interface Agreement {
  readonly samples: number;
  readonly sameClass: number;
  /** Samples whose votes are all equal; absent where classes alone were given. */
  readonly sameVotes?: number;
}

/** One sample. */
export interface EvaluatedSample {
  readonly label: number;
  readonly snr?: number;
  /** Per readout. */
  readonly classes: readonly number[];
  readonly votes: readonly (readonly number[])[];
}

/** What `evaluate` says. */
export interface EvaluateReport {
  readonly build: string;
  readonly samples: number;
  readonly ticks: number;
  /** How the axes of the input were read. */
  readonly layout?: string | undefined;
  readonly burnIn: number;
  readonly readouts: readonly ReadoutAccuracy[];
  /** Share of a layer's places that spike in a tick, as the layer sends them. */
  readonly spikeRates: readonly { readonly layer: string; readonly rate: number }[];
  readonly agreement?: Agreement;
  readonly seconds: number;
  readonly perSample: readonly EvaluatedSample[];
}

/** Runs a build on labelled frames in the fast simulator, several frames at once. */
export async function evaluate(request: EvaluateRequest): Promise<Result<EvaluateReport>> {
  const build = openBuild(request.build, request);
  if (!build.ok) return build;
  const { compiled, config } = build.value;
  const burnIn = request.burnIn ?? config.readout.burnIn;
  const { frameTicks } = config.simulation;
  const report = await evaluateModel(compiled.fixed, { ...request, burnIn, frameTicks });
  return report.ok ? success(report.value, [...build.diagnostics, ...report.diagnostics]) : report;
}

/** Runs a network on labelled frames; `burnIn` is given. */
export async function evaluateModel(
  fixed: FixedModel,
  request: EvaluateRequest & { readonly burnIn: number; readonly frameTicks?: number | undefined },
): Promise<Result<EvaluateReport>> {
  const { burnIn } = request;
  const refused = refusedBurnIn(burnIn, { name: "--burn-in" });
  if (refused.length > 0) return failure(...refused);
  const stimulus = readStimulus(request.cells, fixed.input, request);
  if (!stimulus.ok) return stimulus;
  const { samples, ticks } = stimulus.value;
  const last = fixed.readouts.at(-1);
  if (last === undefined)
    return failure(diagnostic("evaluate-no-readout", { file: request.build }, { name: fixed.name }));
  const labels = readColumn(request.labels, "labels", samples, last.classes);
  if (!labels.ok) return labels;
  const snr = request.snr === undefined ? undefined : readColumn(request.snr, "snr", samples);
  if (snr !== undefined && !snr.ok) return snr;
  const asked = request.samples !== undefined;
  const left = asked ? [] : [...labels.diagnostics, ...(snr?.diagnostics ?? [])];
  const other = request.classes === undefined ? undefined : readOther(request.classes, samples, last.classes);
  if (other !== undefined && !other.ok) return other;
  const network = compileWasm(fixed);
  if (!network.ok) return network;

  const progress = request.progress ?? noProgress;
  progress.start("frames", samples);
  const begin = performance.now();
  const frames = await runParallel(network.value, stimulus.value, {
    burnIn,
    ...(request.threads === undefined ? {} : { threads: request.threads }),
    onSample: (done) => progress.step(done),
  });
  const seconds = (performance.now() - begin) / 1000;
  progress.end();

  const readouts = fixed.readouts.map(({ name, layer, classes }, r) => {
    const found = frames.map((frame) => frame.classes[r] as number);
    return { name, layer, ...score(labels.value, found, snr?.value, classes) };
  });
  const spikeRates = fixed.layers.map((layer, l) => ({
    layer: layer.name,
    rate:
      frames.reduce((n, frame) => n + (frame.spikeCounts[l] as number), 0) /
      (samples * ticks * sizeOf(layer.sent)),
  }));
  const perSample = frames.map(({ classes, votes }, s) => ({
    label: labels.value[s] as number,
    ...(snr === undefined ? {} : { snr: snr.value[s] as number }),
    classes,
    votes,
  }));
  const agreement = other === undefined ? {} : { agreement: agreementOf(frames, other.value) };
  const { build } = request;
  const { layout } = stimulus.value;
  const report = {
    build,
    samples,
    ticks,
    layout,
    burnIn,
    readouts,
    spikeRates,
    ...agreement,
    seconds,
    perSample,
  };
  const said = wholeBurnIn(fixed.readouts, burnIn, ticks, { file: request.cells });
  return success(report, [...stimulus.diagnostics, ...left, ...said]);
}

/** Accuracy of `found` against `labels`, of all samples, by SNR and by class. */
function score(
  labels: readonly number[],
  found: readonly number[],
  snr: readonly number[] | undefined,
  classes: number,
): Omit<ReadoutAccuracy, "name" | "layer"> {
  const accuracyOf = (indices: readonly number[]): Accuracy => {
    const correct = indices.filter((s) => found[s] === labels[s]).length;
    return { samples: indices.length, correct, accuracy: correct / indices.length };
  };
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  labels.forEach((label, s) => {
    const row = confusion[label] as number[];
    row[found[s] as number] = (row[found[s] as number] as number) + 1;
  });
  const all = labels.map((_, s) => s);
  const levels = [...new Set(snr ?? [])].sort((a, b) => a - b);
  const bySnr = levels.map((level) => ({ snr: level, ...accuracyOf(all.filter((s) => snr?.[s] === level)) }));
  return { ...accuracyOf(all), bySnr, confusion };
}

/** What another program says of each sample. */
type Other = readonly { readonly class: number; readonly votes?: readonly number[] }[];

function agreementOf(frames: readonly FrameResult[], other: Other): Agreement {
  const sameClass = frames.filter((frame, s) => frame.classes.at(-1) === other[s]?.class).length;
  const counts = { samples: frames.length, sameClass };
  if (other[0]?.votes === undefined) return counts;
  const sameVotes = frames.filter(
    (frame, s) => frame.votes.at(-1)?.every((n, c) => n === other[s]?.votes?.[c]) === true,
  ).length;
  return { ...counts, sameVotes };
}

/** The first `samples` numbers of a one-dimensional array, with a warning of more; labels are integers from 0 to classes − 1. */
function readColumn(
  path: string,
  what: "labels" | "snr",
  samples: number,
  classes?: number,
): Result<readonly number[]> {
  let have = samples;
  const array = readNpy(path, (head) => {
    if (head.shape.length !== 1 || (head.shape[0] as number) < samples)
      return failure(misshapen(path, what, head, `(sample) of at least ${samples}`));
    have = head.shape[0] as number;
    return success(samples);
  });
  if (!array.ok) return array;
  const values = Array.from(array.value.data as ArrayLike<number | bigint>, Number);
  const wrong = values.findIndex(
    (v) => classes !== undefined && !(Number.isInteger(v) && v >= 0 && v < classes),
  );
  if (wrong >= 0) {
    const [value, last] = [values[wrong] as number, (classes as number) - 1];
    return failure(diagnostic("label-range", { file: path }, { value, sample: wrong, last }));
  }
  const unknown = values.findIndex((v) => !Number.isFinite(v));
  if (unknown >= 0)
    return failure(
      diagnostic("snr-value", { file: path }, { value: values[unknown] as number, sample: unknown }),
    );
  const holes = { what, have, samples, left: have - samples };
  return success(values, have === samples ? [] : [diagnostic("labels-left", { file: path }, holes)]);
}

/** Classes, or votes whose largest (the first of equal ones) is the class. */
function readOther(path: string, samples: number, classes: number): Result<Other> {
  const need = `(sample), or (sample, class) of ${classes} classes, of at least ${samples} samples`;
  const array = readNpy(path, (head) => {
    const [rows = 0, columns = classes, ...more] = head.shape;
    const fits = rows >= samples && columns === classes && more.length === 0;
    return fits ? success(samples) : failure(misshapen(path, "classes", head, need));
  });
  if (!array.ok) return array;
  const isVotes = array.value.shape.length === 2;
  const values = Array.from(array.value.data as ArrayLike<number | bigint>, Number);
  return success(
    Array.from({ length: samples }, (_, s) => {
      if (!isVotes) return { class: values[s] as number };
      const votes = values.slice(s * classes, (s + 1) * classes);
      return { class: votes.indexOf(Math.max(...votes)), votes };
    }),
  );
}

const misshapen = (file: string, what: string, array: NpyHead, need: string) =>
  diagnostic("evaluate-array", { file }, { what, have: printShape(array.shape), need });
