import { roundings } from "../fixed/format.js";
import {
  conv,
  type GraphBuilder,
  graphBuilder,
  layerOf,
  network,
  quantisedWeights,
  quantiser,
  realWeights,
  shape,
  synapseOutput,
} from "../ir/builders.js";
import type { PerChannel, Quantiser, SpikingLayer, SpikingModel } from "../ir/spiking.js";
import { passThrough } from "../ir/spiking.js";
import { type Random, random } from "./random-model.js";

/** What the numbers of a random graph are. */
export type Numbers =
  /** Scales powers of two, constants short binary fractions: all of it is exact. */
  | "short"
  /** Scales powers of two, constants of float32. */
  | "float32"
  /** Any doubles. */
  | "any";

/**
 * One layer whose recurrences are random graphs of every operation: what no neuron model is, but an ONNX file may
 * hold. Behind the synapse one to three states, and in some cases one before it; `open` leaves states and weights real.
 */
export function randomGraphModel(seed: number, numbers: Numbers, open = false): SpikingModel {
  const r = random(seed);
  const input = shape(r.int(1, 2), r.int(1, 3), r.int(1, 3));
  const outChannels = r.int(1, 3);
  const kernel = [r.int(1, input.height), r.int(1, input.width)] as const;
  const count = outChannels * input.channels * kernel[0] * kernel[1];
  const scale = (): number => 2 ** r.int(-6, -2) * (numbers === "any" ? 0.6 + r.real() : 1);
  const scales = r.chance(0.5) ? [scale()] : Array.from({ length: outChannels }, scale);
  const raw = Array.from({ length: count }, () => r.int(-15, 15));
  const weights = open ? realWeights(raw.map((w) => w * scale())) : quantisedWeights(raw, scales, 5);
  const synapse = conv({ outChannels, kernel, weights });
  const output = synapseOutput(input, synapse);
  const pre = r.chance(0.4) ? before(r, numbers, open) : passThrough([]);
  const post = behind(r, output.channels, numbers, open);
  return network(`graph${seed}`, [layerOf({ name: "l", input, synapse }, pre, post)]);
}

function constantOf(r: Random, numbers: Numbers): number {
  const real = r.real() * 3 - 1.5;
  if (numbers === "short") return Math.round(real * 16) / 16;
  return numbers === "float32" ? Math.fround(real) : real;
}

function formatOf(r: Random, channels: number, numbers: Numbers): Quantiser {
  const unit = (): number => 2 ** -r.int(0, 8) * (numbers === "any" && r.chance(0.5) ? 0.6 + r.real() : 1);
  const scale: PerChannel = r.chance(0.6) ? [unit()] : Array.from({ length: channels }, unit);
  return { ...quantiser(r.int(4, 14), 0, r.pick(roundings)), scale, narrow: r.chance(0.2) };
}

/** Appends `count` random operations on what there is, and gives all ids of real values. */
function operations(
  g: GraphBuilder,
  r: Random,
  channels: number,
  numbers: Numbers,
  start: readonly string[],
  count: number,
): readonly string[] {
  const values = [...start];
  const spikes: string[] = [];
  const any = (): string => (r.chance(0.4) ? (values.at(-1) as string) : r.pick(values));
  const constant = (id: string): string => {
    const value = (): number => constantOf(r, numbers);
    return g.constant(id, r.chance(0.6) ? value() : Array.from({ length: channels }, value));
  };
  for (let n = 0; n < count; n++) {
    const id = `e${n}`;
    const two = [constantOf(r, numbers), constantOf(r, numbers)].sort((a, b) => a - b);
    const [low, high] = two as [number, number];
    const operand = (): string => (r.chance(0.3) ? constant(`${id}_c${values.length}`) : any());
    r.pick<() => void>([
      () => values.push(g.add(id, any(), any())),
      () => values.push(g.add(id, any(), constant(`${id}_c`))),
      () => values.push(g.sub(id, any(), any())),
      () => values.push(g.sub(id, constant(`${id}_c`), any())),
      () => values.push(g.scale(id, any(), r.int(1, 7) / 8)),
      () => values.push(g.scale(id, any(), -r.int(1, 7) / 4)),
      () => values.push(g.clip(id, any(), low, high)),
      () => spikes.push(g.compare(id, g.sub(`${id}_d`, any(), constant(`${id}_c`)), r.chance(0.5))),
      () => spikes.push(g.compare(id, g.sub(`${id}_d`, any(), any()), r.chance(0.5))),
      () => spikes.length > 0 && values.push(g.select(id, r.pick(spikes), operand(), any())),
      () => spikes.length > 0 && values.push(g.select(id, r.pick(spikes), any(), constant(`${id}_c`))),
      () => spikes.length > 0 && values.push(g.scale(id, r.pick(spikes), 0.5 + Math.abs(low))),
    ])();
  }
  return values;
}

/** States with a decay, each next value behind a quantiser, or real with a clip before it, so that it is bounded. */
function assignStates(
  g: GraphBuilder,
  r: Random,
  names: readonly string[],
  values: readonly string[],
  quantised: (next: string, id: string) => string,
): void {
  for (const name of names) {
    const decayed = g.scale(`${name}_decay`, name, r.int(1, 7) / 8);
    const next = g.add(`${name}_sum`, decayed, g.clip(`${name}_drive`, r.pick(values), -2, 2));
    g.assign(`l.${name}`, quantised(next, `${name}_next`));
  }
}

function behind(r: Random, channels: number, numbers: Numbers, open: boolean): SpikingLayer["post"] {
  const g = graphBuilder();
  const names = ["s0", "s1", "s2"].slice(0, r.int(1, 3));
  const start = [g.input(), ...names.map((name) => g.state(name, `l.${name}`))];
  const values = operations(g, r, channels, numbers, start, r.int(3, 12));
  const potential = values.at(-1) as string;
  const threshold = g.constant("threshold", constantOf(r, numbers));
  const spike = g.compare("spike", g.sub("excess", potential, threshold), r.chance(0.3));
  assignStates(g, r, names, values, (next, id) =>
    open ? next : g.quantise(id, next, formatOf(r, channels, numbers)),
  );
  return g.build({ spike, potential });
}

/** A trace that is clipped or gated before the synapse. */
function before(r: Random, numbers: Numbers, open: boolean): SpikingLayer["pre"] {
  const g = graphBuilder();
  const start = [g.input(), g.state("t", "l.t")];
  const decayed = g.scale("t_decay", "t", r.int(1, 7) / 8);
  const sum = g.add("t_sum", decayed, "in");
  const trace = open
    ? sum
    : g.quantise("t_next", sum, quantiser(r.int(4, 12), r.int(1, 8), r.pick(roundings)));
  g.assign("l.t", trace);
  const gate = g.compare("gate", g.sub("gate_d", trace, g.constant("level", constantOf(r, numbers))));
  const operand = r.pick<() => string>([
    () => trace,
    () => gate,
    () => g.select("gated", gate, trace, start[0] as string),
    () => g.clip("clipped", trace, 0, Math.abs(constantOf(r, numbers))),
  ])();
  return g.build({ operand });
}
