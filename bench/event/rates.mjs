// Runs whose layers spike as often as is wanted.

/**
 * The events of a run with `wanted` spikes a tick from each layer; undefined: as many as it has. Where
 * there are too many, each goes with the same chance. Where there are too few, each that the frame `frame` ticks later
 * has in the same tick comes with the same chance, if it isn't there: so bursts, and places that spike often, stay.
 */
export function withSpikes(events, wanted, frame) {
  const draw = uniform(1);
  const sent = events.sent.map((ticks, s) => {
    const total = ticks.reduce((n, { events }) => n + events.length, 0);
    const aim = wanted[s] === undefined ? total : wanted[s] * ticks.length;
    if (aim <= total)
      return ticks.map((tick) => mapped(tick, (word) => word.filter(() => draw() < aim / total)));
    const others = ticks.map((tick, t) => {
      const other = ticks[(t + frame) % ticks.length];
      const there = new Set(tick.events);
      return mapped(other, (word) => word.filter((event) => !there.has(event)));
    });
    const chance = (aim - total) / others.reduce((n, { events }) => n + events.length, 0);
    return ticks.map((tick, t) =>
      mapped(tick, (word, w) => [...word, ...wordOf(others[t], w).filter(() => draw() < chance)]),
    );
  });
  return { ...events, sent };
}

const wordOf = ({ events, starts }, w) => [...events.subarray(starts[w], starts[w + 1])];

/** A tick with every word changed. */
function mapped(tick, change) {
  const words = Array.from({ length: tick.starts.length - 1 }, (_, w) => change(wordOf(tick, w), w));
  const starts = new Int32Array(tick.starts.length);
  words.forEach((word, w) => {
    starts[w + 1] = starts[w] + word.length;
  });
  return { ...tick, events: Int32Array.from(words.flat()), starts };
}

/** Numbers from 0 to 1, the same ones each time (mulberry32). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}
