import { readFileSync } from "node:fs";
import type { Build } from "../../../src/artifact/manifest.js";
import type { NpyArray } from "../../../src/data/npy.js";
import { readNpz } from "../../../src/data/npz.js";
import type { FixedReadout } from "../../../src/ir/fixed.js";
import type { SpikingReadout } from "../../../src/ir/spiking.js";
import { runGolden, stateList } from "../../../src/simulators/golden.js";
import { runReference } from "../../../src/simulators/reference.js";
import type { Observer, TickTrace } from "../../../src/simulators/trace.js";
import { cells, type Graph, graphFile, must } from "../cosim/build.js";

/** What a graph's manifest says of its run in PyTorch. */
interface Manifest {
  readonly frames: number;
  readonly ticks: number;
  readonly classes: readonly string[];
  readonly state_fraction_bits: Readonly<Record<string, number>>;
  readonly state_shapes: Readonly<Record<string, readonly number[]>>;
  readonly spike_shapes: Readonly<Record<string, readonly number[]>>;
  readonly vote_from_tick: number;
  readonly class_by_votes: readonly number[];
}

/** A double-precision run of a graph in PyTorch, recorded (../shared/data/README.md). */
export interface PytorchRun {
  readonly manifest: Manifest;
  readonly layers: readonly string[];
  readonly states: readonly string[];
  /** 0 and 1 of every place that the layer sends, (C, H, W) flat; `size` is their number. */
  spikes(layer: string, frame: number, tick: number, size: number): Uint8Array;
  /** State words after a frame's last tick. */
  finalState(state: string, frame: number): Int32Array;
  logits(frame: number, tick: number): Float64Array;
  tickClass(frame: number, tick: number): number;
}

/** Reads the run of a graph. */
export function pytorchRun(graph: Graph): PytorchRun {
  const file = (ending: string) => graphFile(graph, `${graph.form}.${ending}`);
  const manifest = JSON.parse(readFileSync(file("manifest.json"), "utf8")) as Manifest;
  const bits = must(readNpz(file("spikes.npz")));
  const finals = must(readNpz(file("final_states.npz")));
  const readout = must(readNpz(file("readout.npz")));
  const classes = arrayOf(readout, "tick_class", "u1").data;
  const logits = arrayOf(readout, "logits", "f8");
  const classCount = logits.shape[2] as number;
  const at = (frame: number, tick: number) => frame * manifest.ticks + tick;
  return {
    manifest,
    layers: [...bits.keys()],
    states: [...finals.keys()],
    spikes(layer, frame, tick, size) {
      const { shape, data } = arrayOf(bits, layer, "u1");
      if (shape[2] !== Math.ceil(size / 8)) throw new Error(`${layer}: ${shape[2]} bytes for ${size} spikes`);
      const first = at(frame, tick) * shape[2];
      return Uint8Array.from({ length: size }, (_, i) => {
        const byte = data[first + (i >> 3)] as number;
        return (byte >> (7 - (i & 7))) & 1;
      });
    },
    finalState(state, frame) {
      const { data } = arrayOf(finals, state, "i4");
      const size = data.length / manifest.frames;
      return data.subarray(frame * size, (frame + 1) * size);
    },
    logits: (frame, tick) => {
      const first = at(frame, tick) * classCount;
      return logits.data.subarray(first, first + classCount);
    },
    tickClass: (frame, tick) => classes[at(frame, tick)] as number,
  };
}

/** What was compared, and everything that differed. */
export interface Tally {
  readonly spikes: number;
  readonly states: number;
  readonly logits: number;
  readonly tickClasses: number;
  readonly classes: number;
  /** How many of them are not what PyTorch says; all are counted, the first few described. */
  readonly differences: number;
  readonly first: readonly string[];
}

/** How much of a graph's run to compare; states and classes only of frames that are run to their end. */
export interface Extent {
  readonly frames: number;
  readonly ticks: number;
}

/**
 * Runs golden on a graph's frames and compares every spike, every state word after a whole frame, every integer logit,
 * every tick's class and every whole frame's class with PyTorch's: integers with integers, nothing within tolerances.
 */
export function compareGolden(graph: Graph, build: Build, extent: Extent): Tally {
  const { fixed, trained } = build.compiled;
  const run = pytorchRun(graph);
  const tally = newTally();
  const readout = fixed.readouts[0] as FixedReadout;
  const integers = integerLogits(readout, trained.readouts[0] as SpikingReadout);
  const names = stateList(fixed).map((s) => s.name);
  tally.same("names of layers", [...run.layers].sort(), fixed.layers.map((l) => l.name).sort());
  tally.same("names of states", [...run.states].sort(), [...names].sort());
  const whole = extent.ticks === run.manifest.ticks;
  const observer: Observer = {
    tick(trace) {
      const { sample, tick } = trace;
      const at = `frame ${sample} tick ${tick}`;
      compareSpikes(tally, run, trace, fixed.layers, at);
      tally.values("logits", `${at} logits`, integers(run.logits(sample, tick)), trace.logits[0] ?? []);
      tally.values("tickClasses", `${at} class`, [run.tickClass(sample, tick)], trace.tickClass);
      if (!whole || tick + 1 !== extent.ticks) return;
      for (const [k, name] of names.entries())
        tally.values("states", `${at} ${name}`, run.finalState(name, sample), trace.states[k] ?? []);
    },
    sample({ sample, classes }) {
      if (!whole) return;
      const want = run.manifest.class_by_votes[sample] as number;
      tally.values("classes", `frame ${sample} class by votes`, [want], classes);
    },
  };
  const options = { burnIn: run.manifest.vote_from_tick };
  runGolden(fixed, cells(graph, build, extent.frames, extent.ticks), options, observer);
  return tally.result();
}

/** Largest deviation of a logit of the float64 simulator: its sums add in another order than PyTorch's. */
const LOGIT_TOLERANCE = 1e-9;

/** The same for the float64 reference simulator: its states are real, its logits equal but for the order of sums. */
export function compareReference(graph: Graph, build: Build, extent: Extent): Tally {
  const { trained } = build.compiled;
  const run = pytorchRun(graph);
  const tally = newTally();
  const names = trained.layers.flatMap((l) => [...l.pre.states, ...l.post.states].map((s) => s.name));
  tally.same("names of states", [...run.states].sort(), [...names].sort());
  const whole = extent.ticks === run.manifest.ticks;
  const observer: Observer = {
    tick(trace) {
      const { sample, tick } = trace;
      const at = `frame ${sample} tick ${tick}`;
      compareSpikes(tally, run, trace, trained.layers, at);
      const want = run.logits(sample, tick);
      const have = trace.logits[0] ?? [];
      const near = Array.from(have, (x, c) => {
        const wanted = want[c] as number;
        return Math.abs(x - wanted) <= LOGIT_TOLERANCE * Math.max(1, Math.abs(wanted)) ? wanted : x;
      });
      tally.values("logits", `${at} logits`, want, near);
      tally.values("tickClasses", `${at} class`, [run.tickClass(sample, tick)], trace.tickClass);
      if (!whole || tick + 1 !== extent.ticks) return;
      for (const [k, name] of names.entries()) {
        const unit = 2 ** -(run.manifest.state_fraction_bits[name] as number);
        const real = Float64Array.from(run.finalState(name, sample), (word) => word * unit);
        tally.values("states", `${at} ${name}`, real, trace.states[k] ?? []);
      }
    },
  };
  const options = { burnIn: run.manifest.vote_from_tick };
  runReference(trained, cells(graph, build, extent.frames, extent.ticks), options, observer);
  return tally.result();
}

function compareSpikes(
  tally: ReturnType<typeof newTally>,
  run: PytorchRun,
  trace: TickTrace,
  layers: readonly { readonly name: string }[],
  at: string,
): void {
  layers.forEach(({ name }, l) => {
    const have = trace.spikes[l] as Uint8Array;
    tally.values(
      "spikes",
      `${at} ${name}.spikes`,
      run.spikes(name, trace.sample, trace.tick, have.length),
      have,
    );
  });
}

/**
 * Real logits as integers: Σ w·p = (logit − bias) / unit, an integer but for the rounding of doubles, which must be
 * small; golden adds ⌊bias / unit⌋ (2-numerics.md, Readout). The biases are the checkpoint's, not the compiler's.
 */
function integerLogits(fixed: FixedReadout, trained: SpikingReadout): (real: Float64Array) => Float64Array {
  const { unit } = fixed;
  return (real) =>
    real.map((logit, c) => {
      const bias = trained.kind === "linear" ? (trained.bias[c] ?? 0) : 0;
      const sum = (logit - bias) / unit;
      const nearest = Math.round(sum);
      if (Math.abs(sum - nearest) > 1e-3) throw new Error(`logit ${logit} is no multiple of ${unit}`);
      return nearest + Math.floor(bias / unit);
    });
}

type Counted = "spikes" | "states" | "logits" | "tickClasses" | "classes";

function newTally() {
  const counts: Record<Counted, number> = { spikes: 0, states: 0, logits: 0, tickClasses: 0, classes: 0 };
  let differences = 0;
  const first: string[] = [];
  const differs = (text: string): void => {
    differences++;
    if (first.length < 10) first.push(text);
  };
  return {
    same(what: string, want: readonly string[], have: readonly string[]): void {
      if (want.join() !== have.join()) differs(`${what}: ${have.join()}, expected ${want.join()}`);
    },
    values(kind: Counted, where: string, want: ArrayLike<number>, have: ArrayLike<number>): void {
      counts[kind] += want.length;
      if (want.length !== have.length) differs(`${where}: ${have.length} values, expected ${want.length}`);
      for (let i = 0; i < want.length; i++)
        if (want[i] !== have[i]) differs(`${where}[${i}]: ${have[i]}, expected ${want[i]}`);
    },
    result: (): Tally => ({ ...counts, differences, first }),
  };
}

function arrayOf<T extends NpyArray["dtype"]>(
  arrays: ReadonlyMap<string, NpyArray>,
  name: string,
  dtype: T,
): Extract<NpyArray, { dtype: T }> {
  const array = arrays.get(name);
  if (array?.dtype !== dtype) throw new Error(`'${name}' is ${array?.dtype ?? "missing"}, not ${dtype}`);
  return array as Extract<NpyArray, { dtype: T }>;
}
