import type { Loc } from "../../diagnostics/diagnostic.js";
import type { Rounding } from "../../fixed/format.js";
import type { Pool } from "../../ir/spiking.js";
import type { Tensor } from "./tensor.js";

/**
 * What the graph computes in a tick, before it is split into layers: one directed acyclic graph of signals. An
 * operand is the id of an earlier signal. Constants stay tensors until a layer's shape is known.
 */
export type Signal = SignalBase &
  (
    | { readonly kind: "input"; readonly input: string }
    | { readonly kind: "state"; readonly state: string }
    | { readonly kind: "constant"; readonly tensor: Tensor }
    | { readonly kind: "add"; readonly a: number; readonly b: number }
    | { readonly kind: "sub"; readonly a: number; readonly b: number }
    | { readonly kind: "scale"; readonly a: number; readonly by: Tensor }
    /** `potential` is the value that is compared; `a` has the threshold subtracted. */
    | { readonly kind: "compare"; readonly a: number; readonly potential: number; readonly orEqual: boolean }
    | { readonly kind: "select"; readonly condition: number; readonly a: number; readonly b: number }
    /** Whether two values are equal (b: 0 where there is none), and a Sign before its −1 is cut: never in a layer. */
    | { readonly kind: "equal"; readonly a: number; readonly b: number | undefined }
    | { readonly kind: "sign"; readonly a: number }
    | { readonly kind: "clip"; readonly a: number; readonly low: number; readonly high: number }
    | {
        readonly kind: "quantise";
        readonly a: number;
        readonly scale: Tensor;
        readonly bits: number;
        readonly signed: boolean;
        readonly narrow: boolean;
        readonly rounding: Rounding;
      }
    | { readonly kind: "activation"; readonly a: number; readonly activation: "sigmoid" | "relu" }
    /** `of` are the dims that the pool saw, which may be a view's: where they are the layer's, it pools the layer. */
    | { readonly kind: "pool"; readonly a: number; readonly pool: Pool; readonly of: readonly number[] }
    /** Part of the linear map that reads it: in no layer by itself. `of`: the dims that it was taken of. */
    | {
        readonly kind: "average";
        readonly a: number;
        readonly window: Average;
        readonly of: readonly number[];
      }
    | { readonly kind: "synapse"; readonly a: number; readonly map: LinearMap }
  );

/** Sums over windows of a map, zeros around it, times a factor. */
export interface Average {
  readonly size: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  readonly factor: number;
}

interface SignalBase {
  readonly id: number;
  /** ONNX dims, batch included: [1, C, H, W] or [1, N]. */
  readonly dims: readonly number[];
  /** Wish for the expression's id; made unique in its graph. */
  readonly label: string;
  readonly origin: Loc;
}

/** A Conv, Gemm or MatMul with constant weights, its bias already a separate signal. */
export interface LinearMap {
  readonly kind: "conv2d" | "linear";
  /** (C_out, C_in, K_h, K_w), or (N, K) of a linear map. */
  readonly weights: Tensor;
  readonly outChannels: number;
  readonly kernel: readonly [height: number, width: number];
  readonly stride: readonly [height: number, width: number];
  readonly padding: readonly [top: number, left: number, bottom: number, right: number];
  /** Dims of the data as this node sees them. */
  readonly dataDims: readonly number[];
}

/** Ids that a signal reads, within its tick. */
export function signalOperands(s: Signal): readonly number[] {
  switch (s.kind) {
    case "input":
    case "state":
    case "constant":
      return [];
    case "add":
    case "sub":
      return [s.a, s.b];
    case "select":
      return [s.condition, s.a, s.b];
    case "equal":
      return s.b === undefined ? [s.a] : [s.a, s.b];
    default:
      return [s.a];
  }
}

/** What a tensor name stands for. `codes` are a QuantizeLinear's integers before their DequantizeLinear. */
export type Value =
  | { readonly kind: "constant"; readonly tensor: Tensor }
  /** `dims` may be a reshaped view of the signal's own. */
  | { readonly kind: "signal"; readonly id: number; readonly dims: readonly number[] }
  | {
      readonly kind: "codes";
      readonly id: number;
      readonly dims: readonly number[];
      readonly scale: Tensor;
      readonly low: number;
      readonly high: number;
    }
  /** Behind a node that has been refused: nothing more is said about it. */
  | { readonly kind: "unknown" };

/** A {@link Value} that changes from tick to tick. */
export type SignalValue = Value & { readonly kind: "signal" };
/** A {@link Value} that the checkpoint stores, or that folds to a constant. */
export type ConstantValue = Value & { readonly kind: "constant" };
