import type { Loc } from "../diagnostics/diagnostic.js";
import type { Rounding } from "../fixed/format.js";
import type {
  Activation,
  LinearReadout,
  PerChannel,
  Pool,
  Quantiser,
  Recurrence,
  Shape,
  SpikingExpr,
  SpikingLayer,
  SpikingModel,
  SpikingReadout,
  State,
  Synapse,
  Vote,
  Weights,
} from "./spiking.js";
import { operandsOf, passThrough, spikingOperands } from "./spiking.js";

/**
 * Constructors of small SpikingModels: what a page of literals says, in a few lines. For tests, and for front ends
 * whose checkpoints hold parameters and no graph.
 *
 *     const layer = dcllLayer({ name: "layer1", input: shape(1, 8, 8), form: "post", alpha: 0.9375, alphas: 0.875,
 *       bias: [-0.5, 0.25], synapse: conv({ outChannels: 2, kernel: [3, 3], weights: realWeights(w) }) });
 *     network("net", [layer], [readout({ layer, classes: 3, weights: realWeights(v), bias: [0, 0, 0] })])
 */

/** Numbers, one for all channels or one each. */
type Numbers = number | PerChannel;

/** Channels, rows, columns. */
export const shape = (channels: number, height = 1, width = 1): Shape => ({ channels, height, width });

/** Weights as trained in real numbers, row-major. */
export const realWeights = (values: Iterable<number>): Weights => ({
  kind: "real",
  values: Float64Array.from(values),
});

/** Weights as integers of `bits` bits with a scale (one, or one per row), narrow as Brevitas makes them. */
export const quantisedWeights = (
  raw: Iterable<number>,
  scale: Numbers,
  bits = 8,
  narrow = true,
): Weights => ({ kind: "quantised", raw: Int32Array.from(raw), scale: perChannel(scale), bits, narrow });

/** A signed quantiser with a power-of-two unit 2^-fraction. */
export const quantiser = (bits: number, fraction: number, rounding: Rounding = "half_even"): Quantiser => ({
  scale: [2 ** -fraction],
  bits,
  signed: true,
  narrow: false,
  rounding,
});

/** One value for all channels, or one each. */
export const perChannel = (values: Numbers): PerChannel => (typeof values === "number" ? [values] : values);

/** A convolution; stride 1 and no padding where nothing is said. */
export const conv = (
  s: Pick<Synapse, "weights" | "outChannels" | "kernel"> &
    Partial<Pick<Synapse, "stride" | "padding" | "origin">>,
): Synapse => ({ kind: "conv2d", stride: [1, 1], padding: [0, 0, 0, 0], origin: [], ...s });

/** A linear map of the whole of `input`. */
export const linear = (input: Shape, outChannels: number, weights: Weights): Synapse => ({
  ...conv({ weights, outChannels, kernel: [input.height, input.width] }),
  kind: "linear",
});

/** Shape of a synapse's sums: ⌊(size + padding − kernel) / stride⌋ + 1 on either axis. */
export function synapseOutput(input: Shape, s: Synapse): Shape {
  const [top, left, bottom, right] = s.padding;
  return {
    channels: s.outChannels,
    height: Math.floor((input.height + top + bottom - s.kernel[0]) / s.stride[0]) + 1,
    width: Math.floor((input.width + left + right - s.kernel[1]) / s.stride[1]) + 1,
  };
}

/** Shape after max-pooling; a last row or column that fills no window is dropped. */
export const pooledShape = (s: Shape, pool: Pool | undefined): Shape =>
  pool === undefined
    ? s
    : { ...s, height: Math.floor(s.height / pool.height), width: Math.floor(s.width / pool.width) };

/** Collects a recurrence: each call appends one expression and gives its id. */
export interface GraphBuilder {
  input(): string;
  constant(id: string, value: Numbers): string;
  add(id: string, a: string, b: string): string;
  sub(id: string, a: string, b: string): string;
  /** A factor of 1 needs no expression. */
  scale(id: string, a: string, by: Numbers): string;
  compare(id: string, a: string, orEqual?: boolean): string;
  select(id: string, condition: string, a: string, b: string): string;
  clip(id: string, a: string, low: number, high: number): string;
  /** Without a quantiser the value stays as it is. */
  quantise(id: string, a: string, q: Quantiser | undefined): string;
  /** The value that a state had before this tick; its next one follows by `assign`. */
  state(id: string, name: string): string;
  assign(name: string, next: string): void;
  build<O extends string>(outputs: { readonly [Name in O]: string }): Recurrence<O>;
}

/** An empty recurrence. */
export function graphBuilder(origin: readonly Loc[] = []): GraphBuilder {
  const exprs: SpikingExpr[] = [];
  const states: State[] = [];
  const emit = (expr: SpikingExpr): string => {
    exprs.push(expr);
    return expr.id;
  };
  return {
    input: () => emit({ kind: "input", id: "in", origin }),
    constant: (id, value) => emit({ kind: "constant", id, origin, value: perChannel(value) }),
    add: (id, a, b) => emit({ kind: "add", id, origin, a, b }),
    sub: (id, a, b) => emit({ kind: "sub", id, origin, a, b }),
    scale: (id, a, by) => (by === 1 ? a : emit({ kind: "scale", id, origin, a, by: perChannel(by) })),
    compare: (id, a, orEqual = false) => emit({ kind: "compare", id, origin, a, orEqual }),
    select: (id, condition, a, b) => emit({ kind: "select", id, origin, condition, a, b }),
    clip: (id, a, low, high) => emit({ kind: "clip", id, origin, a, low, high }),
    quantise: (id, a, q) => (q === undefined ? a : emit({ kind: "quantise", id, origin, a, quantiser: q })),
    state: (id, name) => emit({ kind: "state", id, origin, state: name }),
    assign: (name, next) => {
      states.push({ name, next });
    },
    build: (outputs) => ({ exprs, states, outputs }),
  };
}

/** The same expression on other operands. */
export function renameOperands(expr: SpikingExpr, rename: (id: string) => string): SpikingExpr {
  const fields: readonly string[] = spikingOperands[expr.kind];
  const operands = operandsOf(expr).map((id, i) => [fields[i], rename(id)]);
  return { ...expr, ...(Object.fromEntries(operands) as object) };
}

/** What every layer has; states are called `<name>.<state>`. */
export interface LayerSpec {
  readonly name: string;
  readonly input: Shape;
  readonly synapse: Synapse;
  /** Of the synapse's sums, and of what the neurons send. */
  readonly currentPool?: Pool | undefined;
  readonly pool?: Pool | undefined;
  readonly bias?: Numbers;
  /** Spike where the potential reaches the threshold, not only above it. */
  readonly orEqual?: boolean;
  readonly origin?: readonly Loc[];
}

/** A layer around two recurrences. */
export function layerOf(
  spec: LayerSpec,
  pre: Recurrence<"operand">,
  post: Recurrence<"spike" | "potential">,
): SpikingLayer {
  const { name, input, synapse, currentPool, pool } = spec;
  const output = pooledShape(synapseOutput(input, synapse), currentPool);
  const sent = pooledShape(output, pool);
  const currents = currentPool === undefined ? {} : { currentPool };
  return { name, origin: spec.origin ?? [], input, output, sent, pre, synapse, ...currents, post, pool };
}

/** DCLL's equations (1-architecture.md); a quantiser that is absent leaves its state real. */
export interface DcllSpec extends LayerSpec {
  /** Traces before the synapse, as trained, or behind it. */
  readonly form: "pre" | "post";
  readonly alpha: Numbers;
  readonly alphas: Numbers;
  /** Gains of the input of eps0 (tau_s) and of eps1 (tau_m); 1 where nothing is said. */
  readonly gains?: readonly [eps0: Numbers, eps1: Numbers];
  /** eps1 takes eps0 of the tick before, as DECOLLE does. */
  readonly delayed?: boolean;
  readonly refractory?: {
    readonly decay: Numbers;
    readonly weight: Numbers;
    /** The potential reads arp as the last tick left it, before this tick's decay, as DECOLLE does. */
    readonly undecayed?: boolean;
  };
  readonly quantisers?: { readonly [S in "eps0" | "eps1" | "arp"]?: Quantiser };
}

/** Appends eps0' = Q(alphas·eps0 + tau_s·s) and eps1' = Q(alpha·eps1 + tau_m·eps0'); the id of eps1'. */
function traces(g: GraphBuilder, input: string, spec: DcllSpec): string {
  const { name, quantisers = {}, gains = [1, 1] } = spec;
  const eps0 = g.state("eps0", `${name}.eps0`);
  const eps1 = g.state("eps1", `${name}.eps1`);
  const decay0 = g.scale("eps0_decay", eps0, spec.alphas);
  const sum0 = g.add("eps0_sum", decay0, g.scale("eps0_gain", input, gains[0]));
  const next0 = g.quantise("eps0_next", sum0, quantisers.eps0);
  const decay1 = g.scale("eps1_decay", eps1, spec.alpha);
  const sum1 = g.add("eps1_sum", decay1, g.scale("eps1_gain", spec.delayed ? eps0 : next0, gains[1]));
  const next1 = g.quantise("eps1_next", sum1, quantisers.eps1);
  g.assign(`${name}.eps0`, next0);
  g.assign(`${name}.eps1`, next1);
  return next1;
}

/** Traces before or behind the synapse, u = … + b + γ·arp, S = u > 0, arp' = Q(γ·arp − wrp·S). */
export function dcllLayer(spec: DcllSpec): SpikingLayer {
  const { name, form, refractory, orEqual, origin } = spec;
  const before = graphBuilder(origin);
  const input = before.input();
  const operand = form === "pre" ? traces(before, input, spec) : input;
  const g = graphBuilder(origin);
  const sum = g.input();
  const eps1 = form === "post" ? traces(g, sum, spec) : sum;
  const biased = g.add("biased", eps1, g.constant("bias", spec.bias ?? 0));
  if (refractory === undefined) {
    const spike = g.compare("spike", biased, orEqual);
    return layerOf(spec, before.build({ operand }), g.build({ spike, potential: biased }));
  }
  const last = g.state("arp", `${name}.arp`);
  const arp = g.scale("arp_decay", last, refractory.decay);
  const u = g.add("u", biased, refractory.undecayed ? last : arp);
  const spike = g.compare("spike", u, orEqual);
  const rest = g.sub("arp_sum", arp, g.scale("arp_loss", spike, refractory.weight));
  g.assign(`${name}.arp`, g.quantise("arp_next", rest, spec.quantisers?.arp));
  return layerOf(spec, before.build({ operand }), g.build({ spike, potential: u }));
}

/** A leaky integrate-and-fire layer. */
export interface LifSpec extends LayerSpec {
  readonly decay: Numbers;
  readonly threshold?: Numbers;
  /** After a spike: less the threshold, to zero, or (a leaky integrator) as if nothing had been. */
  readonly reset: "subtract" | "zero" | "none";
  /** The input passes a leaky current first. */
  readonly current?: { readonly decay: Numbers };
  readonly quantisers?: { readonly [S in "u" | "i"]?: Quantiser };
}

/** u = decay·u + (in | i') + b, S = u > threshold, then the reset; a quantiser stands behind it. */
export function lifLayer(spec: LifSpec): SpikingLayer {
  const { name, quantisers = {}, threshold = 0, origin = [] } = spec;
  const g = graphBuilder(origin);
  let drive = g.input();
  if (spec.current !== undefined) {
    const decayed = g.scale("i_decay", g.state("i", `${name}.i`), spec.current.decay);
    drive = g.quantise("i_next", g.add("i_sum", decayed, drive), quantisers.i);
    g.assign(`${name}.i`, drive);
  }
  const biased = g.add("biased", drive, g.constant("bias", spec.bias ?? 0));
  const u = g.add("u_now", g.scale("u_decay", g.state("u", `${name}.u`), spec.decay), biased);
  const level = g.constant("threshold", threshold);
  const spike = g.compare("spike", g.sub("excess", u, level), spec.orEqual);
  const after = {
    subtract: () => g.sub("u_reset", u, g.scale("loss", spike, threshold)),
    zero: () => g.select("u_reset", spike, g.constant("zero", 0), u),
    none: () => u,
  }[spec.reset]();
  g.assign(`${name}.u`, g.quantise("u_next", after, quantisers.u));
  return layerOf(spec, passThrough(origin), g.build({ spike, potential: u }));
}

/** A leaky integrator whose potential a readout reads; it spikes above 0, and nothing resets it. */
export const integratorLayer = (spec: Omit<LifSpec, "reset" | "threshold">): SpikingLayer =>
  lifLayer({ ...spec, reset: "none" });

/** A readout of a layer, pooled as the layer is; its activation sigmoid in unsigned 8 bits where nothing is said. */
export function readout(r: {
  readonly name?: string;
  readonly layer: SpikingLayer;
  readonly classes: number;
  readonly weights: Weights;
  readonly bias: readonly number[];
  readonly activation?: Pick<Activation, "kind" | "quantiser">;
  readonly vote?: Vote;
}): LinearReadout {
  const { layer, weights, bias, classes } = r;
  const sigmoid = { kind: "sigmoid", quantiser: unsignedQuantiser(8, 8) } as const;
  const activation = { ...(r.activation ?? sigmoid), origin: layer.origin };
  const base = { name: r.name ?? "logits", origin: layer.origin, layer: layer.name, pool: layer.pool };
  return { kind: "linear", ...base, activation, weights, bias, classes, vote: r.vote ?? "majority" };
}

/** An unsigned quantiser of activations, unit 2^-fraction. */
export const unsignedQuantiser = (
  bits: number,
  fraction: number,
  rounding: Rounding = "half_even",
): Quantiser => ({ ...quantiser(bits, fraction, rounding), signed: false });

/** A spike is its own activation. */
export const spikeQuantiser: Quantiser = unsignedQuantiser(1, 0);

/** A network of layers that follow one another. */
export function network(
  name: string,
  layers: readonly [SpikingLayer, ...SpikingLayer[]],
  readouts: readonly SpikingReadout[] = [],
): SpikingModel {
  return { name, input: layers[0].input, layers, readouts, precision: "float64" };
}
