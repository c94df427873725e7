import { hullOf, type RealRange } from "../../analysis/bound-reals.js";
import type { PerChannel, Quantiser, Recurrence } from "../../ir/spiking.js";

/** Bits that a channel may lose so that all channels have one shift. */
const MAX_SPREAD = 2;
/** Units of a graph's states, up to a power of two. A clip needs one unit for all channels: a power of two then. */
export const unitsFor = (graph: Recurrence<string>, unit: PerChannel): PerChannel =>
  graph.exprs.some((e) => e.kind === "clip") ? [1] : unit;

/**
 * unit · 2^-f with the largest f for which the range (one for all, or one per channel) fits `bits` signed bits. One f
 * for all channels, so that shifts are constants, unless that costs a channel more than MAX_SPREAD bits.
 */
export function stateQuantiser(units: PerChannel, ranges: readonly RealRange[], bits: number): Quantiser {
  const own = units.length > 1 && ranges.length > 1;
  const exponents = units.map((unit, c) =>
    exponentThatHolds(own ? (ranges[c] as RealRange) : hullOf(ranges), unit, bits),
  );
  const known = exponents.filter((e) => e !== undefined);
  const [low, high] = known.length === 0 ? [0, 0] : [Math.min(...known), Math.max(...known)];
  const shared = high - low <= MAX_SPREAD;
  const scale = units.map((unit, c) => unit * 2 ** (shared ? high : (exponents[c] ?? high)));
  const same = scale.every((s) => s === scale[0]);
  const base = { bits, signed: true, narrow: false, rounding: "half_to_pos_inf" } as const;
  return { ...base, scale: same ? scale.slice(0, 1) : scale };
}

/** Values below it are as good as 0: no unit for them could be computed with. */
const NOTHING = 2 ** -90;

/** The least e for which `bits` signed bits of unit · 2^e hold the range; any does for what is as good as {0}. */
function exponentThatHolds({ low, high }: RealRange, unit: number, bits: number): number | undefined {
  const magnitude = Math.max(-low, high);
  if (magnitude < NOTHING) return undefined;
  const half = 2 ** (bits - 1);
  let exponent = Math.ceil(Math.log2(magnitude / unit)) - bits;
  while (high > (half - 1) * unit * 2 ** exponent || low < -half * unit * 2 ** exponent) exponent += 1;
  return exponent;
}

/** The same, but never finer than the format `before`: formats only get coarser from round to round, which ends them. */
export function coarser(
  before: Quantiser | undefined,
  units: PerChannel,
  ranges: readonly RealRange[],
  bits: number,
): Quantiser {
  const q = stateQuantiser(units, ranges, bits);
  if (before === undefined) return q;
  const at = (scale: PerChannel, c: number): number => scale[scale.length === 1 ? 0 : c] as number;
  const length = Math.max(q.scale.length, before.scale.length);
  const scale = Array.from({ length }, (_, c) => Math.max(at(q.scale, c), at(before.scale, c)));
  return { ...q, scale };
}
