import { basename } from "node:path";
import { eventCollector, type PredictedCycles, predictCycles } from "../cycles/predict.js";
import type { Stimulus } from "../data/stimulus.js";
import { noProgress, type Progress } from "../host/progress.js";
import { type Design, layerStages, readoutStages } from "../ir/design.js";
import { fastestSimulator } from "../simulators/exact.js";

/** Cycles of a stage: from the release of reset to the end of its first tick, then from end to end of its ticks. */
export interface StageCycles {
  readonly name: string;
  readonly first: number;
  /** 0 where there is but one tick, like `most`. */
  readonly mean: number;
  readonly most: number;
}

/** Clock cycles of a run, from the release of reset to its last answer. */
export interface RunCycles {
  readonly total: number;
  readonly stages: readonly StageCycles[];
}

/** Cycles of a stage's ticks, each from the end of the tick before, and where its last one ends. */
export interface CyclesOfStage {
  readonly name: string;
  readonly end: number;
  readonly cycles: Int32Array;
}

/** What the cycle model says of each stage. */
export function cyclesByStage(
  design: Design,
  { stages, readouts }: PredictedCycles,
): readonly CyclesOfStage[] {
  const names = [...layerStages(design), ...readoutStages(design)].map(({ name }) => name);
  return [...stages, ...readouts].map((ends, s) => ofStage(names[s] as string, ends));
}

const ofStage = (name: string, ends: Int32Array): CyclesOfStage => ({
  name,
  end: ends.at(-1) as number,
  cycles: ends.map((cycle, t) => cycle - (t === 0 ? -1 : (ends[t - 1] as number))),
});

/** Sums cycles up. */
export const runCycles = (stages: readonly CyclesOfStage[]): RunCycles => ({
  total: Math.max(...stages.map(({ end }) => end)) + 1,
  stages: stages.map(stageCycles),
});

function stageCycles({ name, cycles }: CyclesOfStage): StageCycles {
  const later = cycles.slice(1);
  return {
    name,
    first: cycles[0] as number,
    mean: later.reduce((sum, n) => sum + n, 0) / Math.max(1, later.length),
    most: later.reduce((most, n) => Math.max(most, n), 0),
  };
}

/** The clock that rates assume where nothing else is said; that the Verilog reaches it was not shown. */
const CLOCK_MHZ = 300;

/** Ticks that are clocked at most, and cycles at the least that a tick takes: some seconds. */
const MOST_TICKS = 512;
const MOST_CYCLES = 2e6;

/** Ticks at most where golden runs, which is slow. */
const MOST_GOLDEN_TICKS = 32;

/** Cycles of the ticks of given spikes, as the cycle model predicts them. */
export interface SpikeCycles {
  readonly input: string;
  /** What was run, and what the input has. */
  readonly samples: number;
  readonly ticks: number;
  /** How the axes of the input were read. */
  readonly layout?: string | undefined;
  readonly of: { readonly samples: number; readonly ticks: number };
  /** Layers, then readouts: from end to end of the stage's ticks, the first left out where there are more. */
  readonly stages: readonly StageCycles[];
  /** From the tick that has left every stage to the next one: the design's own. */
  readonly whole: StageCycles;
  readonly clockMHz: number;
  readonly ticksPerSecond: number;
}

/** Runs the first ticks of an input, as many as take some seconds, and says what cycles they take. */
export function measureCycles(
  design: Design,
  input: string,
  given: Stimulus,
  progress: Progress = noProgress,
): SpikeCycles {
  const simulator = fastestSimulator(design.model);
  const least = Math.max(...design.stages.map((stage) => stage.cycles.total));
  const most = simulator.name === "golden" ? MOST_GOLDEN_TICKS : MOST_TICKS;
  const stimulus = firstTicks(given, Math.min(most, Math.max(2, Math.floor(MOST_CYCLES / least))));
  const { samples, ticks } = stimulus;
  const events = eventCollector(design, stimulus);
  progress.start(`spikes of ${basename(input)}`, samples * ticks);
  simulator.run(
    stimulus,
    { burnIn: 0 },
    {
      tick(trace) {
        events.tick(trace);
        progress.step(trace.sample * ticks + trace.tick + 1);
      },
    },
  );
  progress.end();
  progress.start("cycles of their ticks", samples * ticks);
  const predicted = predictCycles(design, events.collected(), (done) => progress.step(done));
  progress.end();
  const ends = [...predicted.stages, ...predicted.readouts];
  const last = Int32Array.from({ length: samples * ticks }, (_, t) =>
    Math.max(...ends.map((end) => end[t] as number)),
  );
  const of = (cycles: CyclesOfStage): StageCycles => {
    const found = stageCycles(cycles);
    return samples * ticks > 1 ? found : { ...found, mean: found.first, most: found.first };
  };
  const whole = of(ofStage("whole", last));
  return {
    input: basename(input),
    samples,
    ticks,
    layout: given.layout,
    of: { samples: given.samples, ticks: given.ticks },
    stages: cyclesByStage(design, predicted).map(of),
    whole,
    clockMHz: CLOCK_MHZ,
    ticksPerSecond: (CLOCK_MHZ * 1e6) / whole.mean,
  };
}

/** The first ticks of a stimulus: as many whole samples as fit, or the start of one. */
function firstTicks(given: Stimulus, most: number): Stimulus {
  const ticks = Math.min(given.ticks, most);
  const samples = Math.min(given.samples, Math.max(1, Math.floor(most / ticks)));
  return { ...given, samples, ticks, active: (sample, tick) => given.active(sample, tick) };
}
