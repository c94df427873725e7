import { eventCollector, type PredictedCycles, predictCycles, tooLong } from "../cycles/predict.js";
import { oneSample, type Stimulus } from "../data/stimulus.js";
import type { Design } from "../ir/design.js";
import { type EventPayload, outputStream } from "../ir/stream.js";
import { layoutsOf, type StageLayout } from "../mapping/layout.js";
import { type ExactSimulator, fastestSimulator } from "../simulators/exact.js";
import { type RunOptions, runGolden } from "../simulators/golden.js";
import type { SampleTrace, TickTrace } from "../simulators/trace.js";
import { eventOf } from "./events.js";
import { hashEvents, hashTensor, sameHash, type TensorHash } from "./hash.js";
import { type LayerReach, reachCollector } from "./reach.js";

/** What the hardware has to say in one tick. */
export interface ExpectedTick {
  /** Per layer stage, in the order of its layout. */
  readonly hashes: readonly (readonly TensorHash[])[];
  /** Of the events that leave a core without readouts. */
  readonly events: TensorHash | undefined;
  readonly logits: readonly Float64Array[];
  readonly tickClass: readonly number[];
}

/** The tensors of one tick: per layer stage, in the order of its layout; and the events that leave the core. */
export interface WholeTick {
  readonly tensors: readonly (readonly ArrayLike<number>[])[];
  readonly events: readonly number[];
}

/** A whole run: ticks of all samples one after the other, and the class of each sample. */
export interface Expected {
  /** Which simulator computed it: golden where the WebAssembly simulator refuses the network. */
  readonly simulator: ExactSimulator["name"];
  readonly ticks: readonly ExpectedTick[];
  readonly samples: readonly SampleTrace[];
  readonly ticksPerSample: number;
  /** Ticks of a sample that vote. */
  readonly votingTicks: number;
  /** What of the network the input reached. */
  readonly reach: readonly LayerReach[];
  /** When every tick ends, while the ends of the core are always ready; undefined where predicting takes too long. */
  readonly cycles: PredictedCycles | undefined;
  /** Computes a tick (counted over all samples) once more, whole. */
  whole(tick: number): WholeTick;
}

/** Runs a simulator that equals golden bit for bit and keeps what a comparison needs: a hash a tensor, every logit. */
export function expectedRun(
  design: Design,
  stimulus: Stimulus,
  options: RunOptions,
  onTick: (done: number) => void = () => {},
  simulator: ExactSimulator = fastestSimulator(design.model),
): Expected {
  const tickOf = tickReader(design);
  const { name, run } = simulator;
  const ticks: ExpectedTick[] = [];
  const samples: SampleTrace[] = [];
  const reach = reachCollector(design.model, stimulus);
  const events = tooLong(design, stimulus) === undefined ? eventCollector(design, stimulus) : undefined;
  run(stimulus, options, {
    tick(trace) {
      ticks.push(tickOf.hashed(trace));
      events?.tick(trace);
      reach.tick(trace);
      onTick(ticks.length);
    },
    sample: (trace) => void samples.push(trace),
  });
  const cycles = events && predictCycles(design, events.collected());
  const whole = (tick: number): WholeTick => {
    let found: WholeTick | undefined;
    const inSample = tick % stimulus.ticks;
    run(oneSample(stimulus, Math.floor(tick / stimulus.ticks), inSample + 1), options, {
      tick: (trace) => {
        if (trace.tick === inSample) found = tickOf.whole(trace);
      },
    });
    return found as WholeTick;
  };
  return {
    simulator: name,
    ticks,
    samples,
    ticksPerSample: stimulus.ticks,
    votingTicks: Math.max(0, stimulus.ticks - options.burnIn),
    reach: reach.collected(),
    cycles,
    whole,
  };
}

/**
 * Golden on the first `ticks` ticks of the first sample against what was expected of the fast simulator; a difference
 * is a bug of the compiler, and thrown. Gives the number of ticks compared.
 */
export function holdAgainstGolden(
  design: Design,
  stimulus: Stimulus,
  expected: Expected,
  ticks: number,
  onTick: (done: number) => void = () => {},
): number {
  if (expected.simulator === "golden") return 0;
  const layouts = layoutsOf(design);
  const tickOf = tickReader(design);
  const first = oneSample(stimulus, 0, Math.min(ticks, stimulus.ticks));
  const differs = (tick: number, signal: string): never => {
    throw new Error(`compiler bug: the fast simulator differs from golden at tick ${tick}, ${signal}`);
  };
  runGolden(
    design.model,
    first,
    { burnIn: 0 },
    {
      tick(trace) {
        const want = tickOf.hashed(trace);
        const have = expected.ticks[trace.tick] as ExpectedTick;
        want.hashes.forEach((stage, s) => {
          stage.forEach((hash, k) => {
            if (!sameHash(hash, have.hashes[s]?.[k] as TensorHash))
              differs(trace.tick, `layer ${layouts[s]?.stage.name}, ${layouts[s]?.tensors[k]?.signal}`);
          });
        });
        want.logits.forEach((row, r) => {
          if (row.some((logit, c) => logit !== have.logits[r]?.[c])) differs(trace.tick, `logits ${r}`);
          if (want.tickClass[r] !== have.tickClass[r]) differs(trace.tick, `class ${r}`);
        });
        onTick(trace.tick + 1);
      },
    },
  );
  return first.ticks;
}

/** Takes apart what a simulator says of a tick. */
function tickReader(design: Design) {
  const layouts = layoutsOf(design);
  const last = layouts.at(-1) as StageLayout;
  const output = outputStream(design);
  // States of a trace are in the order of the layers, as those of the layouts.
  const states = layouts.map(({ tensors }) => tensors.length - 1);
  const starts = states.map((_, l) => states.slice(0, l).reduce((a, b) => a + b, 0));
  const tensorsOf = (trace: TickTrace): WholeTick["tensors"] => {
    const [all, spikes] = [trace.states, trace.spikes];
    return layouts.map((_, l) => {
      const start = starts[l] as number;
      return [...all.slice(start, start + (states[l] as number)), spikes[l] as Uint8Array];
    });
  };
  const eventsOf = (tensors: WholeTick["tensors"]): readonly number[] =>
    output === undefined ? [] : eventsIn(tensors.at(-1)?.at(-1) ?? [], last, output.payload);
  return {
    hashed(trace: TickTrace): ExpectedTick {
      const tensors = tensorsOf(trace);
      return {
        hashes: layouts.map((layout, l) =>
          layout.tensors.map((tensor, k) => hashTensor(tensors[l]?.[k] ?? [], tensor)),
        ),
        events: output && hashEvents(eventsOf(tensors)),
        logits: trace.logits.map((row) => Float64Array.from(row)),
        tickClass: [...trace.tickClass],
      };
    },
    whole(trace: TickTrace): WholeTick {
      const tensors = tensorsOf(trace).map((stage) => stage.map((tensor) => Float64Array.from(tensor)));
      return { tensors, events: eventsOf(tensors) };
    },
  };
}

/** Spikes as events {channel, y, x} in the order in which the stage sends them. */
function eventsIn(
  spikes: ArrayLike<number>,
  { tensors }: StageLayout,
  payload: EventPayload,
): readonly number[] {
  const layout = tensors.at(-1) as StageLayout["tensors"][number];
  return Array.from(layout.order)
    .filter((element) => spikes[element] === 1)
    .map((element) => eventOf(payload, layout.shape, element));
}
