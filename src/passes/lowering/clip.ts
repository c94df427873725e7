import type { Loc } from "../../diagnostics/diagnostic.js";
import { fractionBits, NO_FRACTION } from "../../fixed/per-channel.js";
import { floorQuotient, roundQuotient } from "../../fixed/rational.js";
import type { SpikingExpr } from "../../ir/spiking.js";
import { magnitudeBits, rescale } from "./align.js";
import { materialise, refinement } from "./materialise.js";
import { binaryRatio, canBeBinary, inBinaryUnit, shiftLeft } from "./units.js";
import type { Emitter, Value } from "./value.js";

type Clip = Extract<SpikingExpr, { readonly kind: "clip" }>;

/** Beyond every value: a bound that nothing reaches is none. */
const FAR = 2n ** 128n;

/** Bits below the finest unit of a value whose channels' units are brought to one by rounding, if there is room. */
const GUARD_BITS = 8;

/**
 * v between two bounds, in one unit for all channels: the finest, or a binary one where the channels' units are no
 * powers of two of each other. A bound that v can reach is an integer there, in a finer unit where it is a binary
 * fraction; else it is the nearest one. What is rounded is listed.
 */
export function lowerClip(e: Emitter, operand: Value, { id, origin, low, high }: Clip): Value {
  const clamp = (x: number): number => Math.min(high, Math.max(low, x));
  const whole = operand.id === undefined ? operand : materialise(e, operand, id, origin);
  if (whole.id === undefined) return { ...whole, offset: whole.offset.map(clamp) };
  const range = e.rangeOf(whole.id);
  const acts = {
    low: whole.scale.some((unit) => range.low < -floorQuotient(-low, unit)),
    high: whole.scale.some((unit) => range.high > floorQuotient(high, unit)),
  };
  if (!acts.low && !acts.high && binaryRatio(whole.scale, [whole.scale[0] as number]) === undefined)
    return whole;
  const shifted = inOneUnit(e, whole, origin);
  const bounds = [...(acts.low ? [low] : []), ...(acts.high ? [high] : [])];
  const bitsIn = ({ scale }: Value): number =>
    Math.max(0, ...bounds.map((bound) => fractionBits(bound, scale[0] as number)));
  const one = (bitsIn(shifted) < NO_FRACTION ? undefined : inBinaryUnit(e, shifted, origin)) ?? shifted;
  const exact = bitsIn(one);
  const bits = refinement(e, one, exact);
  const fine = shiftLeft(e, one, [bits], origin);
  const unit = fine.scale[0] as number;
  if (exact > bits) depart(e, id, bounds, unit);
  const limits = {
    low: acts.low ? roundQuotient(low, unit, 0) : farthest(-floorQuotient(-low, unit)),
    high: acts.high ? roundQuotient(high, unit, 0) : farthest(floorQuotient(high, unit)),
  };
  return e.put({ kind: "sat", a: fine.id as string, ...limits }, id, origin, fine.scale);
}

/** v in one unit for all channels. */
function inOneUnit(e: Emitter, v: Value, origin: readonly Loc[]): Value {
  const shared = (of: Value): Value | undefined => {
    const ratio = binaryRatio(of.scale, [Math.min(...of.scale)]);
    const shifted = ratio && shiftLeft(e, of, ratio, origin);
    return shifted && { ...shifted, scale: shifted.scale.slice(0, 1) };
  };
  const own = shared(v) ?? (canBeBinary(e, v) ? shared(inBinaryUnit(e, v, origin) ?? v) : undefined);
  if (own !== undefined) return own;
  const finest = Math.floor(Math.log2(Math.min(...v.scale)));
  const spread = Math.ceil(Math.log2(Math.max(...v.scale))) - finest;
  const room = 62 - 2 * magnitudeBits(e.rangeOf(v.id as string)) - spread;
  const target = 2 ** (finest - Math.max(2, Math.min(GUARD_BITS, room)));
  const one = rescale(
    e,
    v,
    v.scale.map(() => target),
    origin,
  );
  return { ...one, scale: [target] };
}

const farthest = (bound: bigint): bigint => (bound > FAR ? FAR : bound < -FAR ? -FAR : bound);

function depart(e: Emitter, id: string, bounds: readonly number[], unit: number): void {
  const off = bounds.map((bound) => Math.abs(Number(roundQuotient(bound, unit, 0)) * unit - bound));
  e.depart({
    kind: "clip",
    where: id,
    text: "a bound of a clip is rounded to the unit of what it clips",
    relativeError: Math.max(...off.map((d, i) => (d === 0 ? 0 : d / Math.abs(bounds[i] as number)))),
    error: { at: "value", base: [Math.max(...off)] },
  });
}
