import type { Loc } from "../diagnostics/diagnostic.js";
import { formatOfRange, type IntFormat, type Range, type Rounding } from "../fixed/format.js";
import { exactLog2, toDyadic } from "../fixed/rational.js";
import type { Commutation, PerChannel, Pool, Shape, Vote } from "./spiking.js";

/**
 * FixedModel: what will be computed. The same chain of layers in exact integers: every value has a range that it
 * provably never leaves and a scale (real = integer · scale) that no hardware value depends on.
 * Executed by src/simulators/golden.ts, which is the specification. Arithmetic: src/fixed/ops.ts.
 */

/** One integer for all channels (length 1) or one per channel. */
export type PerChannelInt = readonly bigint[];

interface FixedBase {
  readonly id: string;
  readonly origin: readonly Loc[];
  /** Interval that holds the value for every input, proved by `bound-ranges`. */
  readonly range: Range;
  /** real = integer · scale (+ `offset`, where a bias is folded into a comparison); for reports. */
  readonly scale: PerChannel;
}

/** An element-wise integer expression; operands are ids of expressions before it. */
export type FixedExpr =
  | (FixedBase & { readonly kind: "input" })
  | (FixedBase & { readonly kind: "constant"; readonly value: PerChannelInt })
  | (FixedBase & { readonly kind: "state"; readonly state: string })
  | (FixedBase & { readonly kind: "add"; readonly a: string; readonly b: string })
  | (FixedBase & { readonly kind: "sub"; readonly a: string; readonly b: string })
  | (FixedBase & { readonly kind: "mulc"; readonly a: string; readonly by: PerChannelInt })
  | (FixedBase & { readonly kind: "shl"; readonly a: string; readonly bits: readonly number[] })
  | (FixedBase & {
      readonly kind: "shr";
      readonly a: string;
      readonly bits: number;
      readonly rounding: Rounding;
    })
  /** Clamp to [low, high]. */
  | (FixedBase & { readonly kind: "sat"; readonly a: string; readonly low: bigint; readonly high: bigint })
  /** 1 where a > 0 (or a ≥ 0), else 0. */
  | (FixedBase & { readonly kind: "compare"; readonly a: string; readonly orEqual: boolean })
  | (FixedBase & {
      readonly kind: "select";
      readonly condition: string;
      readonly a: string;
      readonly b: string;
    });

/** Which fields of each expression are operands; complete by type. */
export const fixedOperands: {
  readonly [K in FixedExpr["kind"]]: readonly (keyof Extract<FixedExpr, { kind: K }>)[];
} = {
  input: [],
  constant: [],
  state: [],
  add: ["a", "b"],
  sub: ["a", "b"],
  mulc: ["a"],
  shl: ["a"],
  shr: ["a"],
  sat: ["a"],
  compare: ["a"],
  select: ["condition", "a", "b"],
};

/** A state: 0 at a frame's first tick; stored in `format` between ticks. */
export interface FixedState {
  readonly name: string;
  readonly next: string;
  readonly format: IntFormat;
  readonly scale: PerChannel;
}

/** An element-wise integer recurrence. */
export interface FixedGraph<Output extends string> {
  readonly exprs: readonly FixedExpr[];
  readonly states: readonly FixedState[];
  readonly outputs: { readonly [O in Output]: string };
}

/** Convolution of integer operands with integer weights; exact. Linear layers too (kernel = the whole map). */
export interface FixedSynapse {
  readonly kind: "conv2d" | "linear";
  /** (C_out, C_in, K_h, K_w) row-major. */
  readonly weights: Int32Array;
  readonly weightBits: number;
  readonly outChannels: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly origin: readonly Loc[];
  /** Worst-case interval of the sum, from the weights themselves and the operand's range. */
  readonly range: Range;
}

/**
 * A layer in integers: what its synapse reads (`pre`), the synapse, the pool of its sums, its neurons (`post`), and the
 * pool of what it sends.
 */
export interface FixedLayer {
  readonly name: string;
  readonly origin: readonly Loc[];
  readonly input: Shape;
  readonly output: Shape;
  readonly sent: Shape;
  readonly pre: FixedGraph<"operand">;
  readonly synapse: FixedSynapse;
  /** Of the trained layer: a maximum has the range and the units of what it is of. */
  readonly currentPool?: Pool;
  readonly post: FixedGraph<"spike" | "potential">;
  /** The real membrane potential is integer · scale + offset, up to the layer's deviations. */
  readonly potential: { readonly scale: PerChannel; readonly offset: PerChannel };
  readonly pool: Pool | undefined;
  /** Of the trained layer. */
  readonly commutation?: Commutation;
}

/** A readout in integers. Per tick the class is the argmax of (logit, rank), ties the lowest index. */
interface FixedReadoutBase {
  readonly name: string;
  readonly origin: readonly Loc[];
  readonly layer: string;
  readonly pool: Pool | undefined;
  /** Shape that it reads. */
  readonly input: Shape;
  readonly classes: number;
  /** ⌊bias / unit⌋ per class; of an integrator what its potentials lack, a constant of the neuron. */
  readonly bias: readonly bigint[];
  /** Order of the bias fractions: decides between equal logits, so that argmax is exact. Equal fractions share a rank. */
  readonly rank: readonly number[];
  /**
   * For `vote: sum`: what ⌊bias / unit⌋ leaves over, which counts in every tick of a frame's sum. No other vote adds
   * logits up; there it has no bits.
   */
  readonly fraction: BiasFraction;
  /** real logit = (integer logit) · unit + the fraction of bias/unit. */
  readonly unit: number;
  readonly range: Range;
  readonly vote: Vote;
}

/**
 * A linear map of activations: p = number of thresholds ≤ pooled potential (thresholds of the neuron's channel);
 * logit_c = Σ w·p + bias_c.
 */
export interface FixedLinearReadout extends FixedReadoutBase {
  readonly kind: "linear";
  /** Bits of p; each table has 2^bits − 1 ascending thresholds. */
  readonly activationBits: number;
  /** One table for all channels (length 1) or one per channel. */
  readonly thresholds: readonly (readonly bigint[])[];
  /** (classes, C·H·W) row-major. */
  readonly weights: Int32Array;
  readonly weightBits: number;
}

/** Potentials of a vector of neurons, all in one unit: logit_c = potential_c + bias_c. */
export interface FixedPotentialReadout extends FixedReadoutBase {
  readonly kind: "potential";
}

/** What makes classes of one layer, in integers. */
export type FixedReadout = FixedLinearReadout | FixedPotentialReadout;

/** Per class the integer f with 0 ≤ f < 2^bits: bias / unit = ⌊bias / unit⌋ + f / 2^bits. */
export interface BiasFraction {
  readonly bits: number;
  readonly values: readonly bigint[];
}

/** What a deviation is of: a choice of the compiler for what the checkpoint left open, or a rounding of the lowering. */
export type DeviationKind =
  | "traces"
  | "weight"
  | "state"
  | "saturation"
  | "coefficient"
  | "scale"
  | "offset"
  | "clip";

/** Something that the compiler changed or approximated, with its size: the report lists every one. */
export interface Deviation {
  readonly kind: DeviationKind;
  readonly layer: string;
  readonly where: string;
  readonly text: string;
  /** Largest relative error that it brings to the value concerned; 0 for an exact one. */
  readonly relativeError: number;
  /**
   * Proved: what it adds at most to |u_fixed − u_real| after one tick, u the membrane potential that decides over the
   * layer's spikes, in its real unit; for input spikes and states before the tick that are those of the real network
   * (rounded to the state's unit where the compiler chose that one). A layer's bound is the sum over its deviations.
   * Infinity where nothing bounds it.
   */
  readonly bound: number;
  /** Of the same tick: the states that it is written to, and how far off; those that aren't named are none. */
  readonly stateBounds: readonly StateBound[];
}

/**
 * What a deviation adds at most to |x_fixed − x_real| of what a tick writes to a state, in its real unit, for neurons
 * that spike in this tick as they do in the real network (a reset that comes or not is no rounding).
 */
export interface StateBound {
  readonly state: string;
  readonly bound: number;
}

/** Whether a deviation changes nothing. */
export const isExact = (d: Deviation): boolean =>
  d.relativeError === 0 && d.bound === 0 && d.stateBounds.length === 0;

/** The integer network. */
export interface FixedModel {
  readonly name: string;
  readonly input: Shape;
  readonly layers: readonly FixedLayer[];
  readonly readouts: readonly FixedReadout[];
  readonly deviations: readonly Deviation[];
}

/** Ids of an expression's operands. */
export function fixedOperandsOf(expr: FixedExpr): readonly string[] {
  const fields: readonly string[] = fixedOperands[expr.kind];
  return fields.map((field) => (expr as unknown as Readonly<Record<string, string>>)[field] as string);
}

/** Interval of the expression that `id` names. */
export function rangeOfId(graph: FixedGraph<string>, id: string): Range {
  const expr = graph.exprs.find((e) => e.id === id);
  if (expr === undefined) throw new Error(`compiler bug: no expression '${id}'`);
  return expr.range;
}

/** Bits of a layer's exact real potential, bias included, where its unit is a power of two; 0 where it isn't. */
export function potentialBits({ post, potential }: Pick<FixedLayer, "post" | "potential">): number {
  const { scale, offset } = potential;
  const extra = offset.map((o, c) => {
    const unit = exactLog2((scale.length === 1 ? scale[0] : scale[c]) as number);
    if (unit === undefined) return Number.NEGATIVE_INFINITY;
    return o === 0 ? 0 : Math.max(0, unit - toDyadic(o).exponent);
  });
  return Math.max(0, formatOfRange(rangeOfId(post, post.outputs.potential)).width + Math.max(...extra));
}
