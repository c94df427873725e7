import type { Loc } from "../diagnostics/diagnostic.js";
import type { Rounding } from "../fixed/format.js";

/**
 * SpikingModel: what was trained, in real numbers. A chain of layers
 *
 *     input spikes → [pre: element-wise recurrence] → synapse → [current pool]
 *       → [post: element-wise recurrence] → spikes, potential → pool
 *
 * `pre` and `post` are graphs of element-wise expressions, data rather than neuron classes. One graph is one tick.
 * Executed by src/simulators/reference.ts.
 */

/** Channels, rows, columns. A flat vector of n values is (n, 1, 1). */
export interface Shape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.channels * shape.height * shape.width;

/** One value for all channels (length 1) or one per channel (length C of the graph's shape). */
export type PerChannel = readonly number[];

/**
 * y = clamp(round(x / scale)) · scale, the clamp to the integers of `bits` bits (`narrow` drops the lowest).
 * Source: QONNX `Quant` with zero point 0.
 */
export interface Quantiser {
  readonly scale: PerChannel;
  readonly bits: number;
  readonly signed: boolean;
  readonly narrow: boolean;
  readonly rounding: Rounding;
}

interface ExprBase {
  readonly id: string;
  readonly origin: readonly Loc[];
}

/** An element-wise expression; operands are ids of expressions before it in the graph. */
export type SpikingExpr =
  | (ExprBase & { readonly kind: "input" })
  | (ExprBase & { readonly kind: "constant"; readonly value: PerChannel })
  | (ExprBase & { readonly kind: "state"; readonly state: string })
  | (ExprBase & { readonly kind: "add"; readonly a: string; readonly b: string })
  | (ExprBase & { readonly kind: "sub"; readonly a: string; readonly b: string })
  | (ExprBase & { readonly kind: "scale"; readonly a: string; readonly by: PerChannel })
  | (ExprBase & { readonly kind: "compare"; readonly a: string; readonly orEqual: boolean })
  | (ExprBase & {
      readonly kind: "select";
      readonly condition: string;
      readonly a: string;
      readonly b: string;
    })
  | (ExprBase & { readonly kind: "clip"; readonly a: string; readonly low: number; readonly high: number })
  | (ExprBase & { readonly kind: "quantise"; readonly a: string; readonly quantiser: Quantiser });

/** Which fields of each expression are operands; complete by type, so that a new kind breaks the build here. */
export const spikingOperands: {
  readonly [K in SpikingExpr["kind"]]: readonly (keyof Extract<SpikingExpr, { kind: K }>)[];
} = {
  input: [],
  constant: [],
  state: [],
  add: ["a", "b"],
  sub: ["a", "b"],
  scale: ["a"],
  compare: ["a"],
  select: ["condition", "a", "b"],
  clip: ["a"],
  quantise: ["a"],
};

/** A state of a recurrence: 0 at the first tick of a frame; `next` is the expression that it takes at the tick's end. */
export interface State {
  readonly name: string;
  readonly next: string;
}

/** An element-wise recurrence over one tensor: expressions in evaluation order, states, and named results. */
export interface Recurrence<Output extends string> {
  readonly exprs: readonly SpikingExpr[];
  readonly states: readonly State[];
  /** Result name → expression id. */
  readonly outputs: { readonly [O in Output]: string };
}

/** Trained weights, (C_out, C_in, K_h, K_w) flattened row-major: integers with a scale, or still real. */
export type Weights =
  | {
      readonly kind: "quantised";
      readonly raw: Int32Array;
      /** real = raw · scale; length 1 or C_out. */
      readonly scale: PerChannel;
      readonly bits: number;
      readonly narrow: boolean;
    }
  | { readonly kind: "real"; readonly values: Float64Array };

/**
 * Two-dimensional convolution without bias (a bias is a constant of `post`). A linear layer is a convolution whose
 * kernel is its whole input map, without padding: `linear` only remembers how it was written.
 */
export interface Synapse {
  readonly kind: "conv2d" | "linear";
  readonly weights: Weights;
  readonly outChannels: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  /** Zero padding: top, left, bottom, right. */
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly origin: readonly Loc[];
}

/** Max-pooling with stride = kernel, floor, no padding. */
export interface Pool {
  readonly height: number;
  readonly width: number;
}

/** What commute-traces did with a layer that has traces before its synapse. */
export type Commutation =
  | { readonly kind: "moved"; readonly states: readonly string[]; readonly droppedQuantisers: number }
  | { readonly kind: "kept"; readonly reason: string };

/** One layer. `input` is the shape of its input spikes, `output` that of its neurons, `sent` that after pooling. */
export interface SpikingLayer {
  readonly name: string;
  readonly origin: readonly Loc[];
  readonly input: Shape;
  readonly output: Shape;
  readonly sent: Shape;
  /** Runs over `input`; operand is what the synapse reads. */
  readonly pre: Recurrence<"operand">;
  readonly synapse: Synapse;
  /** Max-pooling of the synapse's sums, before `post`; absent where each neuron reads one sum. */
  readonly currentPool?: Pool;
  /** Runs over `output`; its input is the synapse's sum, or the largest of a window of them. */
  readonly post: Recurrence<"spike" | "potential">;
  readonly pool: Pool | undefined;
  /** Absent where nothing was to be moved, or nobody asked. */
  readonly commutation?: Commutation;
}

/** Element-wise function between a layer's potential and the readout's linear map. */
export interface Activation {
  readonly kind: "sigmoid" | "identity" | "relu";
  /** Absent in float checkpoints until formats are chosen. */
  readonly quantiser: Quantiser | undefined;
  readonly origin: readonly Loc[];
}

/** How ticks become a class: most votes; largest sum of logits; the last tick's argmax. Ties: the lowest index. */
export type Vote = "majority" | "sum" | "last";

/** What of it may be asked for: `counts` is the sum of spikes, `auto` each readout's own way. */
export type VoteChoice = Vote | "counts" | "auto";

interface ReadoutBase {
  readonly name: string;
  readonly origin: readonly Loc[];
  /** Name of the layer whose potential it reads. */
  readonly layer: string;
  readonly classes: number;
  readonly vote: Vote;
}

/** Linear readout of one layer: logits = W · pool(activation(potential)) + bias, per tick. */
export interface LinearReadout extends ReadoutBase {
  readonly kind: "linear";
  readonly activation: Activation;
  /** Pooling between activation and linear map; by monotony also legal before the activation. */
  readonly pool: Pool | undefined;
  /** (classes, C·H·W of the pooled potential) flattened row-major. */
  readonly weights: Weights;
  readonly bias: readonly number[];
}

/** An integrator as last layer: a class a neuron, logits = its potentials, per tick. */
export interface PotentialReadout extends ReadoutBase {
  readonly kind: "potential";
}

/** What makes classes of one layer. */
export type SpikingReadout = LinearReadout | PotentialReadout;

/** A trained network. */
export interface SpikingModel {
  readonly name: string;
  readonly input: Shape;
  /** Layer k+1 reads the pooled spikes of layer k. */
  readonly layers: readonly SpikingLayer[];
  readonly readouts: readonly SpikingReadout[];
  /** Arithmetic that the checkpoint itself was exported in: whether it can serve as an oracle. */
  readonly precision: "float32" | "float64";
}

/** Shape of the sums that a layer's neurons read: with a current pool whole windows alone, what lies beyond is not computed. */
export const sumsOf = ({ output, currentPool }: Pick<SpikingLayer, "output" | "currentPool">): Shape =>
  currentPool === undefined
    ? output
    : {
        channels: output.channels,
        height: output.height * currentPool.height,
        width: output.width * currentPool.width,
      };

/** The expression that `id` names. */
export function exprOf(graph: Recurrence<string>, id: string): SpikingExpr {
  const found = graph.exprs.find((e) => e.id === id);
  if (found === undefined) throw new Error(`compiler bug: no expression '${id}'`);
  return found;
}

/** Ids of an expression's operands, in the order of `spikingOperands`. */
export function operandsOf(expr: SpikingExpr): readonly string[] {
  const fields: readonly string[] = spikingOperands[expr.kind];
  return fields.map((field) => (expr as unknown as Readonly<Record<string, string>>)[field] as string);
}

/** A recurrence that passes its input on: what stands before the synapse when no trace does. */
export function passThrough(origin: readonly Loc[]): Recurrence<"operand"> {
  return { exprs: [{ kind: "input", id: "in", origin }], states: [], outputs: { operand: "in" } };
}
