import type { Loc } from "../../diagnostics/diagnostic.js";
import { bitLength, type Range } from "../../fixed/format.js";
import { fractionBits, simplify, zip } from "../../fixed/per-channel.js";
import { roundQuotient } from "../../fixed/rational.js";
import type { PerChannel } from "../../ir/spiking.js";
import { binaryRatio, canBeBinary, hasBinaryUnit, inBinaryUnit, shiftLeft } from "./units.js";
import { type Emitter, isSpike, relativeError, type Value } from "./value.js";

/** Widest sum of terms whose units are no powers of two of each other: products by κ stay within 64 bits. */
const MAX_KAPPA_SUM_BITS = 52;

/** Most bits below its neighbour's unit that a spike's constant gets to be exact: those of a float32 and a decay. */
const MAX_SPIKE_FRACTION_BITS = 31;

/** Bits of the largest magnitude. */
export const magnitudeBits = ({ low, high }: Range): number => bitLength(high > -low ? high : -low);

/**
 * Both values in one unit per channel: the finer one. Where the ratio of the units is no power of two, a spike, or else
 * the value in a binary unit, is converted to (a finer fraction of) the other's.
 */
export function align(e: Emitter, a: Value, b: Value, origin: readonly Loc[]): readonly [Value, Value] {
  if (a.id === undefined) return [{ ...a, scale: b.scale }, b];
  if (b.id === undefined) return [a, { ...b, scale: a.scale }];
  const ratio = binaryRatio(a.scale, b.scale);
  if (ratio !== undefined) {
    const left = ratio.map((n) => Math.max(0, n));
    const right = ratio.map((n) => Math.max(0, -n));
    return [shiftLeft(e, a, left, origin), shiftLeft(e, b, right, origin)];
  }
  const moveA = isSpike(e, a) || (!isSpike(e, b) && hasBinaryUnit(a));
  const [moved, kept] = moveA ? [a, b] : [b, a];
  const spike = isSpike(e, moved);
  const isExact = spike && exactSpikeBits(moved, kept) <= MAX_SPIKE_FRACTION_BITS;
  // Odd parts that are short go into the integers, and what is left are powers of two.
  if (!isExact && canBeBinary(e, kept) && canBeBinary(e, moved))
    return align(e, inBinaryUnit(e, a, origin) ?? a, inBinaryUnit(e, b, origin) ?? b, origin);
  const room = MAX_KAPPA_SUM_BITS - magnitudeBits(e.rangeOf(kept.id as string));
  const wanted = spike ? spikeBits(moved, kept) : guardBits(moved, kept);
  const fine = shiftLeft(e, kept, [Math.max(0, Math.min(room, wanted))], origin);
  const converted = spike ? spikeTimes(e, moved, fine.scale, origin) : rescale(e, moved, fine.scale, origin);
  return moveA ? [converted, fine] : [fine, converted];
}

/** Bits below `kept` so that a term rounded down to its unit loses less than a quarter of the term's own unit. */
function guardBits(moved: Value, kept: Value): number {
  return Math.ceil(Math.log2(Math.max(...zip(kept.scale, moved.scale, (k, m) => k / m)))) + 2;
}

/** Bits below `kept` so that a spike times its constant is an integer there; two where none are enough. */
function spikeBits(spike: Value, kept: Value): number {
  const exact = exactSpikeBits(spike, kept);
  return exact <= MAX_SPIKE_FRACTION_BITS ? exact : 2;
}

const exactSpikeBits = (spike: Value, kept: Value): number =>
  Math.max(...zip(spike.scale, kept.scale, fractionBits));

/** v in the unit `target`, whose ratio to v's is no power of two: κ·v / 2^k, rounded down. */
export function rescale(e: Emitter, v: Value, target: PerChannel, origin: readonly Loc[]): Value {
  const id = v.id as string;
  const k = magnitudeBits(e.rangeOf(id));
  const kappa = zip(v.scale, target, (s, t) => roundQuotient(s, t, k));
  const factor = zip(v.scale, target, (s, t) => (s / t) * 2 ** k);
  const bits = magnitudeBits({ low: 0n, high: kappa.reduce((a, b) => (a > b ? a : b)) });
  const finer = Math.floor(Math.log2(Math.min(...zip(v.scale, target, (s, t) => s / t))));
  const text = `its unit is no power of two times its neighbour's: multiplied by a ${bits}-bit constant, off by less than one unit of the sum, 2^-${finer} of its own`;

  const off = zip(
    zip(factor, kappa, (f, c) => Math.abs(Number(c) - f) / 2 ** k),
    target,
    (d, t) => d * t,
  );
  e.depart({
    kind: "scale",
    where: id,
    text,
    relativeError: relativeError(factor, kappa),
    error: { at: "value", base: target, slope: { by: off, of: id } },
  });
  const product = e.put({ kind: "mulc", a: id, by: simplify(kappa) }, e.fresh(id), origin, target);
  const shifted = { kind: "shr", a: product.id, bits: k, rounding: "floor" } as const;
  return { ...e.put(shifted, e.fresh(id), origin, target), offset: v.offset };
}

/** A spike times its constant in the unit `target`: exact where the constant is a multiple of it. */
function spikeTimes(e: Emitter, spike: Value, target: PerChannel, origin: readonly Loc[]): Value {
  const id = spike.id as string;
  const by = zip(spike.scale, target, (s, t) => roundQuotient(s, t, 0));
  const real = zip(spike.scale, target, (s, t) => s / t);
  const worst = relativeError(real, by);
  const text = "a constant that spikes are multiplied by is rounded to the unit of the sum that it enters";
  const off = zip(
    zip(real, by, (x, c) => Math.abs(Number(c) - x)),
    target,
    (d, t) => d * t,
  );
  if (worst > 0)
    e.depart({ kind: "scale", where: id, text, relativeError: worst, error: { at: "value", base: off } });
  return {
    ...e.put({ kind: "mulc", a: id, by: simplify(by) }, e.fresh(id), origin, target),
    offset: spike.offset,
  };
}
