import type { Range } from "../../fixed/format.js";
import { activate, quantiseRaw } from "../../ir/real-ops.js";
import type { Activation, PerChannel, Quantiser } from "../../ir/spiking.js";

/** Tables per channel, or one if scale and offset are the same for all. */
export function thresholdTables(
  activation: Activation,
  quantiser: Quantiser,
  potential: { readonly scale: PerChannel; readonly offset: PerChannel },
  range: Range,
): readonly (readonly bigint[])[] {
  const channels = Math.max(potential.scale.length, potential.offset.length);
  const at = (values: PerChannel, c: number): number =>
    (values.length === 1 ? values[0] : values[c]) as number;
  return Array.from({ length: channels }, (_, c) =>
    thresholdTable(activation, quantiser, at(potential.scale, c), at(potential.offset, c), range),
  );
}

/**
 * Thresholds t_1 ≤ … of one channel: t_i is the least integer V in `range` whose quantised activation of
 * V·scale + offset is at least i; range.high + 1 where none is. Bisection on the double-precision function.
 */
function thresholdTable(
  activation: Activation,
  quantiser: Quantiser,
  scale: number,
  offset: number,
  range: Range,
): readonly bigint[] {
  const p = (v: bigint): number =>
    quantiseRaw(activate(activation.kind, Number(v) * scale + offset), quantiser, 0);
  const count = 2 ** quantiser.bits - 1;
  const thresholds: bigint[] = [];
  let from = range.low;
  for (let i = 1; i <= count; i++) {
    let low = from;
    let high = range.high + 1n;
    while (low < high) {
      const middle = (low + high) >> 1n;
      if (p(middle) >= i) high = middle;
      else low = middle + 1n;
    }
    thresholds.push(low);
    from = low;
  }
  return thresholds;
}
