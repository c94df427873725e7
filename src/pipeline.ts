import { defaultConfig } from "./config/defaults.js";
import type { Config } from "./config/schema.js";
import { valueAt } from "./config/tree.js";
import {
  catching,
  type Diagnostic,
  DiagnosticError,
  type Loc,
  type Result,
  success,
} from "./diagnostics/diagnostic.js";
import type { Written } from "./diagnostics/overruled.js";
import type { Design } from "./ir/design.js";
import type { FixedModel } from "./ir/fixed.js";
import type { SpikingModel } from "./ir/spiking.js";
import { boundRanges } from "./passes/bound-ranges.js";
import { checkCalibration } from "./passes/check-calibration.js";
import { checkCoefficients } from "./passes/check-coefficients.js";
import { checkDesign } from "./passes/check-design.js";
import { checkFixed } from "./passes/check-fixed.js";
import { checkLayers } from "./passes/check-layers.js";
import { checkShapes } from "./passes/check-shapes.js";
import { checkFormatsUsed, checkStagesUsed } from "./passes/check-used.js";
import type { Choice } from "./passes/choice.js";
import { chooseFormats } from "./passes/choose-formats.js";
import { commuteTraces } from "./passes/commute-traces.js";
import { countSpikes } from "./passes/count-spikes.js";
import { foldGains } from "./passes/fold-gains.js";
import { foldResets } from "./passes/fold-resets.js";
import type { Calibration } from "./passes/formats/calibration.js";
import { lowerToFixed } from "./passes/lower-to-fixed.js";
import { mapStages } from "./passes/map-stages.js";
import { type Pass, type PassResult, saidOf } from "./passes/pass.js";
import { selectReadouts } from "./passes/select-readouts.js";

/** A network in its three forms. */
export interface Compiled {
  /** As the front end read it: what the reference simulator runs. */
  readonly trained: SpikingModel;
  /** The same function of its input, ready to get formats. `spiking` has a format for everything. */
  readonly prepared: SpikingModel;
  readonly spiking: SpikingModel;
  readonly fixed: FixedModel;
  readonly design: Design;
  /** All that the passes chose, in their order. */
  readonly choices: readonly Choice[];
}

/** Multipliers that `auto` deals out over the layers: an eighth of what both devices have. */
const MULTIPLIER_BUDGET = 512;

/** What passes take their options from. */
export interface Settings {
  readonly config: Config;
  /** Measured ranges of states and clips of weights (`--calibration`). */
  readonly calibration: Calibration | undefined;
  /** Where a value of `config` was written, for diagnostics. */
  readonly locate?: ((path: readonly string[]) => Loc) | undefined;
  readonly written?: Written | undefined;
}

/** A pass with its options taken from the settings. */
type Step<In, Out> = (input: In, settings: Settings) => PassResult<Out>;

const step =
  <In, Out, Options>(pass: Pass<In, Out, Options>, options: (settings: Settings) => Options): Step<In, Out> =>
  (input, settings) =>
    pass.run(input, options(settings));

/** On what the front end made: everything behind it relies on shapes that fit. */
const shapes = step(checkShapes, () => undefined);

/** What a network that ends in spikes says. */
const counting = step(countSpikes, ({ config }) => ({
  readouts: config.readouts,
  vote: config.readout.vote,
}));

/** What is compiled at all, before any work on readouts that nobody asked for. */
const selection = step(selectReadouts, ({ config }) => ({
  readouts: config.readouts,
  vote: config.readout.vote,
}));

/** On the layers that are compiled. Nothing behind it relies on names in the configuration. */
const layerNames = step(checkLayers, ({ config, locate }) => ({ layers: config.layers, locate }));

/** What was given, for the checks that all of it is used. */
const givenOf = ({ config, written }: Settings) => ({
  configured: (path: readonly string[]) => valueAt(config, path),
  byDefault: (path: readonly string[]) => valueAt(defaultConfig, path),
  written,
});

/** On real numbers, in order. */
const realPasses: readonly Step<SpikingModel, SpikingModel>[] = [
  // Bounds and widths are those of what is left, not of a difference.
  step(foldResets, () => undefined),
  // Before what follows: gains and formats are those of the signals that are stored in the end.
  step(commuteTraces, ({ config }) => ({ commute: config.traces === "commuted" })),
  // Formats are for the states as they are stored, and for the weights with their gains.
  step(foldGains, () => undefined),
];

/** To formats, in order. */
const formatPasses: readonly Step<SpikingModel, SpikingModel>[] = [
  // choose-formats leaves out what these two refuse.
  step(checkCoefficients, ({ config, written }) => ({
    coefficientBits: config.coefficientBits,
    place: written?.(["coefficientBits"]),
  })),
  step(checkCalibration, ({ config, calibration, written }) => ({
    weightBits: config.weightBits,
    place: written?.(["weightBits"]),
    calibration,
  })),
  // Quantises whatever the checkpoint left real; nothing behind it meets a real number without a format.
  step(chooseFormats, ({ config, calibration }) => ({
    weightBits: config.weightBits,
    stateBits: config.stateBits,
    coefficientBits: config.coefficientBits,
    ...(calibration === undefined ? {} : { calibration }),
  })),
];

/** From real numbers to integers; what that changes is told from the network before it had formats. */
const lowering = (trained: SpikingModel, prepared: SpikingModel) =>
  step(lowerToFixed, ({ config }) => ({
    coefficientBits: config.coefficientBits,
    real: { trained, prepared },
  }));

/** On integers, in order. */
const fixedPasses: readonly Step<FixedModel, FixedModel>[] = [
  // Widths of everything that is built follow from these intervals.
  step(boundRanges, () => undefined),
  // What the simulators and the mapping rely on: a broken invariant is found here, by name.
  step(checkFixed, () => undefined),
];

/** From integers to stages. */
const mapping = step(mapStages, ({ config, written }) => ({
  engine: config.engine,
  ...config.dense,
  ...config.event,
  layers: config.layers,
  acts: config.readout.acts,
  guardInput: config.guardInput,
  targetCyclesPerTick: config.targetCyclesPerTick,
  multiplierBudget: MULTIPLIER_BUDGET,
  written,
}));

/** On the engines that layers have. */
const stagesUsed = step(checkStagesUsed, givenOf);

/** On stages, in order. */
const designPasses: readonly Step<Design, Design>[] = [step(checkDesign, () => undefined)];

/** Runs passes one after the other on a network, and keeps what they say and choose. */
interface Run {
  /** Runs a pass. Behind an error its output is good enough for the passes of the same stage. */
  pass<In, Out>(pass: Step<In, Out>, input: In): Out;
  all<T>(passes: readonly Step<T, T>[], input: T): T;
  /** A pass whose errors stop nothing before the end: what is found behind them doesn't follow from them. */
  check<T>(pass: Step<T, T>, input: T): void;
  /** Ends a stage: errors stop here, when every pass of the stage has said its own. */
  endStage(): void;
  readonly choices: readonly Choice[];
}

function running<T>(settings: Settings, body: (run: Run) => T): Result<T> {
  const said: Diagnostic[] = [];
  const late = new Set<Diagnostic>();
  const choices: Choice[] = [];
  const run: Run = {
    choices,
    pass(pass, input) {
      const result = pass(input, settings);
      choices.push(...(result.choices ?? []));
      said.push(...saidOf(result));
      return result.output;
    },
    all: (passes, input) => passes.reduce((value, pass) => run.pass(pass, value), input),
    check(pass, input) {
      const { diagnostics } = pass(input, settings);
      said.push(...diagnostics);
      for (const each of diagnostics) late.add(each);
    },
    endStage() {
      if (said.some((d) => d.severity === "error" && !late.has(d))) throw new DiagnosticError(...said);
    },
  };
  return catching(() => {
    const value = body(run);
    if (said.some((d) => d.severity === "error")) throw new DiagnosticError(...said);
    return success(value, said);
  });
}

function prepare(run: Run, model: SpikingModel, { config }: Settings) {
  const checked = run.pass(shapes, { ...model, name: config.name ?? model.name });
  run.endStage();
  const counted = run.pass(counting, checked);
  const trained = run.pass(selection, counted);
  run.check(layerNames, trained);
  return { trained, prepared: run.all(realPasses, trained) };
}

function lower(run: Run, prepared: SpikingModel, trained: SpikingModel) {
  const spiking = run.all(formatPasses, prepared);
  run.endStage();
  const lowered = run.pass(lowering(trained, prepared), spiking);
  run.endStage();
  const { choices } = run;
  run.check(
    step(checkFormatsUsed, (settings) => ({ ...givenOf(settings), choices })),
    lowered,
  );
  return { spiking, fixed: run.all(fixedPasses, lowered) };
}

function map(run: Run, fixed: FixedModel): Design {
  const mapped = run.pass(mapping, fixed);
  run.check(stagesUsed, mapped);
  run.endStage();
  return run.all(designPasses, mapped);
}

/** The network as formats are chosen for it. The configuration may name it. */
export const prepareModel = (model: SpikingModel, settings: Settings): Result<SpikingModel> =>
  running(settings, (run) => prepare(run, model, settings).prepared);

/** Integers for a network that is prepared. */
export const lowerModel = (prepared: SpikingModel, settings: Settings): Result<FixedModel> =>
  running(settings, (run) => lower(run, prepared, prepared).fixed);

/** Runs all passes in order. */
export const runPipeline = (model: SpikingModel, settings: Settings): Result<Compiled> =>
  running(settings, (run) => {
    const { trained, prepared } = prepare(run, model, settings);
    const { spiking, fixed } = lower(run, prepared, trained);
    return { trained, prepared, spiking, fixed, design: map(run, fixed), choices: run.choices };
  });
