import type { Config } from "../config/schema.js";
import type { Stimulus } from "../data/stimulus.js";
import { invariant, type Result, success } from "../diagnostics/diagnostic.js";
import type { Progress } from "../host/progress.js";
import { type PerChannel, type SpikingLayer, type SpikingModel, sizeOf } from "../ir/spiking.js";
import { quantileIndex } from "../passes/formats/quantise-weights.js";
import { lowerModel } from "../pipeline.js";
import { type Recording, replay } from "./recording.js";
import { compareRuns, partOf, type ReferenceRun, type Run, runInIntegers, total } from "./runs.js";

/** Quantiles of a channel's magnitudes that are tried; the first of those that clip the same weights. */
const CANDIDATES = [1, 0.999, 0.998, 0.995, 0.99, 0.98, 0.95, 0.9, 0.85, 0.8, 0.7] as const;

/** A clip of a layer and what it was measured to do, the layer driven by the integer layers before it. */
export interface TriedClip {
  /** Quantile for all output channels, or one each. */
  readonly clip: PerChannel;
  /** Spikes of this layer that differ from the float64 network's. */
  readonly differ: number;
  /** Ticks with another class, over the readouts of the last layer. */
  readonly ticksDiffer: number;
}

/** What was tried for a layer, and what of it was chosen. */
export interface ChosenClip {
  readonly layer: string;
  /** Spikes and silences that were compared. */
  readonly spikes: number;
  /** One without a meaning where the layer's weights are quantised already. */
  readonly tried: readonly TriedClip[];
  readonly chosen: TriedClip;
}

/** What clips are measured on: a prepared network, its input, and what it does with that in doubles. */
export interface ClipData {
  readonly model: SpikingModel;
  readonly stimulus: Stimulus;
  readonly reference: ReferenceRun;
  readonly config: Config;
}

/**
 * Chooses where each layer's weights are clipped, layer by layer: every candidate is compiled and run on what the layers
 * before it, chosen already, send. Output channels don't influence one another, so each takes the candidate with the
 * fewest spikes that differ; the last layer, whose spikes only its readouts follow, takes what changes the fewest of
 * their classes.
 */
export async function chooseClips(
  data: ClipData,
  progress: Progress,
): Promise<Result<readonly ChosenClip[]>> {
  const found: ChosenClip[] = [];
  let input = data.stimulus;
  for (const layer of data.model.layers) {
    const chosen = await chooseClip(layer, input, data, progress);
    if (!chosen.ok) return chosen;
    found.push(chosen.value.clip);
    input = replay(chosen.value.sent);
  }
  return success(found);
}

async function chooseClip(
  layer: SpikingLayer,
  input: Stimulus,
  data: ClipData,
  progress: Progress,
): Promise<Result<{ readonly clip: ChosenClip; readonly sent: Recording }>> {
  const candidates = candidatesOf(layer);
  progress.start(`clips of ${layer.name}`, (candidates.length + 1) * input.samples);
  const trials: Measured[] = [];
  let clip: PerChannel | undefined = candidates.slice(0, 1);
  let best: Trial | undefined;
  while (clip !== undefined) {
    const before = trials.length * input.samples;
    const trial: Result<Trial> = await tryClip(clip, layer, input, data, (n) => progress.step(before + n));
    if (!trial.ok) return trial;
    const { tried, channels } = trial.value;
    trials.push({ tried, channels });
    if (best === undefined || isBetter(tried, best.tried)) best = trial.value;
    const next = candidates[trials.length];
    if (next !== undefined) clip = [next];
    else clip = trials.length === candidates.length ? bestOfChannels(trials) : undefined;
  }
  progress.end();
  invariant(best !== undefined, "no clip to try");
  const spikes = input.samples * input.ticks * sizeOf(layer.sent);
  const tried = trials.map((t) => t.tried);
  return success({ clip: { layer: layer.name, spikes, tried, chosen: best.tried }, sent: best.sent });
}

interface Measured {
  readonly tried: TriedClip;
  /** Per output channel: spikes that differ. */
  readonly channels: readonly number[];
}

interface Trial extends Measured {
  readonly sent: Recording;
}

/** Compiles one layer with a clip and runs it; the last layer with its readouts. */
async function tryClip(
  clip: PerChannel,
  layer: SpikingLayer,
  input: Stimulus,
  { model, reference, config }: ClipData,
  onSample: (done: number) => void,
): Promise<Result<Trial>> {
  const isLast = layer === model.layers.at(-1);
  const readouts = model.readouts.filter((r) => isLast && r.layer === layer.name);
  const alone = { ...model, input: layer.input, layers: [layer], readouts };
  const calibration = { states: reference.ranges, clips: new Map([[layer.name, { quantiles: clip }]]) };
  const fixed = lowerModel(alone, { config, calibration });
  if (!fixed.ok) return fixed;
  const run = await runInIntegers(fixed.value, input, { burnIn: 0, onSample });
  if (!run.ok) return run;
  const { spikes, ticks } = compareRuns(partOf(reference, model, alone), run.value);
  const channels = spikes[0] as readonly number[];
  const tried = { clip, differ: total(channels), ticksDiffer: total(ticks) };
  return success({ tried, channels, sent: run.value.spikes[0] as Run["spikes"][number] });
}

/** Fewer classes that differ; of as many, fewer spikes. */
const isBetter = (a: TriedClip, b: TriedClip): boolean =>
  a.ticksDiffer !== b.ticksDiffer ? a.ticksDiffer < b.ticksDiffer : a.differ < b.differ;

/** Quantiles that clip this layer's weights at different places; any one where they are integers. */
function candidatesOf({ synapse, input }: SpikingLayer): readonly number[] {
  if (synapse.weights.kind !== "real") return [1];
  const columns = input.channels * synapse.kernel[0] * synapse.kernel[1];
  const places = CANDIDATES.map((quantile) => quantileIndex(quantile, columns));
  return CANDIDATES.filter((_, i) => places.indexOf(places[i] as number) === i);
}

/** Per output channel the clip with the fewest spikes that differ; of several, the one that clips least. None if all agree. */
function bestOfChannels(trials: readonly Measured[]): PerChannel | undefined {
  const channels = trials[0]?.channels ?? [];
  const own = channels.map((_, c) => {
    const differ = trials.map((t) => t.channels[c] as number);
    return trials[differ.indexOf(Math.min(...differ))]?.tried.clip[0] as number;
  });
  return own.some((clip) => clip !== own[0]) ? own : undefined;
}
