import type { Stimulus } from "../data/stimulus.js";
import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import { roundShift, saturate, thresholdSearch } from "../fixed/ops.js";
import type {
  FixedExpr,
  FixedGraph,
  FixedLayer,
  FixedLinearReadout,
  FixedModel,
  FixedReadout,
} from "../ir/fixed.js";
import { type Pool, type Shape, sizeOf, sumsOf } from "../ir/spiking.js";
import type { Observer } from "./trace.js";

/**
 * The golden simulator is the specification: design page 2-numerics in TypeScript, written to be read. Integers
 * only; element-wise arithmetic in BigInt, straight from src/fixed/ops.ts; sums of products in doubles, which
 * `bound-ranges` proves to stay below 2^53. Everything else (emitted golden, Verilator, Icarus) must equal it.
 */

/** How a run is cut into frames and counted. */
export interface RunOptions {
  /** Ticks of each frame whose class isn't counted. */
  readonly burnIn: number;
}

/** The states of one layer, before its synapse and behind it, by name: an integer for each element. */
export interface LayerState {
  readonly pre: Map<string, bigint[]>;
  readonly post: Map<string, bigint[]>;
}

/** What a layer sends at the end of a tick: pooled spikes, and potentials for readouts. */
export interface LayerOutput {
  readonly spikes: Uint8Array;
  /** Un-pooled potential of every neuron. */
  readonly potentials: readonly bigint[];
}

/** Runs every sample of `stimulus` as one frame and tells `observer` of each tick and each class. */
export function runGolden(
  model: FixedModel,
  stimulus: Stimulus,
  options: RunOptions,
  observer: Observer,
): void {
  for (let sample = 0; sample < stimulus.samples; sample++) {
    const states = model.layers.map((layer) => resetLayer(layer));
    const votes = model.readouts.map((readout) => new Array<bigint>(readout.classes).fill(0n));
    const lastClass = model.readouts.map(() => 0);
    for (let tick = 0; tick < stimulus.ticks; tick++) {
      let spikes = new Uint8Array(sizeOf(model.input));
      for (const index of Array.from(stimulus.active(sample, tick))) spikes[index] = 1;

      const outputs = new Map<string, LayerOutput>();
      model.layers.forEach((layer, l) => {
        const output = stepLayer(layer, states[l] as LayerState, spikes);
        outputs.set(layer.name, output);
        spikes = output.spikes as Uint8Array<ArrayBuffer>;
      });

      const logits: bigint[][] = [];
      const potentials: bigint[][] = [];
      const tickClass: number[] = [];
      model.readouts.forEach((readout, r) => {
        const source = model.layers.find((layer) => layer.name === readout.layer);
        const output = outputs.get(readout.layer);
        invariant(
          source !== undefined && output !== undefined,
          `readout of unknown layer '${readout.layer}'`,
        );
        const pooledPotentials = pooled(output.potentials, source.output, readout.pool, maxBig);
        const row = readoutLogits(readout, pooledPotentials);
        potentials.push(pooledPotentials);
        const best = argmax(row, readout.rank);
        logits.push(row);
        tickClass.push(best);
        lastClass[r] = best;
        if (tick >= options.burnIn) countVote(readout, votes[r] as bigint[], row, best);
      });

      observer.tick?.({
        sample,
        tick,
        spikes: model.layers.map((layer) => (outputs.get(layer.name) as LayerOutput).spikes),
        states: model.layers.flatMap((_, l) => {
          const state = states[l] as LayerState;
          return [...state.pre.values(), ...state.post.values()].map((words) => words.map(Number));
        }),
        logits: logits.map((row) => row.map(Number)),
        potentials: potentials.map((row) => row.map(Number)),
        tickClass,
      });
    }
    const classes = model.readouts.map((readout, r) =>
      readout.vote === "last" ? (lastClass[r] as number) : argmax(votes[r] as bigint[], []),
    );
    const whole = model.readouts.map(({ fraction }, r) =>
      (votes[r] as bigint[]).map((count) => Number(count >> BigInt(fraction.bits))),
    );
    observer.sample?.({ sample, classes, votes: whole });
  }
}

/** What of a network in either form says which states it has. */
export interface Stateful {
  readonly layers: readonly {
    readonly name: string;
    readonly input: Shape;
    readonly output: Shape;
    readonly pre: { readonly states: readonly { readonly name: string }[] };
    readonly post: { readonly states: readonly { readonly name: string }[] };
  }[];
}

/** Names, shapes and formats of a model's states in the order in which every simulator reports them. */
export function stateList(model: Stateful): readonly { layer: string; name: string; shape: Shape }[] {
  return model.layers.flatMap((layer) => [
    ...layer.pre.states.map((s) => ({ layer: layer.name, name: s.name, shape: layer.input })),
    ...layer.post.states.map((s) => ({ layer: layer.name, name: s.name, shape: layer.output })),
  ]);
}

function resetLayer(layer: FixedLayer): LayerState {
  const zeros = (graph: FixedGraph<string>, shape: Shape) =>
    new Map(graph.states.map((s) => [s.name, new Array<bigint>(sizeOf(shape)).fill(0n)]));
  return { pre: zeros(layer.pre, layer.input), post: zeros(layer.post, layer.output) };
}

/** One tick of one layer: pre → synapse → current pool → post → pool. Advances `state`. */
export function stepLayer(layer: FixedLayer, state: LayerState, spikes: Uint8Array): LayerOutput {
  const input = Array.from(spikes, BigInt);
  const { operand } = stepGraph(layer.pre, layer.input, state.pre, input);
  const sums = convolve(layer, operand);
  const currents = pooled(sums, sumsOf(layer), layer.currentPool, maxBig);
  const { spike, potential } = stepGraph(layer.post, layer.output, state.post, currents);
  return { spikes: poolSpikes(spike, layer.output, layer.pool), potentials: potential };
}

/** Evaluates an element-wise recurrence on every element of `shape`; then all its states take their next values. */
function stepGraph<O extends string>(
  graph: FixedGraph<O>,
  shape: Shape,
  states: Map<string, bigint[]>,
  input: readonly bigint[],
): Record<O, bigint[]> {
  const outputs = Object.fromEntries(
    Object.keys(graph.outputs).map((name) => [name, new Array<bigint>(input.length)]),
  ) as Record<O, bigint[]>;
  const plane = shape.height * shape.width;
  for (let element = 0; element < input.length; element++) {
    const channel = Math.floor(element / plane);
    const values = new Map<string, bigint>();
    for (const expr of graph.exprs) {
      const value = evaluate(expr, values, channel, input[element] as bigint, states, element);
      values.set(expr.id, value);
    }
    for (const s of graph.states) (states.get(s.name) as bigint[])[element] = values.get(s.next) as bigint;
    for (const name of Object.keys(graph.outputs) as O[]) {
      outputs[name][element] = values.get(graph.outputs[name]) as bigint;
    }
  }
  return outputs;
}

function evaluate(
  expr: FixedExpr,
  values: ReadonlyMap<string, bigint>,
  channel: number,
  input: bigint,
  states: ReadonlyMap<string, readonly bigint[]>,
  element: number,
): bigint {
  const of = (id: string): bigint => values.get(id) as bigint;
  switch (expr.kind) {
    case "input":
      return input;
    case "constant":
      return ofChannel(expr.value, channel);
    case "state":
      return (states.get(expr.state) as readonly bigint[])[element] as bigint;
    case "add":
      return of(expr.a) + of(expr.b);
    case "sub":
      return of(expr.a) - of(expr.b);
    case "mulc":
      return of(expr.a) * ofChannel(expr.by, channel);
    case "shl":
      return of(expr.a) << BigInt(ofChannel(expr.bits, channel));
    case "shr":
      return roundShift(of(expr.a), expr.bits, expr.rounding);
    case "sat":
      return saturate(of(expr.a), expr);
    case "compare":
      return of(expr.a) > 0n || (expr.orEqual && of(expr.a) === 0n) ? 1n : 0n;
    case "select":
      return of(expr.condition) !== 0n ? of(expr.a) : of(expr.b);
    default:
      return assertNever(expr);
  }
}

/** The value for a channel of a list that holds one for all or one each. */
const ofChannel = <T>(values: readonly T[], channel: number): T =>
  (values.length === 1 ? values[0] : values[channel]) as T;

/** Σ w·operand over the kernel's taps inside the map, for every position and channel of the sums. */
function convolve(layer: FixedLayer, operand: readonly bigint[]): bigint[] {
  const { weights, kernel, stride, padding } = layer.synapse;
  const [kh, kw] = kernel;
  const { channels: ci, height: hi, width: wi } = layer.input;
  const { channels: co, height: ho, width: wo } = sumsOf(layer);
  const x = Float64Array.from(operand, Number);
  const sums = new Array<bigint>(co * ho * wo);
  for (let c = 0; c < co; c++)
    for (let oy = 0; oy < ho; oy++)
      for (let ox = 0; ox < wo; ox++) {
        let sum = 0;
        for (let i = 0; i < ci; i++)
          for (let ky = 0; ky < kh; ky++) {
            const iy = oy * stride[0] - padding[0] + ky;
            if (iy < 0 || iy >= hi) continue;
            for (let kx = 0; kx < kw; kx++) {
              const ix = ox * stride[1] - padding[1] + kx;
              if (ix < 0 || ix >= wi) continue;
              const tap = ((c * ci + i) * kh + ky) * kw + kx;
              sum += (weights[tap] as number) * (x[(i * hi + iy) * wi + ix] as number);
            }
          }
        sums[(c * ho + oy) * wo + ox] = BigInt(sum);
      }
  return sums;
}

/** Max-pooling of any value: windows of stride = kernel; the last row or column that fills no window is dropped. */
function pooled<T>(
  values: readonly T[],
  shape: Shape,
  pool: Pool | undefined,
  larger: (a: T, b: T) => T,
): T[] {
  if (pool === undefined) return [...values];
  const height = Math.floor(shape.height / pool.height);
  const width = Math.floor(shape.width / pool.width);
  const result: T[] = [];
  for (let c = 0; c < shape.channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const at = (wy: number, wx: number) =>
          values[(c * shape.height + y * pool.height + wy) * shape.width + x * pool.width + wx] as T;
        let best = at(0, 0);
        for (let wy = 0; wy < pool.height; wy++)
          for (let wx = 0; wx < pool.width; wx++) best = larger(best, at(wy, wx));
        result.push(best);
      }
  return result;
}

const maxBig = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function poolSpikes(spikes: readonly bigint[], shape: Shape, pool: Pool | undefined): Uint8Array {
  return Uint8Array.from(pooled(spikes, shape, pool, maxBig), Number);
}

/** logit_c = Σ w·p + bias_c, p = number of thresholds ≤ pooled potential: exact. An integrator shows potential_c + bias_c. */
function readoutLogits(readout: FixedReadout, potentials: readonly bigint[]): bigint[] {
  if (readout.kind === "linear") return linearLogits(readout, potentials);
  return potentials.map((potential, c) => potential + (readout.bias[c] as bigint));
}

function linearLogits(readout: FixedLinearReadout, potentials: readonly bigint[]): bigint[] {
  const plane = readout.input.height * readout.input.width;
  const p = potentials.map((potential, i) =>
    thresholdSearch(potential, ofChannel(readout.thresholds, Math.floor(i / plane))),
  );
  const logits: bigint[] = [];
  for (let c = 0; c < readout.classes; c++) {
    let sum = 0;
    for (let i = 0; i < p.length; i++) {
      sum += (readout.weights[c * p.length + i] as number) * (p[i] as number);
    }
    logits.push(BigInt(sum) + (readout.bias[c] as bigint));
  }
  return logits;
}

/** Index of the largest (value, rank); ties: the lowest index. */
function argmax(values: readonly bigint[], rank: readonly number[]): number {
  let best = 0;
  values.forEach((value, i) => {
    const top = values[best] as bigint;
    if (value > top || (value === top && (rank[i] ?? 0) > (rank[best] ?? 0))) best = i;
  });
  return best;
}

/** A tick's vote: one for its class, or of each class its whole logit, in units of 2^-bits of the logit's. */
function countVote(
  { vote, fraction }: FixedReadout,
  votes: bigint[],
  logits: readonly bigint[],
  best: number,
): void {
  if (vote === "sum") {
    logits.forEach((logit, c) => {
      const exact = (logit << BigInt(fraction.bits)) + (fraction.values[c] as bigint);
      votes[c] = (votes[c] as bigint) + exact;
    });
  } else {
    votes[best] = (votes[best] as bigint) + 1n;
  }
}
