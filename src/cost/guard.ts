import type { InputGuard } from "../ir/design.js";
import { addressBits, isPowerOfTwo } from "../mapping/widths.js";
import { asynchronousMemory, type BlockCost, cost, type Mapper, plus } from "./cost.js";

/** Bits of the counter of dropped events (rtl/event_guard.v). */
const COUNT_BITS = 32;

/**
 * rtl/event_guard.v: a beat and its flags, the counter, the tick's number; a word's bits are chosen, marked and written
 * back, three LUTs a cell (two in flip-flops). Fitted to 33 shapes from one cell to 65,536.
 */
export function guardCosts({ map, cells, memory }: InputGuard, mapper: Mapper): readonly BlockCost[] {
  const sizes = [map.channels, map.height, map.width];
  const dataBits = sizes.reduce((bits, size) => bits + addressBits(size), 0);
  // A bit that no address in the map has makes a size of 1 one without powers of two.
  const outside = sizes.filter((size) => size === 1 || !isPowerOfTwo(size)).length;
  const ff = dataBits + COUNT_BITS + 4;
  if (memory === undefined)
    return [{ block: "event_guard", cost: cost({ lut: 8 + 2 * cells, ff: ff + cells }) }];
  const tickBits = Math.log2(memory.depth);
  const logic = cost({ lut: 6 + 3 * cells + 2 * tickBits + outside, ff: ff + tickBits });
  return [{ block: "event_guard", cost: plus(logic, asynchronousMemory(memory, mapper)) }];
}
