import type { InputGuard } from "../ir/design.js";
import type { Shape } from "../ir/spiking.js";
import { ram } from "./parts.js";
import { countBits } from "./widths.js";

/** Bits of a cell's number in rtl/event_guard.v: those of an address that can differ, at least one. */
const cellBits = ({ channels, height, width }: Shape): number =>
  Math.max(1, countBits(channels) + countBits(height) + countBits(width));

/**
 * Bits of a cell's number up to which flip-flops take less than words of LUT RAM. Measured with Yosys 0.23, LUT + LUT RAM,
 * FF: eight cells in flip-flops 24, 46, sixteen 46, 56 and in words 40, 42.
 */
const MOST_BITS_IN_FLIP_FLOPS = 3;

/**
 * Bits of a cell's place in a word that take the least LUTs, measured from 16 to 65,536 cells: narrow words as deep as a
 * LUT RAM is; of larger maps wider ones, whose read multiplexers and stamps are fewer.
 */
const indexBits = (bits: number): number =>
  bits <= MOST_BITS_IN_FLIP_FLOPS ? bits : Math.max(3, Math.floor(bits / 2) - 1);

/** The guard of a core that reads `map`. */
export function inputGuard(map: Shape): InputGuard {
  const bits = cellBits(map);
  const index = indexBits(bits);
  const [cells, words] = [2 ** index, 2 ** (bits - index)];
  const wordBits = 1 + Math.log2(words) + cells;
  const memory =
    words === 1 ? undefined : ram("spiked cells", wordBits, words, "spiked-cells", "distributed");
  return { map, cells, memory };
}
