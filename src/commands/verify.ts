import { randomInt } from "node:crypto";
import { emittedOf, openRemade, printEdit } from "../artifact/manifest.js";
import { type Provenance, provenanceOf } from "../artifact/provenance.js";
import { defaultSimulators } from "../config/defaults.js";
import { checkRtl } from "../cosim/check-rtl.js";
import type { LocatedDifference } from "../cosim/difference.js";
import { type Expected, expectedRun, holdAgainstGolden } from "../cosim/expected.js";
import { icarusCost, printIcarusCost } from "../cosim/icarus-cost.js";
import { type LayerReach, reachKinds, shareOf } from "../cosim/reach.js";
import { type Emitted, stuck, withBenchRun } from "../cosim/run-rtl.js";
import type { BenchRun } from "../cosim/simulators.js";
import { recordWaveform } from "../cosim/waveform.js";
import { wholeBurnIn } from "../data/burn-in.js";
import { readStimulus, type Stimulus } from "../data/stimulus.js";
import {
  type Diagnostic,
  diagnostic,
  failure,
  invariant,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";
import { noProgress, type Progress } from "../host/progress.js";
import type { RtlSimulatorName } from "../simulators/names.js";

/** Which build to hold against its golden simulator, in which simulators of Verilog, on which input. */
export interface VerifyRequest {
  readonly build: string;
  readonly input: string;
  /** What the build was asked to be verified in when it was compiled, else Verilator, where nothing is said. */
  readonly simulators?: readonly RtlSimulatorName[];
  /** What each axis of the input is; the one reading that fits, where nothing is said (src/data/layout.ts). */
  readonly layout?: string;
  readonly samples?: number;
  readonly ticks?: number;
  /** Ticks of the first sample on which golden itself runs beside the fast simulator. */
  readonly goldenTicks?: number;
  /** Random pauses at both ends of the core, and what makes them the same again: a seed asks for pauses, too. */
  readonly pauses?: boolean;
  readonly seed?: number;
  /** Runs a build whose emitted files were edited too: what stands there is simulated. */
  readonly allowEdited?: boolean;
  /** Seconds of silence after which a simulator counts as hung; 0: never. */
  readonly toolTimeout?: number;
  readonly progress?: Progress;
}

/** The first difference, located. */
export type Difference = Omit<LocatedDifference, "cycle">;

/** One Verilog simulator against golden: what was compared, and the first difference if there is one. */
export interface SimulatorComparison {
  readonly simulator: RtlSimulatorName;
  readonly equal: boolean;
  /** How many values of each kind were compared. */
  readonly compared: {
    readonly spikes: number;
    readonly states: number;
    readonly logits: number;
    readonly classes: number;
    /** Of every class of every sample, and what is said beside each sample's class. */
    readonly votes: number;
  };
  readonly cycles: number;
  /** Events that the core's input dropped; absent where it has no guard. A stimulus has none to drop. */
  readonly dropped?: number;
  readonly difference?: Difference;
  /** File with the waveform around the difference, and a save file of GTKWave that shows where. */
  readonly waveform?: string;
  readonly view?: string;
  /** From the start of its compiler to the last comparison. */
  readonly seconds: number;
  /** Why it gave nothing to compare: it is not there, can't build the Verilog, or does not come to an end. */
  readonly failure?: Diagnostic;
}

/** What `verify` says. */
export interface VerifyReport extends Provenance {
  readonly build: string;
  readonly samples: number;
  readonly ticks: number;
  /** How the axes of the input were read. */
  readonly layout?: string | undefined;
  /** What computed the values to compare with, and on how many ticks of the first sample golden gave the same. */
  readonly vectors: { readonly simulator: Expected["simulator"]; readonly goldenTicks: number };
  readonly simulators: readonly SimulatorComparison[];
  /** What the input reached, by layer: of the rest the comparison says nothing. */
  readonly reach: readonly LayerReach[];
  /** With random pauses: what makes them the same again. */
  readonly pauses?: { readonly seed: number };
  /** Files of the build that are not what its checkpoint and settings give, and how; it was run all the same. */
  readonly edits: readonly string[];
}

/** Ticks of the first sample that golden runs where nothing is said: a few seconds of a network of any size. */
export const GOLDEN_TICKS = 32;

/**
 * Runs the integers and the emitted Verilog on the same input and compares every value of every tick. The integers come
 * from the WebAssembly simulator, which golden checks on the first ticks.
 */
export async function verify(request: VerifyRequest): Promise<Result<VerifyReport>> {
  const build = await openRemade(request.build, request);
  if (!build.ok) return build;
  const { fixed } = build.value.compiled;
  const { readout, simulation } = build.value.config;
  const limits = { ...request, frameTicks: simulation.frameTicks };
  const stimulus = readStimulus(request.input, fixed.input, limits);
  if (!stimulus.ok) return stimulus;
  const progress = request.progress ?? noProgress;
  const total = stimulus.value.samples * stimulus.value.ticks;

  const { design } = build.value.compiled;
  const options = { burnIn: readout.burnIn };
  progress.start("vectors", total);
  const expected = expectedRun(design, stimulus.value, options, (done) => progress.step(done));
  progress.end();
  const held = Math.min(request.goldenTicks ?? GOLDEN_TICKS, stimulus.value.ticks);
  progress.start("golden", held);
  const goldenTicks =
    held > 0 ? holdAgainstGolden(design, stimulus.value, expected, held, (n) => progress.step(n)) : 0;
  progress.end();

  const paused = request.pauses ?? request.seed !== undefined;
  const seed = paused ? (request.seed ?? randomInt(1, 2 ** 31)) : undefined;
  const pauses: Pauses | undefined = seed === undefined ? undefined : { pauseIn: 2, pauseOut: 2, seed };
  const simulators: SimulatorComparison[] = [];
  const said: Diagnostic[] = [];
  const emitted = { ...emittedOf(build.value), quietSeconds: request.toolTimeout };
  const { simulators: asked = build.value.config.verify.simulators ?? defaultSimulators } = request;
  for (const simulator of asked) {
    const began = performance.now();
    if (simulator === "icarus") progress.say?.(printIcarusCost(icarusCost(design, expected)));
    progress.start(`building ${simulator}`, 0);
    const result = await verifyIn(simulator, emitted, stimulus.value, expected, progress, pauses);
    progress.end();
    if (result.ok) said.push(...result.diagnostics);
    simulators.push(result.ok ? result.value : failed(simulator, began, result.diagnostics));
  }
  const { samples, ticks } = stimulus.value;
  const vectors = { simulator: expected.simulator, goldenTicks };
  const { reach } = expected;
  const report = {
    build: request.build,
    samples,
    ticks,
    layout: stimulus.value.layout,
    vectors,
    simulators,
    ...(await provenanceOf(build.value, request.input, asked)),
    reach,
    ...(seed === undefined ? {} : { pauses: { seed } }),
    edits: build.value.edits.map(printEdit),
  };
  said.push(...wholeBurnIn(fixed.readouts, readout.burnIn, ticks, { file: request.input }));
  const failures = simulators.flatMap(({ failure: why }) => why ?? []);
  return success(report, [
    ...build.diagnostics,
    ...stimulus.diagnostics,
    ...failures,
    ...said,
    ...reachWarning(request.input, reach),
  ]);
}

/** A simulator that gave nothing to compare. */
function failed(
  simulator: RtlSimulatorName,
  began: number,
  diagnostics: readonly Diagnostic[],
): SimulatorComparison {
  const why = diagnostics.find(({ severity }) => severity === "error");
  invariant(why !== undefined, "a simulator failed without a reason");
  const compared = { spikes: 0, states: 0, logits: 0, classes: 0, votes: 0 };
  return { simulator, equal: false, compared, cycles: 0, seconds: secondsSince(began), failure: why };
}

const secondsSince = (began: number): number => (performance.now() - began) / 1000;

/** Share of a layer below which what was not reached is said. */
const REACH_PERCENT = 50;

/** Says of which layers the input reached so little that the comparison shows little. */
function reachWarning(file: string, reach: readonly LayerReach[]): readonly Diagnostic[] {
  const little = reach.flatMap((layer) => {
    const kinds = reachKinds
      .filter((kind) => shareOf(layer[kind]) < REACH_PERCENT)
      .map((kind) => `${shareOf(layer[kind]).toFixed(1)} % of its ${kind}`);
    return kinds.length === 0 ? [] : [`of ${layer.layer} ${kinds.join(", ")}`];
  });
  return little.length === 0 ? [] : [diagnostic("verify-reach", { file }, { little: little.join("; ") })];
}

/** Pauses on the streams of a run: 0 never, 1 every fourth cycle, 2 at random. */
export interface Pauses {
  readonly seed?: number;
  readonly pauseIn: number;
  readonly pauseOut: number;
}

/** One simulator of Verilog on one stimulus against what the integers say. */
export function verifyIn(
  simulator: RtlSimulatorName,
  emitted: Emitted,
  stimulus: Stimulus,
  expected: Expected,
  progress: Progress = noProgress,
  pauses: Pauses = { pauseIn: 0, pauseOut: 0 },
): Promise<Result<SimulatorComparison>> {
  return withBenchRun(emitted, stimulus, async (plain) => {
    let ticks = 0;
    const began = performance.now();
    const run: BenchRun = {
      ...plain,
      ...pauses,
      onBuilt() {
        progress.end();
        progress.start(`simulating in ${simulator}`, plain.ticks);
      },
      onTick: () => progress.step(++ticks),
    };
    const checked = await checkRtl(simulator, emitted.design, run, expected);
    if (!checked.ok) return checked;
    const comparison = checked.value;
    const { compared, cycles, dropped, difference } = comparison;
    if (difference === undefined && !comparison.complete)
      return failure(stuck(emitted, simulator, run, comparison.closed));
    const seconds = secondsSince(began);
    const counted = {
      ...{ simulator, equal: difference === undefined, compared, cycles, seconds },
      ...(dropped === undefined ? {} : { dropped }),
    };
    if (difference === undefined) return success(counted, checked.diagnostics);
    const { cycle, ...located } = difference;
    const remark = `${located.signal} of ${located.layer}, channel ${located.channel}, y ${located.y}, x ${located.x}: expected ${located.expected}`;
    const recorded = await recordWaveform(simulator, emitted, { ...plain, ...pauses }, difference, remark);
    const kept = recorded.ok ? recorded.value : {};
    // What was found counts more than its picture.
    const why = recorded.ok ? [] : recorded.diagnostics.map((d) => ({ ...d, severity: "warning" as const }));
    return success({ ...counted, difference: located, ...kept }, [...checked.diagnostics, ...why]);
  });
}
