import { invariant } from "../diagnostics/diagnostic.js";
import { formatOfRange } from "../fixed/format.js";
import { exactLog2 } from "../fixed/rational.js";
import { type FixedLayer, type FixedModel, isExact, potentialBits } from "../ir/fixed.js";
import type { Effect } from "./effect.js";

/** Bits of a number that a double holds. */
const DOUBLE_BITS = 53;

/**
 * Fails where spikes differ from float64 and nothing says why: a bug of the compiler. A layer may differ where it, or
 * one before it, has a deviation, or where doubles round what the integers hold exactly (scales that are no powers of
 * two, values of more than 53 bits); `isOpen` says that the compiler chose formats.
 */
export function checkListed(fixed: FixedModel, effect: Effect, isOpen: boolean): void {
  const first = effect.layers.findIndex((l) => l.differ > 0);
  if (first < 0 || isOpen) return;
  const before = fixed.layers.slice(0, first + 1);
  const names = before.map((l) => l.name);
  const listed = fixed.deviations.some((d) => names.includes(d.layer) && !isExact(d));
  const { layer, differ, spikes } = effect.layers[first] as Effect["layers"][number];
  invariant(
    listed || !before.every(isExactInDoubles),
    `${differ} of ${spikes} spikes of layer '${layer}' differ from float64 on random input, and no deviation is listed`,
  );
}

/** Whether a run in doubles computes every value of a layer exactly. */
export function isExactInDoubles(layer: FixedLayer): boolean {
  const exprs = [...layer.pre.exprs, ...layer.post.exprs];
  const isNarrow = exprs.every(
    ({ range, scale }) =>
      formatOfRange(range).width <= DOUBLE_BITS && scale.every((s) => exactLog2(s) !== undefined),
  );
  return isNarrow && potentialBits(layer) <= DOUBLE_BITS;
}
