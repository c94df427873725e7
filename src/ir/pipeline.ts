import type { Loc } from "../diagnostics/diagnostic.js";

/** Pipelines of a Design: element-wise graphs, scheduled cycle by cycle. */

/** A net of a pipeline, `width` bits wide per lane: signed, or a single unsigned bit (a spike, a comparison). */
export interface Net {
  readonly name: string;
  readonly width: number;
  readonly bit: boolean;
}

/** Where an operand of an operation comes from: a net, a literal, or a table with one word per channel. */
export type Source =
  | { readonly kind: "net"; readonly net: Net }
  | { readonly kind: "literal"; readonly value: bigint; readonly width: number }
  | { readonly kind: "table"; readonly table: string; readonly width: number };

/** Bits of an operand as a signed number: a bit has a sign, which is 0. */
export function numberWidth(source: Source): number {
  if (source.kind !== "net") return source.width;
  return source.net.bit ? 2 : source.net.width;
}

interface OpBase {
  readonly id: string;
  readonly origin: readonly Loc[];
  /** Cycle, counted from the pipeline's input, in which operands are there. */
  readonly start: number;
  readonly latency: number;
  readonly out: Net;
}

/** One operation of a pipeline, each an instance of the rtl/fx_*.v block of that name. */
export type PipelineOp =
  | (OpBase & { readonly kind: "add"; readonly a: Source; readonly b: Source; readonly subtract: boolean })
  | (OpBase & { readonly kind: "mul"; readonly a: Source; readonly b: Source })
  | (OpBase & { readonly kind: "shift_left"; readonly a: Source; readonly shift: number })
  | (OpBase & { readonly kind: "shift_left_var"; readonly a: Source; readonly shift: Source })
  | (OpBase & {
      readonly kind: "round_shift";
      readonly a: Source;
      readonly shift: number;
      readonly mode: number;
    })
  | (OpBase & {
      readonly kind: "saturate";
      readonly a: Source;
      readonly low: bigint;
      readonly high: bigint;
    })
  | (OpBase & { readonly kind: "compare"; readonly a: Source; readonly orEqual: boolean })
  | (OpBase & {
      readonly kind: "select";
      readonly condition: Source;
      readonly a: Source;
      readonly b: Source;
    })
  /** Balances a path: the same net, `latency` cycles later. */
  | (OpBase & { readonly kind: "delay"; readonly a: Source });

/** Names of the fields of `T` that are a `F`. */
export type FieldsOf<T, F> = { [K in keyof T]: T[K] extends F ? K : never }[keyof T];

/** Which fields of each operation are operands; complete by type. */
export const pipelineOperands: {
  readonly [K in PipelineOp["kind"]]: readonly FieldsOf<Extract<PipelineOp, { kind: K }>, Source>[];
} = {
  add: ["a", "b"],
  mul: ["a", "b"],
  shift_left: ["a"],
  shift_left_var: ["a", "shift"],
  round_shift: ["a"],
  saturate: ["a"],
  compare: ["a"],
  select: ["condition", "a", "b"],
  delay: ["a"],
};

/** A table with one word per channel, read at the cycle in which its operation starts. */
export interface ChannelTable {
  readonly name: string;
  readonly width: number;
  /** One value per channel of the graph's shape. */
  readonly values: readonly bigint[];
  /** Cycle in which the word is needed. */
  readonly start: number;
}

/** A state as a pipeline sees it: a net in, a net out, the width it is stored in. */
export interface PipelineState {
  readonly name: string;
  readonly width: number;
  readonly before: Net;
  readonly after: Net;
}

/** An element-wise graph as a pipeline: every result leaves `latency` cycles after the input came. */
export interface Pipeline {
  readonly input: Net;
  readonly ops: readonly PipelineOp[];
  readonly tables: readonly ChannelTable[];
  readonly states: readonly PipelineState[];
  /** Result name → net, all aligned at `latency`. */
  readonly outputs: { readonly [name: string]: Net };
  readonly latency: number;
}

/** Operands of an operation, in the order of `pipelineOperands`. */
export function sourcesOf(op: PipelineOp): readonly Source[] {
  const fields: readonly string[] = pipelineOperands[op.kind];
  return fields.map((field) => (op as unknown as Readonly<Record<string, Source>>)[field] as Source);
}
