import { existsSync } from "node:fs";
import { readSource, type Source, type SourceRequest } from "../artifact/source.js";
import type { BuildConfig } from "../config/schema.js";
import { readStimulus, type Stimulus } from "../data/stimulus.js";
import { type Diagnostic, diagnostic, failure, type Result, success } from "../diagnostics/diagnostic.js";
import { readText, writeText } from "../host/files.js";
import { checkApart } from "../host/outputs.js";
import { sha256 } from "../host/ownership.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { PerChannel, SpikingModel } from "../ir/spiking.js";
import { type ChoiceEffect, measureChoices } from "../measure/choice-effects.js";
import { type ChosenClip, chooseClips } from "../measure/choose-clips.js";
import {
  type Agreement,
  compareRuns,
  type ReferenceRun,
  runInDoubles,
  runInIntegers,
  total,
} from "../measure/runs.js";
import type { CalibratedBits, Calibration } from "../passes/formats/calibration.js";
import { isOpen, statesWithoutFormat } from "../passes/formats/open.js";
import { lowerModel, prepareModel } from "../pipeline.js";

/** A float checkpoint, spikes to measure it on, and the file that takes what was measured. */
export interface CalibrateRequest extends SourceRequest {
  /** Input spikes, in any form that `simulate` takes; not those that accuracy is measured on. */
  readonly input: string;
  readonly output: string;
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  readonly progress?: Progress;
}

/** A layer as it was calibrated. */
export interface CalibratedLayer extends ChoiceEffect {
  /** The chosen quantile, for all output channels or one each; absent where the weights are quantised already. */
  readonly clip?: number | PerChannel;
  /** Spikes that differ in the end, the whole network in integers. */
  readonly differ: number;
  /** What the single quantiles did: spikes that differ, and ticks with another class in the last layer. */
  readonly tried: readonly { readonly clip: number; readonly differ: number; readonly ticksDiffer: number }[];
}

/** What `calibrate` measured and chose. */
export interface CalibrateReport {
  readonly output: string;
  readonly samples: number;
  readonly ticks: number;
  /** How the axes of the input were read. */
  readonly layout?: string | undefined;
  readonly burnIn: number;
  readonly bits: CalibratedBits;
  readonly states: readonly { readonly state: string; readonly min: number; readonly max: number }[];
  readonly layers: readonly CalibratedLayer[];
  /** Ticks and samples whose class isn't the float64 network's. */
  readonly readouts: readonly {
    readonly readout: string;
    readonly ticksDiffer: number;
    readonly samplesDiffer: number;
  }[];
  readonly seconds: number;
}

/**
 * Measures a float checkpoint on data: every state's range in float64, then where weights are clipped so that the
 * integers agree best with it. Writes both as a calibration, which `compile --calibration` reads.
 */
export async function calibrate(request: CalibrateRequest): Promise<Result<CalibrateReport>> {
  const refusal = checkApart(request.output, [request.checkpoint, request.input]) ?? notOurs(request.output);
  if (refusal !== undefined) return failure(refusal);
  const loaded = load(request);
  if (!loaded.ok) return loaded;
  const { model, settings } = loaded.value;
  const { frameTicks } = settings.config.simulation;
  const stimulus = readStimulus(request.input, model.input, { ...request, frameTicks });
  if (!stimulus.ok) return stimulus;
  const begin = performance.now();
  const measured = await measure(model, stimulus.value, settings.config, request.progress ?? noProgress);
  if (!measured.ok) return measured;
  const seconds = (performance.now() - begin) / 1000;
  const written = writeText(request.output, calibrationText(measured.value));
  if (!written.ok) return written;
  const { layout } = stimulus.value;
  const said = [...loaded.diagnostics, ...stimulus.diagnostics];
  return success({ output: request.output, ...measured.value, layout, seconds }, said);
}

/** The checkpoint as formats are chosen for it; one that has them all is refused. */
function load({
  checkpoint,
  config,
  locate,
  written,
}: CalibrateRequest): Result<Omit<Source, "files" | "burnIn">> {
  // `config.calibration` is what will be written.
  const source = readSource({
    checkpoint,
    config: { ...config, calibration: undefined },
    locate,
    written,
  });
  if (!source.ok) return source;
  const { settings } = source.value;
  const prepared = prepareModel(source.value.model, settings);
  const said = [...source.diagnostics, ...prepared.diagnostics];
  if (!prepared.ok) return failure(...said);
  const lowered = lowerModel(prepared.value, { ...settings, calibration: assumed(prepared.value) });
  if (!lowered.ok) return failure(...lowered.diagnostics.filter((d) => d.severity === "error"));
  const name = prepared.value.name;
  if (!isOpen(prepared.value))
    return failure(diagnostic("calibrate-nothing", { file: checkpoint }, { name }));
  return success({ model: prepared.value, settings }, said);
}

/** Any range for every state: shows before anything is measured what no calibration mends. */
const assumed = (model: SpikingModel): Calibration => ({
  states: new Map(statesWithoutFormat(model).map(({ name }) => [name, { min: -1, max: 1 }])),
  clips: new Map(),
});

type Measured = Omit<CalibrateReport, "output" | "seconds">;

/** Runs the network in float64, chooses, and measures what was chosen. */
export async function measure(
  model: SpikingModel,
  stimulus: Stimulus,
  config: BuildConfig,
  progress: Progress,
): Promise<Result<Measured>> {
  const { samples, ticks } = stimulus;
  const { burnIn } = config.readout;
  const manner = { burnIn, onSample: (done: number) => progress.step(done) };
  progress.start("float64", samples);
  const reference = await runInDoubles(model, stimulus, manner);
  progress.end();
  const data = { model, stimulus, reference, config };
  const chosen = await chooseClips(data, progress);
  if (!chosen.ok) return chosen;

  const calibration = calibrationOf(model, reference, chosen.value);
  const fixed = lowerModel(model, { config, calibration });
  if (!fixed.ok) return fixed;
  progress.start("integers", samples);
  const run = await runInIntegers(fixed.value, stimulus, manner);
  if (!run.ok) return run;
  progress.end();
  progress.start("choices one by one", model.layers.length);
  const effects = await measureChoices(data, calibration, (done) => progress.step(done));
  progress.end();

  const agreement = compareRuns(reference, run.value);
  const { weightBits, stateBits, coefficientBits } = config;
  return success({
    samples,
    ticks,
    burnIn,
    bits: { weightBits, stateBits, coefficientBits },
    states: [...reference.ranges].map(([state, range]) => ({ state, ...range })),
    layers: layersOf(model, chosen.value, effects, agreement),
    readouts: model.readouts.map(({ name }, r) => ({
      readout: name,
      ticksDiffer: agreement.ticks[r] as number,
      samplesDiffer: agreement.samples[r] as number,
    })),
  });
}

function layersOf(
  model: SpikingModel,
  chosen: readonly ChosenClip[],
  effects: readonly ChoiceEffect[],
  agreement: Agreement,
): readonly CalibratedLayer[] {
  return model.layers.map((layer, l) => {
    const { tried, chosen: best } = chosen[l] as ChosenClip;
    const real = layer.synapse.weights.kind === "real";
    return {
      ...(effects[l] as ChoiceEffect),
      ...(real ? { clip: best.clip.length === 1 ? (best.clip[0] as number) : best.clip } : {}),
      differ: total(agreement.spikes[l]),
      tried: tried
        .filter((t) => real && t.clip.length === 1)
        .map(({ clip, ...did }) => ({ clip: clip[0] as number, ...did })),
    };
  });
}

/** Ranges of all states, and clips where weights are still real. */
function calibrationOf(
  model: SpikingModel,
  reference: ReferenceRun,
  chosen: readonly ChosenClip[],
): Calibration {
  const real = new Set(model.layers.filter((l) => l.synapse.weights.kind === "real").map((l) => l.name));
  const clips = chosen.filter(({ layer }) => real.has(layer));
  return {
    states: reference.ranges,
    clips: new Map(clips.map(({ layer, chosen: { clip } }) => [layer, { quantiles: clip }])),
  };
}

/** The calibration file: what `parseCalibration` reads. */
export function calibrationText({ states, layers, bits, ...measured }: Measured): string {
  const file = {
    version: 1,
    states: Object.fromEntries(states.map(({ state, min, max }) => [state, { min, max }])),
    clips: Object.fromEntries(
      layers.flatMap(({ layer, clip }) => (clip === undefined ? [] : [[layer, clip]])),
    ),
    bits,
    measured: { ...measured, layers },
  };
  // Lists of numbers on a line each.
  const text = JSON.stringify(file, null, 2).replace(/\[[\d.,\s]+\]/g, (list) => list.replace(/\s+/g, " "));
  return signed(text);
}

/** A calibration with its last key: the hash of the text without it. */
const signed = (text: string): string => `${text.slice(0, -2)},\n  "sha256": "${sha256(text)}"\n}\n`;

/** A file that is there isn't written over, unless it is a calibration as spikec wrote it. */
function notOurs(path: string): Diagnostic | undefined {
  if (!existsSync(path)) return undefined;
  const text = readText(path);
  if (!text.ok) return diagnostic("calibration-not-ours", { file: path }, { path });
  const unsigned = text.value.replace(/,\n {2}"sha256": "[0-9a-f]{64}"\n}\n$/, "\n}");
  if (text.value === signed(unsigned)) return undefined;
  return diagnostic("calibration-not-ours", { file: path }, { path });
}
