import { expect, test } from "vitest";
import { prove } from "../../harness/formal.js";
import { proofOf } from "./shapes.js";

const shapes = [
  { lanes: 2, simd: 3, operandBits: 2, signed: 1, weightBits: 2, accBits: 5 },
  { lanes: 1, simd: 5, operandBits: 1, signed: 0, weightBits: 3, accBits: 6 },
  { lanes: 1, simd: 1, operandBits: 3, signed: 1, weightBits: 3, accBits: 7 },
  { lanes: 1, simd: 2, operandBits: 3, signed: 0, weightBits: 2, accBits: 9 },
] as const;

test.each(shapes)(
  "mac_array: $simd taps, $operandBits x $weightBits bits, signed $signed, is proved",
  async (shape) => {
    await expect(prove(proofOf(shape))).resolves.toBeUndefined();
  },
);
