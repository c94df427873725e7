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
import { checkShapes } from "./passes/check-shapes.js";
import { lowerToFixed } from "./passes/lower-to-fixed.js";
import { mapStages } from "./passes/map-stages.js";
import type { Pass, PassResult } from "./passes/pass.js";
import { selectReadouts } from "./passes/select-readouts.js";

/** A network in its three forms. */
export interface Compiled {
  readonly spiking: SpikingModel;
  readonly fixed: FixedModel;
  readonly design: Design;
}

/** Multipliers that `auto` deals out over the layers: an eighth of what both devices have. */
const MULTIPLIER_BUDGET = 512;

/** A pass with its options taken from the configuration. */
type Step<In, Out> = (input: In, config: Config) => PassResult<Out>;

const step =
  <In, Out, Options>(pass: Pass<In, Out, Options>, options: (config: Config) => Options): Step<In, Out> =>
  (input, config) =>
    pass.run(input, options(config));

/** On real numbers, in order. */
const spikingPasses: readonly Step<SpikingModel, SpikingModel>[] = [
  // First: everything behind it relies on shapes that fit.
  step(checkShapes, () => undefined),
  // Before any work on readouts that nobody asked for.
  step(selectReadouts, (c) => ({ readouts: c.readouts, vote: c.readout.vote })),
];

/** From real numbers to integers. */
const lowering = step(lowerToFixed, (c) => ({ coefficientBits: c.coefficientBits }));

/** On integers, in order. */
const fixedPasses: readonly Step<FixedModel, FixedModel>[] = [
  // Widths of everything that is built follow from these intervals.
  step(boundRanges, () => undefined),
];

/** From integers to stages. */
const mapping = step(mapStages, (c) => ({
  ...c.dense,
  layers: c.layers,
  acts: c.readout.acts,
  targetCyclesPerTick: c.targetCyclesPerTick,
  multiplierBudget: MULTIPLIER_BUDGET,
}));

/** Runs all passes in order; the first that finds an error ends the way. */
export function runPipeline(model: SpikingModel, config: Config): Result<Compiled> {
  const said: Diagnostic[] = [];
  const run = <In, Out>(pass: Step<In, Out>, input: In): Out => {
    const { output, diagnostics } = pass(input, config);
    said.push(...diagnostics);
    if (diagnostics.some((d) => d.severity === "error")) throw new DiagnosticError(...said);
    return output;
  };
  return catching(() => {
    const spiking = spikingPasses.reduce((value, pass) => run(pass, value), model);
    const fixed = fixedPasses.reduce((value, pass) => run(pass, value), run(lowering, spiking));
    const design = run(mapping, fixed);
    return success({ spiking, fixed, design }, said);
  });
}
