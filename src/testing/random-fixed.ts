import { roundings } from "../fixed/format.js";
import { shape } from "../ir/builders.js";
import {
  type FixedExpr,
  type FixedGraph,
  type FixedLayer,
  type FixedLinearReadout,
  type FixedModel,
  type FixedState,
  rangeOfId,
} from "../ir/fixed.js";
import { type Shape, sizeOf } from "../ir/spiking.js";
import { boundRanges } from "../passes/bound-ranges.js";
import type { Random } from "./random-model.js";

/** FixedModels by hand and at random: what no checkpoint brings, but the IR allows. */

/** What every expression has before `boundRanges` proves its range. */
export const exprBase = { origin: [], range: { low: 0n, high: 0n }, scale: [1] };

/** The input of a graph. */
export const inputExpr: FixedExpr = { ...exprBase, kind: "input", id: "in" };

/** A `pre` that passes spikes on. */
export const passedOn: FixedGraph<"operand"> = {
  exprs: [inputExpr],
  states: [],
  outputs: { operand: "in" },
};

/** A signed state. */
export const stateOf = (name: string, next: string, width: number): FixedState => ({
  name,
  next,
  format: { signed: true, width },
  scale: [1],
});

/** A layer; its kernel is the whole map, without padding, where nothing is said. */
export interface FixedLayerSpec {
  readonly input: Shape;
  readonly channels: number;
  readonly weight: (tap: number) => number;
  readonly kernel?: readonly [number, number];
  readonly stride?: readonly [number, number];
  readonly padding?: readonly [number, number, number, number];
  readonly pre?: FixedGraph<"operand">;
  readonly post: FixedLayer["post"];
}

/** A layer whose weights are `weight(tap)`, taps in row-major order. */
export function fixedLayer(name: string, spec: FixedLayerSpec): FixedLayer {
  const { input, channels } = spec;
  const kernel = spec.kernel ?? [input.height, input.width];
  const stride = spec.stride ?? [1, 1];
  const padding = spec.padding ?? [0, 0, 0, 0];
  const size = (n: number, a: 0 | 1): number =>
    Math.floor((n + padding[a] + (padding[a + 2] as number) - kernel[a]) / stride[a]) + 1;
  const output = shape(channels, size(input.height, 0), size(input.width, 1));
  const taps = channels * input.channels * kernel[0] * kernel[1];
  const weights = Int32Array.from({ length: taps }, (_, i) => spec.weight(i));
  const synapse = { kind: "conv2d", weights, weightBits: 20, outChannels: channels } as const;
  return {
    name,
    origin: [],
    input,
    output,
    sent: output,
    pre: spec.pre ?? passedOn,
    synapse: { ...synapse, kernel, stride, padding, origin: [], range: exprBase.range },
    post: spec.post,
    potential: { scale: [1], offset: [0] },
    pool: undefined,
  };
}

/** A network of layers, every range proved. */
export const fixedModel = (
  name: string,
  layers: readonly FixedLayer[],
  readouts: FixedModel["readouts"] = [],
): FixedModel =>
  boundRanges.run(
    { name, input: (layers[0] as FixedLayer).input, layers, readouts, deviations: [] },
    undefined,
  ).output;

/** An integer of up to `bits` bits, of any length. */
export function randomInteger(r: Random, bits: number): bigint {
  let value = 0n;
  for (let n = r.int(0, bits); n > 0; n--) value = value * 2n + BigInt(r.int(0, 1));
  return r.chance(0.5) ? -value : value;
}

/** Most bits of what a random recurrence is made of. */
export interface GraphBits {
  readonly state: number;
  readonly constant: number;
  /** Of a saturation's interval. */
  readonly span: number;
  readonly factor: number;
  readonly shift: number;
}

/** A random recurrence of every kind of expression; its states are saturated. */
export function randomGraph(r: Random, channels: number, bits: GraphBits): FixedLayer["post"] {
  const base = exprBase;
  const exprs: FixedExpr[] = [inputExpr];
  const formats = Array.from({ length: r.int(1, 3) }, (_, n) => ({
    name: `w.s${n}`,
    width: r.int(2, bits.state),
  }));
  for (const { name } of formats) exprs.push({ ...base, kind: "state", id: name, state: name });
  const each = <T>(make: () => T): T[] => Array.from({ length: r.chance(0.5) ? 1 : channels }, make);
  for (let n = 0; n < 14; n++) {
    const id = `e${n}`;
    const any = () => (r.chance(0.5) ? exprs.at(-1) : r.pick(exprs))?.id ?? "in";
    const low = randomInteger(r, bits.constant);
    const sat = { low, high: low + 2n ** BigInt(r.int(1, bits.span)) } as const;
    exprs.push(
      r.pick<() => FixedExpr>([
        () => ({ ...base, kind: "constant", id, value: each(() => randomInteger(r, bits.constant)) }),
        () => ({ ...base, kind: "add", id, a: any(), b: any() }),
        () => ({ ...base, kind: "sub", id, a: any(), b: any() }),
        () => ({ ...base, kind: "mulc", id, a: any(), by: each(() => randomInteger(r, bits.factor)) }),
        () => ({ ...base, kind: "shl", id, a: any(), bits: each(() => r.int(0, bits.shift)) }),
        () => ({ ...base, kind: "shr", id, a: any(), bits: r.int(0, 30), rounding: r.pick(roundings) }),
        () => ({ ...base, kind: "shr", id, a: any(), bits: r.int(0, 5), rounding: r.pick(roundings) }),
        () => ({ ...base, kind: "sat", id, a: any(), ...sat }),
        () => ({ ...base, kind: "compare", id, a: any(), orEqual: r.chance(0.5) }),
        () => ({ ...base, kind: "select", id, condition: any(), a: any(), b: any() }),
      ])(),
    );
  }
  const last = exprs.at(-1)?.id as string;
  const states = formats.map(({ name, width }, n) => {
    const half = 2n ** BigInt(width - 1);
    const a = r.pick(exprs).id;
    exprs.push({ ...base, kind: "sat", id: `next${n}`, a, low: -half, high: half - 1n });
    return stateOf(name, `next${n}`, width);
  });
  exprs.push({ ...base, kind: "compare", id: "spike", a: last, orEqual: r.chance(0.5) });
  return { exprs, states, outputs: { spike: "spike", potential: last } };
}

/**
 * A readout of random thresholds around the potential's interval, weights of at most `most`; ranks that tie, biases
 * that may be wide.
 */
export function randomReadout(
  r: Random,
  layer: FixedLayer,
  classes = r.int(1, 4),
  most = r.pick([100, 1000, 40000]),
): FixedLinearReadout {
  const { low, high } = rangeOfId(layer.post, layer.post.outputs.potential);
  const tables = r.chance(0.5) ? 1 : layer.output.channels;
  const threshold = () => low + ((high + 1n - low) * BigInt(r.int(0, 1000))) / 1000n;
  const ascending = () => Array.from({ length: 15 }, threshold).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const isTied = r.chance(0.5);
  const vote = r.pick(["majority", "sum", "last"] as const);
  const wide = vote !== "sum" && r.chance(0.2) ? 2n ** 60n : 0n;
  const bits = vote === "sum" ? r.int(0, 40) : 0;
  const fraction = {
    bits,
    values: Array.from({ length: classes }, () => BigInt(r.int(0, 2 ** bits - 1))),
  };
  return {
    kind: "linear",
    name: "out",
    origin: [],
    layer: layer.name,
    pool: undefined,
    input: layer.output,
    activationBits: 4,
    thresholds: Array.from({ length: tables }, ascending),
    weights: Int32Array.from({ length: classes * sizeOf(layer.output) }, () =>
      isTied ? 1 : r.int(-most, most),
    ),
    weightBits: 17,
    classes,
    bias: Array.from({ length: classes }, () => wide + BigInt(isTied ? 3 : r.int(-9, 9))),
    rank: Array.from({ length: classes }, () => r.int(0, 2)),
    fraction,
    unit: 1,
    range: exprBase.range,
    vote,
  };
}
