import type { Stimulus } from "../../../src/data/stimulus.js";
import { type Rounding, roundings } from "../../../src/fixed/format.js";
import {
  conv,
  dcllLayer,
  type LayerSpec,
  lifLayer,
  linear,
  network,
  quantisedWeights,
  quantiser,
  readout,
  shape,
  synapseOutput,
  unsignedQuantiser,
} from "../../../src/ir/builders.js";
import {
  type PerChannel,
  type Pool,
  type Quantiser,
  type Shape,
  type SpikingLayer,
  type SpikingModel,
  type SpikingReadout,
  type Synapse,
  sizeOf,
  type Weights,
} from "../../../src/ir/spiking.js";
import { divisorsOf } from "../../../src/mapping/divisors.js";
import { type Random, random } from "../../../src/testing/random-model.js";

/** A small network, how it is built, and what it is run on: everything follows from the seed. */
export interface RandomCase {
  readonly seed: number;
  readonly model: SpikingModel;
  readonly lanes: Readonly<Record<string, { readonly pe: number; readonly simd: number }>>;
  readonly acts: number;
  readonly stimulus: Stimulus;
  readonly burnIn: number;
  readonly pauseIn: number;
  readonly pauseOut: number;
  /** Shuffles the events of a tick: they may come in any order. */
  readonly order: (events: readonly number[]) => readonly number[];
}

/** Most multiply-accumulates of a tick and layer: keeps the simulators quick. */
const MAX_WORK = 6000;

/** The random network of a seed. */
export function randomCase(seed: number): RandomCase {
  const r = random(seed * 7919 + 1);
  const layers: SpikingLayer[] = [];
  const wanted = r.pick([1, 1, 2, 2, 3]);
  let input = randomInput(r);
  if (r.chance(0.1)) {
    layers.push(burstLayer(r));
    input = (layers[0] as SpikingLayer).sent;
  }
  while (layers.length < wanted) {
    const pools = random(seed * 6151 + layers.length);
    const layer = randomLayer(r, `layer${layers.length + 1}`, input, pools.chance(0.5));
    if (layer === undefined) continue;
    layers.push(layer);
    input = layer.sent;
  }
  const readouts = randomReadouts(r, layers);
  const model = network(`random${seed}`, layers as [SpikingLayer, ...SpikingLayer[]], readouts);
  const lanes = Object.fromEntries(
    layers.map(({ name, output, input: { channels } }) => {
      const all = r.chance(0.3);
      const one = (n: number): number => (all ? n : r.pick(divisorsOf(n)));
      return [name, { pe: one(output.channels), simd: one(channels) }];
    }),
  );
  const read = layers.filter((layer) => readouts.some((o) => o.layer === layer.name));
  const pes = read.map((layer) => lanes[layer.name]?.pe ?? 1);
  const acts = r.pick(divisorsOf(pes[0] ?? 1).filter((d) => pes.every((pe) => pe % d === 0)));
  const ticks = r.pick([1, 2, 4, 7]);
  const samples = ticks === 1 ? 6 : r.int(1, 3);
  return {
    seed,
    model,
    lanes,
    acts,
    stimulus: randomStimulus(r, model.input, samples, ticks),
    burnIn: r.pick([0, 0, 1, 2, 9]),
    pauseIn: r.int(0, 2),
    pauseOut: r.int(0, 2),
    order: r.chance(0.5) ? r.shuffled : (events) => events,
  };
}

function randomInput(r: Random): Shape {
  const channels = r.pick([1, 1, 2, 3, 4, 5, 6]);
  return r.chance(0.15) ? shape(channels, 1, 1) : shape(channels, r.int(1, 7), r.int(1, 7));
}

/** A layer of one beat a neuron group in which all neurons always spike: the next stage can't follow. */
function burstLayer(r: Random): SpikingLayer {
  const input = shape(r.int(1, 2), r.int(6, 7), r.int(6, 7));
  const outChannels = r.pick([10, 12]);
  const weights = randomWeights(r, outChannels, input.channels);
  return lifLayer({
    name: "layer1",
    input,
    synapse: conv({ outChannels, kernel: [1, 1], weights }),
    bias: 20,
    decay: 0.5,
    reset: "none",
    quantisers: { u: quantiser(12, 4) },
  });
}

/** Spikes at random, with ticks in which none and ticks in which all inputs spike. */
function randomStimulus(r: Random, input: Shape, samples: number, ticks: number): Stimulus {
  const all = Array.from({ length: sizeOf(input) }, (_, i) => i);
  const active = Array.from({ length: samples }, () =>
    Array.from({ length: ticks }, () => {
      const density = r.pick([0, 0.1, 0.3, 0.6, 1]);
      return all.filter(() => r.chance(density));
    }),
  );
  return { samples, ticks, shape: input, active: (sample, tick) => active[sample]?.[tick] ?? [] };
}

/** A layer whose pool, if it has one, is of its sums or of its spikes: what it sends has the same shape. */
function randomLayer(r: Random, name: string, input: Shape, poolsSums: boolean): SpikingLayer | undefined {
  const synapse = randomSynapse(r, input);
  const output = synapseOutput(input, synapse);
  if (sizeOf(output) < 1 || output.height < 1 || output.width < 1) return undefined;
  if (
    output.height * output.width * (synapse.weights.kind === "quantised" ? synapse.weights.raw.length : 0) >
    MAX_WORK
  )
    return undefined;
  const base: LayerSpec = {
    name,
    input,
    synapse,
    [poolsSums ? "currentPool" : "pool"]: randomPool(r, output),
    bias: randomBias(r, output.channels),
    orEqual: r.chance(0.4),
  };
  const perChannel = (channels: number, make: () => number): PerChannel =>
    r.chance(0.4) ? Array.from({ length: channels }, make) : [make()];
  const q = randomQuantisers(r);
  const perNeuron = (): Quantiser => spread(r, q(), output.channels);
  const kind = r.pick(["pre", "pre", "post", "lif", "lif", "integrator"] as const);
  if (kind === "pre" || kind === "post") {
    const traced = kind === "pre" ? input.channels : output.channels;
    const gains = [perChannel(traced, () => r.pick([0.5, 1, 2, 3])), r.pick([0.25, 1, 1.5])] as const;
    // The operand of the synapse has one unit, so traces before it have one decay unit, but may decay each their way.
    const trace = (): Quantiser => (kind === "pre" ? q() : perNeuron());
    return dcllLayer({
      ...base,
      form: kind,
      alpha: perChannel(traced, () => randomDecay(r)),
      alphas: perChannel(traced, () => randomDecay(r)),
      ...(r.chance(0.3) ? { gains } : {}),
      delayed: r.chance(0.3),
      quantisers: { eps0: trace(), eps1: trace(), arp: { ...perNeuron(), signed: true } },
      ...(r.chance(0.6)
        ? {
            refractory: {
              decay: perChannel(output.channels, () => randomDecay(r)),
              weight: perChannel(output.channels, () => r.pick([1, 0.5, 0.75, Math.fround(r.real() + 0.1)])),
            },
          }
        : {}),
    });
  }
  return lifLayer({
    ...base,
    decay: perChannel(output.channels, () => r.pick([randomDecay(r), randomDecay(r), 1])),
    threshold: perChannel(output.channels, () => r.pick([1, 0.5, 0.75, 0.3])),
    reset: kind === "integrator" ? "none" : r.pick(["subtract", "zero"]),
    ...(r.chance(0.4) ? { current: { decay: perChannel(output.channels, () => randomDecay(r)) } } : {}),
    quantisers: { u: perNeuron(), i: perNeuron() },
  });
}

/** c / 2^n below 1: short ones are exact, long ones are rounded to the coefficient's width. */
function randomDecay(r: Random): number {
  if (r.chance(0.1)) return r.real();
  const n = r.int(1, 7);
  return r.int(1, 2 ** n - 1) / 2 ** n;
}

/** Biases that let hardly any, some, or all neurons spike in every tick. */
function randomBias(r: Random, channels: number): PerChannel {
  const make = r.pick([
    () => 0,
    () => Math.fround(0.25 - r.real() * 1.5),
    () => Math.fround(r.real() - 0.5),
    () => 4,
    () => -2,
  ]);
  return r.chance(0.6) ? Array.from({ length: channels }, make) : [make()];
}

/** Narrow ones saturate all the time, wide ones never; one width for all states of a layer, or each its own. */
function randomQuantisers(r: Random): () => Quantiser {
  const widths = r.pick([[4, 5, 6], [8, 10, 12], [24], [4, 12, 24, 30]]);
  const signed = r.chance(0.75);
  return () => {
    const bits = r.pick(widths);
    const fraction = bits - r.int(1, 3);
    const rounding: Rounding = r.pick(roundings);
    return { ...(signed ? quantiser : unsignedQuantiser)(bits, fraction, rounding), narrow: r.chance(0.2) };
  };
}

/** The same quantiser for all channels, or with units of its own for each. */
function spread(r: Random, q: Quantiser, channels: number): Quantiser {
  const unit = q.scale[0] as number;
  if (r.chance(0.7)) return q;
  if (r.chance(0.2)) return { ...q, scale: [unit * (0.6 + r.real())] };
  return { ...q, scale: Array.from({ length: channels }, () => unit * r.pick([1, 0.5, 2])) };
}

function randomSynapse(r: Random, input: Shape): Synapse {
  const outChannels = r.pick([1, 1, 2, 3, 4, 5, 6, 10, 12]);
  if (r.chance(0.2)) return linear(input, outChannels, randomWeights(r, outChannels, sizeOf(input)));
  const padding = r.chance(0.4)
    ? ([0, 0, 0, 0] as const)
    : ([r.int(0, 2), r.int(0, 2), r.int(0, 2), r.int(0, 2)] as const);
  // Larger than the map where the padding allows it.
  const kernel = [
    r.int(1, Math.min(4, input.height + padding[0] + padding[2])),
    r.int(1, Math.min(4, input.width + padding[1] + padding[3])),
  ] as const;
  const stride = [r.pick([1, 1, 2, 3]), r.pick([1, 1, 2, 3])] as const;
  const weights = randomWeights(r, outChannels, input.channels * kernel[0] * kernel[1]);
  return conv({ outChannels, kernel, stride, padding, weights });
}

function randomWeights(r: Random, rows: number, columns: number): Weights {
  const bits = r.int(2, 8);
  const high = 2 ** (bits - 1) - 1;
  const narrow = r.chance(0.5);
  const low = r.pick([narrow ? -high : -high - 1, -high, 0]);
  const sparse = r.chance(0.2);
  const raw = Array.from({ length: rows * columns }, () => (sparse && r.chance(0.8) ? 0 : r.int(low, high)));
  const any = r.chance(0.35);
  const scale = (): number => 2 ** (r.int(-2, 1) - bits + 1) * (any ? 0.6 + r.real() : 1);
  return quantisedWeights(raw, r.chance(0.5) ? [scale()] : Array.from({ length: rows }, scale), bits, narrow);
}

/** Windows up to the map, that may leave rows and columns over. */
function randomPool(r: Random, output: Shape): Pool | undefined {
  if (r.chance(0.5)) return undefined;
  return { height: r.int(1, Math.min(3, output.height)), width: r.int(1, Math.min(3, output.width)) };
}

function randomReadouts(r: Random, layers: readonly SpikingLayer[]): readonly SpikingReadout[] {
  if (r.chance(0.25)) return [];
  return layers.flatMap((layer, l) => {
    if (l + 1 < layers.length && r.chance(0.7)) return [];
    const count = r.chance(0.15) ? 2 : 1;
    return Array.from({ length: count }, (_, i) => randomReadout(r, `logits${l + 1}_${i}`, layer));
  });
}

function randomReadout(r: Random, name: string, layer: SpikingLayer): SpikingReadout {
  const classes = r.pick([2, 2, 3, 5, 8, 12]);
  const columns = sizeOf(layer.sent);
  const bits = r.int(1, 8);
  const activation = {
    kind: r.pick(["sigmoid", "relu"] as const),
    quantiser: unsignedQuantiser(bits, Math.max(0, bits - r.int(0, 2)), r.pick(roundings)),
  };
  // Few values of few bits: classes with equal logits are common, and decided by the fractions of the biases.
  const tied = r.chance(0.4);
  const weightBits = tied ? 2 : r.int(2, 8);
  const high = 2 ** (weightBits - 1) - 1;
  const raw = Array.from({ length: classes * columns }, () => r.int(-high, high));
  if (tied) raw.splice(columns, columns, ...raw.slice(0, columns));
  const bias = Array.from({ length: classes }, () =>
    r.pick([0, tied ? 0 : Math.fround(r.real() - 0.5), Math.fround(r.real() - 0.5)]),
  );
  const unit = 2 ** (1 - weightBits) * (r.chance(0.3) ? 0.6 + r.real() : 1);
  const scale = r.chance(0.7) ? [unit] : Array.from({ length: classes }, () => unit * 2 ** r.int(0, 3));
  const weights = quantisedWeights(raw, scale, weightBits);
  return readout({
    name,
    layer,
    classes,
    weights,
    bias,
    vote: r.pick(["majority", "sum", "last"]),
    activation,
  });
}
