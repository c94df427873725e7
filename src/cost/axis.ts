import { addressBits } from "../mapping/widths.js";
import type { Bit, Netlist } from "./netlist.js";
import { ONE, ZERO } from "./netlist.js";

/** Parameters of rtl/event_axis.v, as it names them. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: number;
  readonly banks: number;
  readonly placeStep: number;
  readonly placeBits: number;
  readonly tapStep: number;
  readonly tapBits: number;
  readonly aligned: boolean;
  readonly shift: number;
  /** The coordinate comes out of a register: synthesis registers what the table gives instead. */
  readonly registered: boolean;
}

/** Nets of the table: numbers are bits, lowest first. */
export interface AxisNets {
  readonly mask: readonly Bit[];
  readonly places: readonly (readonly Bit[])[];
  readonly taps: readonly (readonly Bit[])[];
  readonly rotation: readonly Bit[];
}

/** What an entry of the table says, as `entry` of rtl/event_axis.v computes it. */
function entryOf(axis: Axis, i: number, s: number) {
  const { kernel, stride, pad, banks, shift, output } = axis;
  const span = Math.ceil(kernel / stride);
  const top = Math.floor((i + pad) / stride);
  const aligned = ((i + pad) % stride) * Math.ceil(banks / shift) + Math.floor((top % banks) / shift);
  const highest = Math.min(top, output - 1);
  const lowest = i + pad < kernel ? 0 : Math.floor((i + pad - kernel + stride) / stride);
  const outs = Array.from(
    { length: banks },
    (_, b) => lowest + (banks === 1 ? s : (b + banks - (lowest % banks)) % banks),
  );
  const tapOf = (out: number): number =>
    axis.aligned && banks > 1 ? (banks < span ? i : aligned) : i + pad - out * stride;
  return {
    mask: outs.map((out) => out <= highest),
    places: outs.map((out) => (out > highest ? 0 : Math.floor(out / banks) * axis.placeStep)),
    taps: (axis.aligned ? outs.slice(0, 1) : outs).map((out) => tapOf(out) * axis.tapStep),
    rotation: (top % banks) % shift,
  };
}

/**
 * The table of rtl/event_axis.v in LUTs: every bit that differs between entries is a function of the coordinate (and of
 * the step, where outputs come one by one), of one LUT for 64 entries; equal bits are one.
 */
export function axisNets(
  net: Netlist,
  axis: Axis,
  coordinate: readonly Bit[],
  step: readonly Bit[],
): AxisNets {
  const reach = Math.min(Math.ceil(axis.kernel / axis.stride), axis.output);
  const steps = axis.banks === 1 ? reach : 1;
  const stepBits = steps > 1 ? addressBits(steps) : 0;
  const address = [...step.slice(0, stepBits), ...coordinate];
  // Entries of the padded memory, too: their contents are what the same formula gives.
  const entries = Array.from({ length: 2 ** (addressBits(axis.input) + stepBits) }, (_, n) =>
    entryOf(axis, n >> stepBits, n % 2 ** stepBits),
  );
  const columns = new Map<string, Bit>();
  const column = (read: (entry: ReturnType<typeof entryOf>) => number, bit: number): Bit => {
    const pattern = entries.map((entry) => (read(entry) >> bit) & 1);
    if (pattern.every((value) => value === pattern[0])) return pattern[0] === 1 ? ONE : ZERO;
    const key = pattern.join("");
    const luts = address.length <= 1 ? 0 : 2 ** Math.max(0, address.length - 6);
    const known = columns.get(key);
    if (known !== undefined) return known;
    const entry = net.logic(luts, address);
    const made = axis.registered ? net.register(entry) : entry;
    columns.set(key, made);
    return made;
  };
  const number = (bits: number, read: (entry: ReturnType<typeof entryOf>) => number): readonly Bit[] =>
    Array.from({ length: bits }, (_, bit) => column(read, bit));
  const each = (count: number) => Array.from({ length: count }, (_, b) => b);
  return {
    mask: each(axis.banks).map((b) => column((entry) => Number(entry.mask[b]), 0)),
    places: each(axis.banks).map((b) => number(axis.placeBits, (entry) => entry.places[b] as number)),
    taps: each(axis.aligned ? 1 : axis.banks).map((b) =>
      number(axis.tapBits, (entry) => entry.taps[b] as number),
    ),
    rotation: number(axis.shift > 1 ? addressBits(axis.shift) : 0, (entry) => entry.rotation),
  };
}
