import type { Stimulus } from "../../data/stimulus.js";
import { type Result, success } from "../../diagnostics/diagnostic.js";
import type { FixedModel, FixedReadout } from "../../ir/fixed.js";
import type { RunOptions } from "../golden.js";
import type { Observer, TickTrace } from "../trace.js";
import { generate, type Place, type Places } from "./generate.js";
import { compileModule, instantiate, type WasmExports, type WasmModule } from "./module.js";

/**
 * The fast simulator: code for one network in WebAssembly, equal to golden on every spike, state, logit and class.
 * A network is plain data and a compiled module, so that it can be posted to other threads.
 */
export interface WasmNetwork {
  readonly module: WasmModule;
  readonly places: Places;
  readonly readouts: readonly Voting[];
}

/** What the class of a tick and of a frame is made with. */
type Voting = Pick<FixedReadout, "vote" | "rank" | "fraction">;

/** Generates and compiles the module of a network; a value of more than 63 bits and a sign is refused. */
export function compileWasm(model: FixedModel): Result<WasmNetwork> {
  const generated = generate(model);
  if (!generated.ok) return generated;
  const { bytes, places } = generated.value;
  const readouts = model.readouts.map(({ vote, rank, fraction }) => ({ vote, rank, fraction }));
  return success({ module: compileModule(bytes), places, readouts });
}

/** Compiles `model` and runs it: as `runGolden`, but for what it refuses. */
export function runWasm(
  model: FixedModel,
  stimulus: Stimulus,
  options: RunOptions,
  observer: Observer,
): Result<undefined> {
  const network = compileWasm(model);
  if (!network.ok) return network;
  runNetwork(network.value, stimulus, options, observer);
  return success(undefined);
}

/** What of a run only the WebAssembly simulator gives: spikes per layer of the tick before. */
export interface TickCounts {
  /** Spikes that each layer sent in the last tick. */
  spikeCounts(): Int32Array;
}

/**
 * Runs every sample of `stimulus` as one frame and tells `observer` of each tick and each class. Arrays of a trace are
 * made when they are first read, and are valid until the next tick.
 */
export function runNetwork(
  network: WasmNetwork,
  stimulus: Stimulus,
  options: RunOptions,
  observer: Observer,
  onTick?: (ended: TickCounts) => void,
): void {
  const { places, readouts } = network;
  const { memory, tick, count } = instantiate(network.module);
  const bytes = new Uint8Array(memory.buffer);
  const input = bytes.subarray(places.input.at);
  const inputIndex = indexOf(places.input);
  const spikes = places.spikes.map((place) => reader(place, memory));
  const states = places.states.map((place) => reader(place, memory));
  const logits = places.logits.map(({ at, lane, classes }) =>
    lane === "i32"
      ? new Int32Array(memory.buffer, at, classes)
      : new BigInt64Array(memory.buffer, at, classes),
  );
  const potentials = places.logits.map((place) => reader(place.potentials, memory));
  const counts = new Int32Array(memory.buffer, places.counts, places.spikes.length);
  const ended: TickCounts = {
    spikeCounts() {
      count();
      return counts;
    },
  };
  for (let sample = 0; sample < stimulus.samples; sample++) {
    for (const { at, lane, map } of places.states)
      bytes.fill(0, at, at + map.height * map.width * map.stride * (lane === "i32" ? 4 : 8) + 32);
    const votes = logits.map((row) => new Array<number>(row.length).fill(0));
    const lastClass = logits.map(() => 0);
    for (let t = 0; t < stimulus.ticks; t++) {
      const active = stimulus.active(sample, t);
      for (let i = 0; i < active.length; i++) input[inputIndex[active[i] as number] as number] = 1;
      tick();
      for (let i = 0; i < active.length; i++) input[inputIndex[active[i] as number] as number] = 0;
      logits.forEach((row, r) => {
        const { rank, vote } = readouts[r] as Voting;
        const best = argmax(row, rank);
        lastClass[r] = best;
        if (t < options.burnIn) return;
        const sums = votes[r] as number[];
        if (vote === "sum")
          for (let c = 0; c < row.length; c++) sums[c] = (sums[c] as number) + Number(row[c]);
        else sums[best] = (sums[best] as number) + 1;
      });
      observer.tick?.(traceOf(sample, t, spikes, states, logits, potentials, lastClass));
      onTick?.(ended);
    }
    const counted = Math.max(0, stimulus.ticks - options.burnIn);
    const whole = votes.map((counts, r) => wholeOf(readouts[r] as Voting, counts, counted));
    const classes = whole.map(({ sums, order }, r) =>
      readouts[r]?.vote === "last" ? (lastClass[r] as number) : argmax(sums, order),
    );
    observer.sample?.({ sample, classes, votes: whole.map(({ sums }) => sums) });
  }
}

/** What a frame's classes have, with the fractions of `counted` ticks; `order` decides between equal ones. */
function wholeOf({ fraction }: Voting, counts: readonly number[], counted: number) {
  if (fraction.bits === 0) return { sums: counts, order: [] };
  const over = fraction.values.map((f) => f * BigInt(counted));
  const sums = counts.map((n, c) => n + Number((over[c] as bigint) >> BigInt(fraction.bits)));
  return { sums, order: over.map((f) => Number(BigInt.asUintN(fraction.bits, f))) };
}

/** A tick's trace; its arrays are converted when they are asked for. */
function traceOf(
  sample: number,
  tick: number,
  spikes: readonly (() => Uint8Array | Int32Array | Float64Array)[],
  states: readonly (() => Uint8Array | Int32Array | Float64Array)[],
  logits: readonly (Int32Array | BigInt64Array)[],
  potentials: readonly (() => Uint8Array | Int32Array | Float64Array)[],
  lastClass: readonly number[],
): TickTrace {
  return {
    sample,
    tick,
    tickClass: [...lastClass],
    get spikes() {
      return spikes.map((read) => read() as Uint8Array);
    },
    get states() {
      return states.map((read) => read());
    },
    get potentials() {
      return potentials.map((read) => read());
    },
    get logits() {
      return logits.map((row) => (row instanceof Int32Array ? row : Float64Array.from(row, Number)));
    },
  };
}

/** For each (C, H, W) index the element that holds it. */
function indexOf({ map }: Place): Int32Array {
  const plane = map.height * map.width;
  const index = new Int32Array(map.channels * plane);
  for (let c = 0; c < map.channels; c++)
    for (let p = 0; p < plane; p++) index[c * plane + p] = p * map.stride + c;
  return index;
}

/** A function that copies an array out of the memory, in the order (C, H, W). */
function reader(place: Place, memory: WasmExports["memory"]): () => Uint8Array | Int32Array | Float64Array {
  const index = indexOf(place);
  const length = place.map.height * place.map.width * place.map.stride;
  if (place.lane === "i64") {
    const from = new BigInt64Array(memory.buffer, place.at, length);
    const to = new Float64Array(index.length);
    return () => {
      for (let i = 0; i < index.length; i++) to[i] = Number(from[index[i] as number]);
      return to;
    };
  }
  const make = place.lane === "u8" ? Uint8Array : Int32Array;
  const from = new make(memory.buffer, place.at, length);
  const to = new make(index.length);
  return () => {
    for (let i = 0; i < index.length; i++) to[i] = from[index[i] as number] as number;
    return to;
  };
}

/** Index of the largest (value, rank); ties: the lowest index. */
function argmax(values: ArrayLike<number | bigint>, rank: readonly number[]): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    const [value, top] = [values[i] as number | bigint, values[best] as number | bigint];
    if (value > top || (value === top && (rank[i] ?? 0) > (rank[best] ?? 0))) best = i;
  }
  return best;
}
