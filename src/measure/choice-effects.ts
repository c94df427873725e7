import type { Stimulus } from "../data/stimulus.js";
import { assertNever } from "../diagnostics/diagnostic.js";
import { type SpikingLayer, sizeOf } from "../ir/spiking.js";
import { type Choice, diagnosticOf } from "../passes/choice.js";
import { type CalibratedBits, type Calibration, noCalibration } from "../passes/formats/calibration.js";
import { type Compiled, lowerModel, type Settings } from "../pipeline.js";
import type { ClipData } from "./choose-clips.js";
import { replay } from "./recording.js";
import { compareRuns, type Run, runInDoubles, runInIntegers, total } from "./runs.js";

/**
 * What single choices do to a layer that gets the float64 network's own spikes, in spikes that differ. Undefined where
 * values are too wide to measure it.
 */
export interface ChoiceEffect {
  readonly layer: string;
  /** Spikes and silences that were compared. */
  readonly spikes: number;
  /** The weights' bits and clips, states and decays so fine that they don't count: against float64. */
  readonly weights: number | undefined;
  /** The states' bits and ranges: against such fine ones. */
  readonly states: number | undefined;
  /** The decays' bits: against such fine ones. */
  readonly coefficients: number | undefined;
}

/** Every choice that the compiler made for what the checkpoint leaves open, and what they do. */
export interface ChoiceReport {
  readonly made: readonly { readonly code: string; readonly text: string }[];
  /** Ticks of a made-up input that `effects` were measured on. */
  readonly ticks: number;
  readonly effects: readonly (ChoiceEffect & {
    /** Gains and traces that moved, in float64: against the network as it was trained. */
    readonly moved: number;
  })[];
  /** What `calibrate` measured on its data, as the calibration says it; null without one. */
  readonly calibration: unknown;
}

/** Whether a choice changes numbers of the network that was trained, rather than how it is computed. */
export function changesNumbers(choice: Choice): boolean {
  switch (choice.kind) {
    case "traces":
      return choice.commutation.kind === "moved";
    case "gains":
    case "weights":
    case "state-format":
    case "activation":
      return true;
    case "readout":
    case "dense-engine":
      return false;
    default:
      return assertNever(choice);
  }
}

/** Measures what a compilation chose. */
export async function reportChoices(
  { trained, prepared, choices }: Pick<Compiled, "trained" | "prepared" | "choices">,
  { config, calibration = noCalibration }: Settings,
  stimulus: Stimulus,
): Promise<ChoiceReport> {
  const [before, reference] = [
    await runInDoubles(trained, stimulus, { burnIn: 0 }),
    await runInDoubles(prepared, stimulus, { burnIn: 0 }),
  ];
  const moved = compareRuns(before, reference).spikes;
  const effects = await measureChoices({ model: prepared, stimulus, reference, config }, calibration);
  return {
    made: choices
      .filter(changesNumbers)
      .map(diagnosticOf)
      .map(({ code, text }) => ({ code, text })),
    ticks: stimulus.ticks,
    effects: effects.map((effect, l) => ({ ...effect, moved: total(moved[l]) })),
    calibration: calibration.measured ?? null,
  };
}

/** Widths whose products still fit the fast simulator. */
const FINE = { stateBits: 30, coefficientBits: 28 } as const;

/** Measures the choices that `calibration` and the configuration make, one by one, layer by layer. */
export async function measureChoices(
  data: ClipData,
  calibration: Calibration,
  onLayer: (done: number) => void = () => {},
): Promise<readonly ChoiceEffect[]> {
  const { model, stimulus, reference, config } = data;
  const effects: ChoiceEffect[] = [];
  for (const [l, layer] of model.layers.entries()) {
    const run = (bits: Partial<CalibratedBits>) =>
      runAlone(layer, l, data, { ...FINE, ...bits }, calibration);
    const doubles = { spikes: reference.spikes.slice(l, l + 1), tickClass: [], classes: [] };
    const fine = await run({});
    effects.push({
      layer: layer.name,
      spikes: stimulus.samples * stimulus.ticks * sizeOf(layer.sent),
      weights: differing(doubles, fine),
      states: differing(fine, await run({ stateBits: config.stateBits })),
      coefficients: differing(fine, await run({ coefficientBits: config.coefficientBits })),
    });
    onLayer(l + 1);
  }
  return effects;
}

/** One layer on what the layer before it sends in float64. */
async function runAlone(
  layer: SpikingLayer,
  index: number,
  { model, stimulus, reference, config }: ClipData,
  bits: Partial<CalibratedBits>,
  calibration: Calibration,
): Promise<Run | undefined> {
  const alone = { ...model, input: layer.input, layers: [layer], readouts: [] };
  const fixed = lowerModel(alone, { config: { ...config, ...bits }, calibration });
  if (!fixed.ok) return undefined;
  const before = reference.spikes[index - 1];
  const run = await runInIntegers(fixed.value, before === undefined ? stimulus : replay(before), {
    burnIn: 0,
  });
  return run.ok ? run.value : undefined;
}

const differing = (a: Run | undefined, b: Run | undefined): number | undefined =>
  a && b && total(compareRuns(a, b).spikes[0]);
