import { type Cost, comparatorLuts, cost, plus, times } from "./cost.js";

/** Parameters of rtl/max_window.v. */
export interface MaxWindow {
  /** Sums that leave at once. */
  readonly lanes: number;
  /** Columns of a word that become one; words that do. */
  readonly merge: number;
  readonly rows: number;
  readonly sumBits: number;
}

/**
 * rtl/max_window.v: for every column after the first a comparison and a choice, registered where there are any; a
 * comparison that enables the register of a sum where windows have several words.
 */
export function maxWindow(p: MaxWindow): Cost {
  const compare = comparatorLuts(p.sumBits);
  const columns =
    p.merge > 1 ? cost({ lut: (p.merge - 1) * (compare + p.sumBits), ff: p.sumBits }) : cost({});
  const words = cost({ lut: p.rows > 1 ? compare + 1 : 0, ff: p.sumBits });
  const control = cost({ lut: 1, ff: p.merge > 1 ? 3 : 0 });
  return plus(times(p.lanes, plus(columns, words)), control);
}
