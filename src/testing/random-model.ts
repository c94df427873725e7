import type { Stimulus } from "../data/stimulus.js";
import { type Rounding, roundings } from "../fixed/format.js";
import {
  conv,
  dcllLayer,
  integratorLayer,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  renameOperands,
  shape,
  synapseOutput,
  unsignedQuantiser,
} from "../ir/builders.js";
import {
  type PerChannel,
  type Pool,
  type Quantiser,
  type Recurrence,
  type Shape,
  type SpikingExpr,
  type SpikingLayer,
  type SpikingModel,
  type Synapse,
  sizeOf,
  type Weights,
} from "../ir/spiking.js";

/** A seeded source of choices: the same seed, the same choices, on every machine. */
export interface Random {
  /** 0 ≤ x < 1. */
  real(): number;
  /** low ≤ n ≤ high. */
  int(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  chance(probability: number): boolean;
  /** The same numbers in another order. */
  shuffled(numbers: readonly number[]): readonly number[];
}

/** mulberry32: 32 bits of state, good enough to choose tests. */
export function random(seed: number): Random {
  let state = seed >>> 0;
  const real = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(real() * (high - low + 1));
  return {
    real,
    int,
    pick: <T>(choices: readonly T[]): T => choices[int(0, choices.length - 1)] as T,
    chance: (probability) => real() < probability,
    shuffled(numbers) {
      const left = [...numbers];
      return numbers.map(() => left.splice(int(0, left.length - 1), 1)[0] as number);
    },
  };
}

/** What a random model may hold. */
export interface RandomModelOptions {
  /** Weight scales per output channel: powers of two, for which the lowering is exact, or any. */
  readonly scales?: "power-of-two" | "any";
  /** Bits of every state; 4 to 24, each state its own, where nothing is said. */
  readonly stateBits?: number;
  /** Integer bits of every state, sign included; few enough that many saturate, where nothing is said. */
  readonly integerBits?: number;
}

/**
 * A small network of one to three layers of any kind (DCLL before and behind the synapse, DECOLLE, refractory, LIF with
 * each reset, current-based LIF), any rounding mode, stride, padding, rectangular maps and kernels, pools of
 * sums or of spikes with leftovers, states that saturate. Every real value of a run is an exact double where scales are powers of two.
 */
export function randomModel(seed: number, options: RandomModelOptions = {}): SpikingModel {
  const r = random(seed);
  const input = shape(r.int(1, 3), r.int(3, 8), r.int(3, 8));
  const layers: SpikingLayer[] = [];
  for (let l = 0; l < r.int(1, 3) || layers.length === 0; l++) {
    const pools = random(seed ^ Math.imul(l + 1, 0x9e3779b1));
    layers.push(randomLayer(r, pools, `layer${l + 1}`, layers.at(-1)?.sent ?? input, options));
  }
  const readouts = layers.flatMap((layer, l) =>
    l + 1 === layers.length || r.chance(0.3) ? [randomReadout(r, `logits${l + 1}`, layer)] : [],
  );
  return network(`random${seed}`, layers as [SpikingLayer, ...SpikingLayer[]], readouts);
}

/** Spikes of a run: each input of each tick with a probability that the seed chooses per sample. */
export function randomStimulus(seed: number, input: Shape, samples: number, ticks: number): Stimulus {
  const r = random(seed ^ 0x5eed);
  const active = Array.from({ length: samples }, () => {
    const density = r.pick([0.02, 0.1, 0.3]);
    return Array.from({ length: ticks }, () =>
      Array.from({ length: sizeOf(input) }, (_, i) => i).filter(() => r.chance(density)),
    );
  });
  return { samples, ticks, shape: input, active: (sample, tick) => active[sample]?.[tick] ?? [] };
}

function randomLayer(
  r: Random,
  pools: Random,
  name: string,
  input: Shape,
  options: RandomModelOptions,
): SpikingLayer {
  const synapse = randomSynapse(r, input, options);
  const output = synapseOutput(input, synapse);
  const window = randomPool(r, output);
  // Of the sums or of the spikes: what is sent has the same shape.
  const pool = pools.chance(0.3) ? { currentPool: window } : { pool: window };
  const perChannel = (make: () => number): PerChannel =>
    r.chance(0.5) ? [make()] : Array.from({ length: output.channels }, make);
  const q = (): Quantiser => {
    const bits = options.stateBits ?? r.int(4, 24);
    const integerBits = options.integerBits ?? r.int(1, 7);
    const unit = quantiser(bits, bits - integerBits, r.pick(roundings));
    return { ...unit, narrow: r.chance(0.2) };
  };
  // A bias is a float32, as exported; its sum with any state is an exact double.
  const bias = perChannel(() => Math.fround(0.25 - r.real() * 1.5));
  const base = { name, input, synapse, ...pool, bias, orEqual: r.chance(0.3) };
  const kind = r.pick(["pre", "post", "pre", "post", "lif", "integrator"] as const);
  if (kind === "pre" || kind === "post") {
    const gains = r.chance(0.3) ? ([r.pick([0.5, 2, 3, 5]), r.pick([0.25, 2, 1.5])] as const) : undefined;
    const refractory = r.chance(0.6)
      ? { decay: decay(r), weight: r.pick([1, 0.5, 0.75, Math.fround(r.real() + 0.1)]) }
      : undefined;
    return dcllLayer({
      ...base,
      form: kind,
      alpha: decay(r),
      alphas: decay(r),
      delayed: r.chance(0.2),
      quantisers: { eps0: q(), eps1: q(), arp: q() },
      ...(gains && { gains }),
      ...(refractory && { refractory }),
    });
  }
  const current = r.chance(0.3) ? { current: { decay: decay(r) } } : {};
  const quantisers = { u: q(), i: q() };
  const rates = { decay: perChannel(() => decay(r)), quantisers, ...current };
  if (kind === "integrator") return integratorLayer({ ...base, ...rates });
  const threshold = perChannel(() => r.pick([1, 0.5, 0.75]));
  return lifLayer({ ...base, ...rates, threshold, reset: r.pick(["subtract", "zero"]) });
}

/** c / 2^n, 0.5 ≤ c / 2^n < 1. */
function decay(r: Random): number {
  // Slow decays are few: their worst-case bounds take long to converge.
  const n = r.pick([2, 3, 4, 5, 5, 7]);
  return r.int(2 ** (n - 1), 2 ** n - 1) / 2 ** n;
}

function randomSynapse(r: Random, input: Shape, options: RandomModelOptions): Synapse {
  const outChannels = r.int(1, 4);
  if (r.chance(0.2)) {
    const taps = sizeOf(input);
    return linear(input, outChannels, randomWeights(r, outChannels, taps, options));
  }
  const padding = [r.int(0, 2), r.int(0, 2), r.int(0, 2), r.int(0, 2)] as const;
  const kernel = [
    Math.min(r.int(1, 4), input.height + padding[0] + padding[2]),
    Math.min(r.int(1, 4), input.width + padding[1] + padding[3]),
  ] as const;
  const stride = [r.pick([1, 1, 2, 3]), r.pick([1, 1, 2, 3])] as const;
  const taps = input.channels * kernel[0] * kernel[1];
  return conv({
    outChannels,
    kernel,
    stride,
    padding,
    weights: randomWeights(r, outChannels, taps, options),
  });
}

function randomWeights(r: Random, rows: number, columns: number, options: RandomModelOptions): Weights {
  const bits = r.int(2, 8);
  const high = 2 ** (bits - 1) - 1;
  const raw = Array.from({ length: rows * columns }, () => r.int(-high, high));
  const scale = (): number =>
    2 ** (r.int(-2, 0) - bits + 1) * (options.scales === "any" ? 0.6 + r.real() : 1);
  return quantisedWeights(raw, r.chance(0.5) ? [scale()] : Array.from({ length: rows }, scale), bits);
}

/** Windows up to the map, that may leave rows and columns over. */
function randomPool(r: Random, output: Shape): Pool | undefined {
  if (r.chance(0.4)) return undefined;
  return { height: r.int(1, Math.min(3, output.height)), width: r.int(1, Math.min(3, output.width)) };
}

function randomReadout(r: Random, name: string, layer: SpikingLayer) {
  const classes = r.int(1, 5);
  const columns = sizeOf(layer.sent);
  const bits = r.int(4, 8);
  const raw = Array.from({ length: classes * columns }, () => r.int(-127, 127));
  // A readout of few weights and equal biases has ties, which the lowest index wins.
  const bias = Array.from({ length: classes }, () => (r.chance(0.3) ? 0 : Math.fround(r.real() - 0.5)));
  const rounding: Rounding = r.pick(roundings);
  const sigmoid = { kind: "sigmoid", quantiser: unsignedQuantiser(bits, bits, rounding) } as const;
  const relu = { kind: "relu", quantiser: unsignedQuantiser(bits, bits - 2, rounding) } as const;
  const weights = quantisedWeights(raw, 2 ** -7);
  const vote = r.pick(["majority", "sum", "last"] as const);
  return readout({ name, layer, classes, weights, bias, vote, activation: r.pick([sigmoid, relu]) });
}

/**
 * The model as a float checkpoint: states without quantisers, weights (and readouts) in real numbers, activations as
 * they are.
 */
export function dropQuantisers(model: SpikingModel): SpikingModel {
  const real = (weights: Weights, rows: number): Weights => {
    if (weights.kind === "real") return weights;
    const columns = weights.raw.length / rows;
    const scale = (i: number): number => weights.scale[weights.scale.length === 1 ? 0 : i] as number;
    return {
      kind: "real",
      values: Float64Array.from(weights.raw, (w, i) => w * scale(Math.floor(i / columns))),
    };
  };
  return {
    ...model,
    layers: model.layers.map((layer) => ({
      ...layer,
      pre: dropFromGraph(layer.pre),
      synapse: { ...layer.synapse, weights: real(layer.synapse.weights, layer.synapse.outChannels) },
      post: dropFromGraph(layer.post),
    })),
    readouts: model.readouts.map((o) =>
      o.kind === "potential"
        ? o
        : {
            ...o,
            activation: { ...o.activation, quantiser: undefined },
            weights: real(o.weights, o.classes),
          },
    ),
  };
}

/** Users of a `quantise` read its operand instead. */
function dropFromGraph<O extends string>(graph: Recurrence<O>): Recurrence<O> {
  const plain = new Map<string, string>();
  const of = (id: string): string => plain.get(id) ?? id;
  const exprs: SpikingExpr[] = [];
  for (const e of graph.exprs) {
    if (e.kind === "quantise") plain.set(e.id, of(e.a));
    else exprs.push(renameOperands(e, of));
  }
  const outputs = Object.entries<string>(graph.outputs).map(([name, id]) => [name, of(id)]);
  return {
    exprs,
    states: graph.states.map((s) => ({ ...s, next: of(s.next) })),
    outputs: Object.fromEntries(outputs) as Recurrence<O>["outputs"],
  };
}
