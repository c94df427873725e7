import { floorQuotient, toDyadic } from "../../fixed/rational.js";
import type { BiasFraction, Deviation } from "../../ir/fixed.js";
import { TICK_BITS } from "../../ir/frame.js";

/** Bits that the fraction of a bias takes at most in a sum of logits; a finer one is rounded down. */
const MAX_FRACTION_BITS = 48;

/** bias / unit − ⌊bias / unit⌋ of each class, exactly: numerators over one denominator. */
function fractionsOf(bias: readonly number[], unit: number) {
  const u = toDyadic(unit);
  const exponent = Math.min(u.exponent, ...bias.map((b) => toDyadic(b).exponent));
  const denominator = u.mantissa << BigInt(u.exponent - exponent);
  const numerators = bias.map((b) => {
    const d = toDyadic(b);
    return (d.mantissa << BigInt(d.exponent - exponent)) - floorQuotient(b, unit) * denominator;
  });
  return { numerators, denominator };
}

/** Rank of each bias's fraction in units of the logits, equal fractions sharing one. */
export function ranks(bias: readonly number[], unit: number): readonly number[] {
  const { numerators } = fractionsOf(bias, unit);
  const distinct = [...new Set(numerators)].sort((a, b) => (a < b ? -1 : 1));
  return numerators.map((f) => distinct.indexOf(f));
}

/** Of votes that add no logits up. */
export const noFraction = (classes: number): BiasFraction => ({
  bits: 0,
  values: new Array(classes).fill(0n),
});

/** The fractions in as few bits as hold them all; rounded down, which is listed, where that would be too many. */
export function biasFraction(
  name: string,
  bias: readonly number[],
  unit: number,
): { readonly fraction: BiasFraction; readonly deviations: readonly Deviation[] } {
  const { numerators, denominator } = fractionsOf(bias, unit);
  const at = (bits: number) => numerators.map((n) => (n << BigInt(bits)) / denominator);
  const isExact = (bits: number) => numerators.every((n) => (n << BigInt(bits)) % denominator === 0n);
  let bits = 0;
  while (bits < MAX_FRACTION_BITS && !isExact(bits)) bits++;
  const said: Deviation = {
    kind: "offset",
    layer: name,
    where: name,
    text: `fractions of biases count in 2^-${bits} of a logit's unit: a frame's sum is less than 2^${TICK_BITS - bits} units off`,
    relativeError: 2 ** -bits,
    bound: 0,
    stateBounds: [],
  };
  return { fraction: { bits, values: at(bits) }, deviations: isExact(bits) ? [] : [said] };
}
