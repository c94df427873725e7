import type { Config } from "./config/schema.js";
import {
  catching,
  type Diagnostic,
  DiagnosticError,
  type Result,
  success,
} from "./diagnostics/diagnostic.js";
import type { Design } from "./ir/design.js";
import type { FixedModel } from "./ir/fixed.js";
import type { SpikingModel } from "./ir/spiking.js";
import { boundRanges } from "./passes/bound-ranges.js";
import type { Calibration } from "./passes/calibration.js";
import { checkDesign } from "./passes/check-design.js";
import { checkFixed } from "./passes/check-fixed.js";
import { checkShapes } from "./passes/check-shapes.js";
import { chooseFormats } from "./passes/choose-formats.js";
import { lowerToFixed } from "./passes/lower-to-fixed.js";
import { mapStages } from "./passes/map-stages.js";
import type { Pass, PassResult } from "./passes/pass.js";
import { selectReadouts } from "./passes/select-readouts.js";

/** A network in its three forms. */
export interface Compiled {
  /** As the front end read it: what the reference simulator runs. `spiking` has a format for everything. */
  readonly trained: SpikingModel;
  readonly spiking: SpikingModel;
  readonly fixed: FixedModel;
  readonly design: Design;
}

/** Multipliers that `auto` deals out over the layers: an eighth of what both devices have. */
const MULTIPLIER_BUDGET = 512;

/** What passes take their options from. */
export interface Settings {
  readonly config: Config;
  /** Measured ranges of states (`--calibration`). */
  readonly calibration: Calibration | undefined;
}

/** A pass with its options taken from the settings. */
type Step<In, Out> = (input: In, settings: Settings) => PassResult<Out>;

const step =
  <In, Out, Options>(pass: Pass<In, Out, Options>, options: (settings: Settings) => Options): Step<In, Out> =>
  (input, settings) =>
    pass.run(input, options(settings));

/** What is compiled at all, in order. */
const trainedPasses: readonly Step<SpikingModel, SpikingModel>[] = [
  // First: everything behind it relies on shapes that fit.
  step(checkShapes, () => undefined),
  // Before any work on readouts that nobody asked for.
  step(selectReadouts, ({ config }) => ({ readouts: config.readouts, vote: config.readout.vote })),
];

/** On real numbers, in order. */
const spikingPasses: readonly Step<SpikingModel, SpikingModel>[] = [
  // Quantises whatever the checkpoint left real; nothing behind it meets a real number without a format.
  step(chooseFormats, ({ config, calibration }) => ({
    weightBits: config.weightBits,
    stateBits: config.stateBits,
    ...(calibration === undefined ? {} : { calibration }),
  })),
];

/** From real numbers to integers. */
const lowering = step(lowerToFixed, ({ config }) => ({ coefficientBits: config.coefficientBits }));

/** On integers, in order. */
const fixedPasses: readonly Step<FixedModel, FixedModel>[] = [
  // Widths of everything that is built follow from these intervals.
  step(boundRanges, () => undefined),
  // What the simulators and the mapping rely on: a broken invariant is found here, by name.
  step(checkFixed, () => undefined),
];

/** From integers to stages. */
const mapping = step(mapStages, ({ config }) => ({
  ...config.dense,
  layers: config.layers,
  acts: config.readout.acts,
  targetCyclesPerTick: config.targetCyclesPerTick,
  multiplierBudget: MULTIPLIER_BUDGET,
}));

/** On stages, in order. */
const designPasses: readonly Step<Design, Design>[] = [step(checkDesign, () => undefined)];

/** Runs all passes in order; the first that finds an error ends the way. The configuration may name the network. */
export function runPipeline(model: SpikingModel, settings: Settings): Result<Compiled> {
  const said: Diagnostic[] = [];
  const run = <In, Out>(pass: Step<In, Out>, input: In): Out => {
    const { output, diagnostics } = pass(input, settings);
    said.push(...diagnostics);
    if (diagnostics.some((d) => d.severity === "error")) throw new DiagnosticError(...said);
    return output;
  };
  return catching(() => {
    const named = { ...model, name: settings.config.name ?? model.name };
    const trained = trainedPasses.reduce((value, pass) => run(pass, value), named);
    const spiking = spikingPasses.reduce((value, pass) => run(pass, value), trained);
    const fixed = fixedPasses.reduce((value, pass) => run(pass, value), run(lowering, spiking));
    const design = designPasses.reduce((value, pass) => run(pass, value), run(mapping, fixed));
    return success({ trained, spiking, fixed, design }, said);
  });
}
