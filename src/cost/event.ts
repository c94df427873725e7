import { addressBits, countBits, isPowerOfTwo } from "../mapping/widths.js";
import {
  asynchronousMemory,
  axisFifo,
  type BlockCost,
  type Cost,
  cost,
  type Mapper,
  memoryCost,
  plus,
  romCost,
  times,
  treeLuts,
} from "./cost.js";
import { type EventIntegrate, placeBits, placesOf, wordBits } from "./event-shape.js";
import { eventWalk, readAddresses, readPath } from "./event-walk.js";

const registered = (p: EventIntegrate): boolean => p.accumulators.style !== "distributed";

/** rtl/event_integrate.v: everything from the events to the sums, but for the registers of the last (see pipelineCost). */
export function eventIntegrate(p: EventIntegrate, mapper: Mapper): readonly BlockCost[] {
  const { ports } = p;
  const block = (name: string, one: Cost, copies = ports): BlockCost => ({
    block: name,
    cost: times(copies, one),
  });
  return [
    block("event_steer", eventSteer(ports), 1),
    block("event_ticks", eventTicks(p.accumulators.depth), 1),
    { block: "axis_fifo (events)", cost: axisFifo(p.queue, mapper) },
    block("event_walk", eventWalk(p)),
    {
      block: "weight_rom",
      cost: plus(...p.weights.map((memory) => romCost(memory, mapper, p.weightColumns))),
    },
    block("event_port: rotation", rotation(p)),
    block("event_port: read addresses", readAddresses(p), 1),
    block("event_port: read", readPath(p)),
    block("scatter_bank", scatterBanks(p, mapper)),
    block("event_integrate: sums", portSums(p), 1),
  ];
}

/** rtl/event_steer.v: the least of the levels, of three bits each: nine LUTs a queue after the first two (measured, 2 to 8). */
export const eventSteer = (ports: number): Cost =>
  cost({ lut: ports === 1 ? 0 : ports === 2 ? 3 : 9 * (ports - 2) + 8 });

/** rtl/event_ticks.v: six bits of state, and the counter of the clearing pass. */
export const eventTicks = (depth: number): Cost => cost({ lut: 7, ff: 6 + addressBits(depth) });

/** Turning a row of weights: a choice of SHIFT a bit, and its register. */
function rotation(p: EventIntegrate): Cost {
  const bits = p.banks[0] * p.banks[1] * p.channels * p.weightBits;
  return cost({ lut: p.shift > 1 ? bits * Math.ceil(p.shift / 4) : 0, ff: bits });
}

/**
 * All rtl/scatter_bank.v of a port, without the choice of a half for reads (see readPath): two halves, and for each half a
 * bit a word that says "written"; an adder a bit, whose LUT chooses the half and makes zero too, where no word is forwarded.
 * The control of both halves takes ten LUTs a bank, and five a bit of the place that differs from other banks' (two of them
 * choose it, three compare it); which half adds is known once.
 */
export function scatterBanks(p: EventIntegrate, mapper: Mapper): Cost {
  const bits = wordBits(p);
  const places = differentPlaceBits(p);
  const half = { ...p.accumulators, copies: 1 };
  const words = registered(p) ? memoryCost(half, mapper) : asynchronousMemory(half, mapper);
  const touched = asynchronousMemory({ ...half, width: 1, style: "distributed" }, mapper);
  const forward = registered(p) ? cost({ lut: bits + 3, ff: bits + 2 }) : cost({});
  const bank = plus(times(2, words), times(2, touched), forward, cost({ lut: bits + 10, ff: 5 }));
  const shared = cost({ lut: 5 * places, ff: (registered(p) ? 3 : 2) * places + 3 });
  return plus(times(p.banks[0] * p.banks[1], bank), shared);
}

/**
 * Bits of the places of all banks, equal ones once. Where a bank has a power of two of places along x, the column's bits
 * lie beside those of row and group, and banks of a column share them; likewise row and group.
 */
function differentPlaceBits(p: EventIntegrate): number {
  const [banksY, banksX] = p.banks;
  const [placesX, placesY] = placesOf(p);
  // Of two places a bank, the last banks have but the first: all of them the same.
  const kinds = (places: number, size: number, banks: number): number =>
    places === 1 ? 1 : places === 2 && size % banks > 0 ? (size % banks) + 1 : banks;
  const rows = kinds(placesY, p.output[0], banksY);
  const columns = kinds(placesX, p.output[1], banksX);
  if (!isPowerOfTwo(placesX)) return rows * columns * placeBits(p);
  const column = Math.log2(placesX);
  const group = isPowerOfTwo(placesY) ? countBits(p.groups) : 0;
  return columns * column + rows * (placeBits(p) - column - group) + group;
}

/** Sums over the ports: an adder and a register a bit, a level after the other; the last level's register is the sweep's. */
function portSums(p: EventIntegrate): Cost {
  const bits = p.columns * wordBits(p);
  const leaves = 2 ** Math.ceil(Math.log2(p.ports));
  return cost({
    lut: (p.ports - 1) * bits + treeLuts(p.ports),
    ff: Math.max(0, leaves - 2) * bits + (p.ports > 1 ? p.ports * bits : 0),
  });
}
