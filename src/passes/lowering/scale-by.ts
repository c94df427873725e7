import type { Loc } from "../../diagnostics/diagnostic.js";
import { coefficients, simplify, zip } from "../../fixed/per-channel.js";
import { exactLog2 } from "../../fixed/rational.js";
import type { PerChannel } from "../../ir/spiking.js";
import { type Emitter, isSpike, type Value } from "./value.js";

/** v times constants: c/2^n with c of at most `coefficientBits` bits. */
export function scaleBy(
  e: Emitter,
  v: Value,
  by: PerChannel,
  id: string,
  origin: readonly Loc[],
  coefficientBits: number,
): Value {
  const offset = zip(v.offset, by, (o, k) => o * k);
  if (v.id === undefined || by.every((k) => k === 0)) return { id: undefined, scale: [1], offset };
  // A spike times a positive constant only changes its unit; so does any power of two.
  if (by.every((k) => k > 0 && (isSpike(e, v) || exactLog2(k) !== undefined))) {
    return { id: v.id, scale: zip(v.scale, by, (s, k) => s * k), offset };
  }
  const { integers, exponent, error } = coefficients(by, coefficientBits);
  const what = by.length === 1 ? by[0] : `${by.length} factors`;
  const off = zip(by, integers, (k, c) => Math.abs(Number(c) * 2 ** exponent - k));
  if (error > 0)
    e.depart({
      kind: "coefficient",
      where: id,
      text: `${what} rounded to ${coefficientBits} bits`,
      relativeError: error,
      error: {
        at: "value",
        base: zip(off, v.offset, (d, o) => d * Math.abs(o)),
        slope: { by: zip(off, v.scale, (d, s) => d * s), of: v.id },
      },
    });
  const scale = v.scale.map((s) => s * 2 ** exponent);
  const product = e.put({ kind: "mulc", a: v.id, by: simplify(integers) }, id, origin, scale);
  const rounded = zip(v.offset, integers, (o, c) => o * Number(c) * 2 ** exponent);
  return { ...product, offset: error > 0 ? rounded : offset };
}
