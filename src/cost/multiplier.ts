import { invariant } from "../diagnostics/diagnostic.js";
import type { Product } from "../mapping/parts.js";
import type { Mapper } from "./cost.js";

/**
 * Operand bits of the slices that Yosys cuts: the top slice fills a port of the DSP48E2 (27 by 18, signed), each further
 * one has 17 bits and a zero as sign, on both ports.
 */
const widePort = 27;
const narrowPort = 18;
const furtherSlice = 17;

/** Shortest product, in bits, that `synth_xilinx` gives to a DSP (its DSP_Y_MINWIDTH); shorter ones become LUTs. */
const shortestDspProductBits = 9;

/** Shortest operand, in bits, that goes to a DSP (DSP_A_MINWIDTH, DSP_B_MINWIDTH): one bit is an AND gate a product bit. */
const shortestDspOperandBits = 2;

/**
 * DSP48E2 blocks of one product `a * b` after `synth_xilinx -family xcup` of Yosys 0.23 (and 0.55). Widths are of the
 * full operands in bits; an unsigned operand counts one bit more, for a DSP is signed. The wider operand takes the
 * 27-bit port. Constants other than powers of two cost the same: `use_dsp = "no"` is ignored.
 * Source: yosys_mul_map.csv (358 products, both operands of one signedness); its operands end at
 * 42 bits: longer ones, one-bit ones and mixed signs, where the source widens the unsigned operand by
 * `$signed({1'b0, b})`, were measured with 0.23 when this was written (138 products).
 */
export function dspYosys(aWidth: number, aSigned: boolean, bWidth: number, bSigned: boolean): number {
  checkWidth(aWidth);
  checkWidth(bWidth);
  if (aWidth + bWidth < shortestDspProductBits) return 0;
  const mixed = aSigned !== bSigned;
  const written = (width: number, signed: boolean) => (mixed && !signed ? width + 1 : width);
  if (Math.min(written(aWidth, aSigned), written(bWidth, bSigned)) < shortestDspOperandBits) return 0;
  const a = aSigned ? aWidth : aWidth + 1;
  const b = bSigned ? bWidth : bWidth + 1;
  return slices(Math.max(a, b), widePort) * slices(Math.min(a, b), narrowPort);
}

/**
 * DSP48E2 blocks that Vivado is expected to use for one product: the count of {@link dspYosys}, since the port widths
 * are the device's. What differs is around them: Vivado absorbs the registers, rounding constant and adders that Yosys
 * leaves in fabric on UltraScale+. Not verified with Vivado.
 */
export function dspVivado(aWidth: number, aSigned: boolean, bWidth: number, bSigned: boolean): number {
  return dspYosys(aWidth, aSigned, bWidth, bSigned);
}

/** DSP48E2 blocks of one product of two signed numbers, by the rules of one of the tools. */
export const dspOf = ({ aWidth, bWidth }: Product, mapper: Mapper): number =>
  (mapper === "yosys" ? dspYosys : dspVivado)(aWidth, true, bWidth, true);

/** Number of pieces that a signed operand is cut into for a port. */
function slices(width: number, port: number): number {
  return 1 + Math.ceil(Math.max(0, width - port) / furtherSlice);
}

function checkWidth(width: number): void {
  invariant(Number.isInteger(width) && width >= 1, `a multiplier operand of ${width} bits`);
}
