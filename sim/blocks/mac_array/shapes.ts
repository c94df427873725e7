import type { Proof } from "../../harness/formal.js";

/** Sizes of a mac_array: neurons and taps, and bits of operands, weights and sums. */
export interface Shape {
  readonly lanes: number;
  readonly simd: number;
  readonly operandBits: number;
  readonly signed: 0 | 1;
  readonly weightBits: number;
  readonly accBits: number;
}

/** The parameters of mac_array.v. */
export const parametersOf = ({ lanes, simd, operandBits, signed, weightBits, accBits }: Shape) => ({
  PE: lanes,
  SIMD: simd,
  OPERAND_WIDTH: operandBits,
  OPERAND_SIGNED: signed,
  WEIGHT_WIDTH: weightBits,
  ACC_WIDTH: accBits,
});

/** The proof of a shape: its induction is as deep as the pipeline, and a beat more. */
export const proofOf = (shape: Shape): Proof => ({
  module: "mac_array",
  parameters: parametersOf(shape),
  depth: 2 + Math.ceil(Math.log2(shape.simd)),
  coverDepth: 8,
  unroll: true,
});
