import { diagnostic, failure, type Loc, type Result, success } from "../diagnostics/diagnostic.js";
import { type Shape, sizeOf } from "../ir/spiking.js";
import { type NpyArray, printShape } from "./npy.js";

/** The layout of a list of events: rows of (tick, cell), or of (sample, tick, cell), in any order. */
export const EVENTS = "events";

/** Spikes of each sample and tick, ascending. */
export interface EventList {
  readonly samples: number;
  readonly ticks: number;
  readonly spikes: readonly (readonly (readonly number[])[])[];
}

/** Most ticks of all samples that a list may name: more would ask for memory that no file holds. */
const MOST_TICKS = 2 ** 24;

/** A list of events: integers, rows of two or three. It has as many samples and ticks as its last ones say. */
export function readEvents(array: NpyArray, shape: Shape, loc: Loc): Result<EventList> {
  const [rows = 0, columns] = array.shape;
  const have = printShape(array.shape);
  const isList = array.shape.length === 2 && (columns === 2 || columns === 3) && /^[iu]/.test(array.dtype);
  if (!isList || columns === undefined) {
    const reason = "events are rows of integers, (tick, cell) or (sample, tick, cell)";
    return failure(diagnostic("input-layout", loc, { have, reason }));
  }
  if (rows === 0) return failure(diagnostic("input-empty", loc, { have, what: "events" }));
  const size = sizeOf(shape);
  // Large integers as they are, not as doubles.
  const exactly = (row: number, back: number) => String(array.data[(row + 1) * columns - 1 - back]);
  const spikes: Map<number, number[]>[] = [];
  let [samples, ticks] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const [cell = 0, tick = 0, sample = 0] = Array.from({ length: columns }, (_, back) =>
      Number(array.data[(row + 1) * columns - 1 - back]),
    );
    const place = `event ${row}`;
    const named = () =>
      `${place} is of ${columns === 3 ? `sample ${exactly(row, 2)}, ` : ""}tick ${exactly(row, 1)}`;
    if (!(cell >= 0 && cell < size))
      return failure(diagnostic("input-cell-range", loc, { value: exactly(row, 0), place, last: size - 1 }));
    if (!(tick >= 0 && sample >= 0)) {
      const reason = `${named()}: both count from 0`;
      return failure(diagnostic("input-layout", loc, { have, reason }));
    }
    ticks = Math.max(ticks, tick + 1);
    samples = Math.max(samples, sample + 1);
    if (ticks * samples > MOST_TICKS) {
      const reason = `${named()}: ${samples} samples of ${ticks} ticks are more than ${MOST_TICKS} ticks in all`;
      return failure(diagnostic("input-layout", loc, { have, reason }));
    }
    spikes[sample] ??= new Map<number, number[]>();
    const own = spikes[sample];
    const list = own.get(tick) ?? [];
    own.set(tick, list);
    list.push(cell);
  }
  const all = Array.from(spikes, (own) =>
    Array.from({ length: ticks }, (_, tick) => (own?.get(tick) ?? []).sort((a, b) => a - b)),
  );
  for (const [sample, own] of all.entries())
    for (const [tick, cells] of own.entries()) {
      const twice = cells.findIndex((cell, i) => i > 0 && cell === cells[i - 1]);
      if (twice < 0) continue;
      const place = `sample ${sample}, tick ${tick}, cell ${cells[twice]}`;
      const hint = "a cell spikes once a tick or not: drop what comes again, or take shorter ticks";
      return failure(diagnostic("input-not-binary", loc, { value: 2, place }, { hint }));
    }
  return success({ samples: all.length, ticks, spikes: all });
}
