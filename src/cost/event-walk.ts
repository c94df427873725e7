import { addressBits, countBits } from "../mapping/widths.js";
import { type Axis, axisNets } from "./axis.js";
import { type Cost, cost, muxLuts, plus } from "./cost.js";
import {
  axisOf,
  type EventIntegrate,
  multiples,
  placeBits,
  placesOf,
  productAdders,
  wordBits,
} from "./event-shape.js";
import { addBits, type Bit, type Netlist, netlist, ZERO } from "./netlist.js";

const inputs = (net: Netlist, n: number): Bit[] => Array.from({ length: n }, () => net.input());

/**
 * rtl/event_walk.v with its two rtl/event_axis.v. The bits of the tables are followed to the banks: those that never
 * change cost nothing, and places that need no sum are shift registers.
 */
export function eventWalk(p: EventIntegrate): Cost {
  const [banksY, banksX] = p.banks;
  const [placesX] = placesOf(p);
  const net = netlist();
  const coordinates = p.input.map((n) => inputs(net, addressBits(n)));
  const steps = p.output.map((n) => inputs(net, addressBits(n)));
  const tapBits = addressBits(weightWords(p));
  const common = { placeBits: placeBits(p), tapBits, registered: false };
  const rows = axisNets(
    net,
    { ...axisOf(p, 0), ...common, placeStep: placesX, tapStep: p.aligns, aligned: false, shift: 1 },
    coordinates[0] as Bit[],
    steps[0] as Bit[],
  );
  const columns = axisNets(
    net,
    { ...axisOf(p, 1), ...common, placeStep: 1, tapStep: 1, aligned: true, shift: p.shift },
    coordinates[1] as Bit[],
    steps[1] as Bit[],
  );
  const register = (bits: readonly Bit[]): Bit[] => bits.map((bit) => net.register(bit));

  // Weights and places of the channel and group: multiples of what a group has, so their low bits are 0.
  const rowWords = p.kernel[0] * p.aligns;
  const weight = multiples(
    net,
    p.groups > 1 ? rowWords : rowWords * p.groups,
    p.inChannels * p.groups,
    tapBits,
  );
  const places = placesOf(p)[0] * placesOf(p)[1];
  const place = multiples(net, places, p.groups, placeBits(p));
  const tapsX = register(addBits(net, weight, columns.taps[0] as Bit[], tapBits));
  const placesY = rows.places.map((at) => register(addBits(net, place, at, placeBits(p))));
  const placesX_ = columns.places.map(register);
  const valid = net.input();
  for (let u = 0; u < banksY; u++) {
    net.use(register(addBits(net, tapsX, register(rows.taps[u] as Bit[]), tapBits)));
    for (let b = 0; b < banksX; b++) {
      const masks = [net.register(rows.mask[u] as Bit), net.register(columns.mask[b] as Bit)];
      // A reset, so the register after it is no part of a shift register; the gate before is the first register's reset.
      net.use([net.register(net.logic(1, [net.register(net.logic(0, [valid, ...masks], "and"))], "reset"))]);
      const sum = register(addBits(net, placesY[u] as Bit[], placesX_[b] as Bit[], placeBits(p)));
      net.use(register(sum));
    }
  }
  net.use(columns.rotation.map((bit) => net.register(bit, 3)));

  // The event in hand: fields, steps and group, products by the channel; each register chooses between two. Half of the
  // products' additions fall away (measured).
  const stepBits = [0, 1].reduce((sum, a) => sum + (p.banks[a] === 1 ? countBits(reachOf(p, a)) : 0), 0);
  const group = countBits(p.groups);
  const variable = (bits: readonly Bit[]): number => bits.filter((bit) => bit !== ZERO).length;
  const weights = variable(weight);
  const held = p.input.reduce((sum, n) => sum + countBits(n), 0);
  const state = held + stepBits + group + 2 * weights + (p.groups > 1 ? variable(place) : 0) + 3;
  const additions = Math.ceil((productAdders(rowWords * p.groups, p.inChannels) * tapBits) / 2);
  const control = cost({
    lut: weights + additions + stepBits + group + (p.groups > 1 ? weights + variable(place) : 0),
    ff: state,
  });
  return plus(net.cost(), control);
}

const weightWords = (p: EventIntegrate): number => p.inChannels * p.groups * p.kernel[0] * p.aligns;

const reachOf = (p: EventIntegrate, a: number): number =>
  Math.min(Math.ceil((p.kernel[a] as number) / (p.stride[a] as number)), p.output[a] as number);

/** What each bank is asked (rtl/event_port.v): a table an axis, a place a bank. Equal in all ports, so it stands there once. */
export function readAddresses(p: EventIntegrate): Cost {
  const [banksY, banksX] = p.banks;
  const net = netlist();
  const axis = (a: 0 | 1, kernel: number, step: number): Axis => ({
    ...axisOf(p, a),
    input: p.output[a],
    kernel,
    stride: 1,
    pad: kernel - 1,
    placeStep: step,
    placeBits: placeBits(p),
    tapStep: 1,
    tapBits: 1,
    aligned: true,
    shift: p.banks[a],
    registered: true,
  });
  const address = p.output.map((n) => inputs(net, addressBits(n)));
  const rows = axisNets(net, axis(0, 1, placesOf(p)[0]), address[0] as Bit[], []);
  const columns = axisNets(net, axis(1, p.columns, 1), address[1] as Bit[], []);
  const places = placesOf(p)[0] * placesOf(p)[1];
  const first = multiples(net, places, p.groups, placeBits(p));
  const clear = inputs(net, placeBits(p));
  for (let u = 0; u < banksY; u++)
    for (let b = 0; b < banksX; b++) {
      net.use([net.register(net.logic(1, [rows.mask[u] as Bit, columns.mask[b] as Bit], "and"))]);
      const row = addBits(net, first, rows.places[u] as Bit[], placeBits(p));
      const sum = addBits(net, row, columns.places[b] as Bit[], placeBits(p));
      net.use(sum.map((bit, i) => net.register(net.logic(1, [bit, clear[i] as Bit], "clear"))));
    }
  net.use(rows.rotation.map((bit) => net.register(bit, 2)));
  net.use(columns.rotation.map((bit) => net.register(bit, 3)));
  return plus(net.cost(), cost({ lut: productAdders(places, p.groups) * placeBits(p), ff: 2 }));
}

/**
 * What comes of a read: the words of a row, then its columns. Choosing a half and one of two rows fits a LUT6; a column's
 * word is one of BANKS_X, gated: one of three and the gate fit a LUT6, one of six two of them.
 */
export function readPath(p: EventIntegrate): Cost {
  const [banksY, banksX] = p.banks;
  const bits = wordBits(p);
  const pairs = Math.ceil(banksY / 2);
  // Of three rows, the last goes into the LUT that chooses between it and the pair.
  const rowLuts = banksX * bits * (banksY === 3 ? 2 : pairs + muxLuts(pairs));
  const columnLuts = p.columns * bits * Math.ceil(banksX / 3);
  const touched = banksX * (1 + muxLuts(banksY));
  return cost({ lut: rowLuts + columnLuts + touched, ff: banksX * (bits + 1) });
}
