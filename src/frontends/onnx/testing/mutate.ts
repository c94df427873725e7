/** A small pseudo-random generator (mulberry32): the same seed gives the same campaign everywhere. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy: cut off, bytes overwritten, bits flipped, a stretch removed, or a stretch repeated. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = (n: number): number => Math.floor(random() * n);
  const copy = Uint8Array.from(bytes);
  switch (at(5)) {
    case 0:
      return copy.subarray(0, at(copy.length));
    case 1:
      for (let n = 1 + at(8); n > 0; n--) copy[at(copy.length)] = at(256);
      return copy;
    case 2:
      for (let n = 1 + at(4); n > 0; n--) {
        const i = at(copy.length);
        copy[i] = (copy[i] as number) ^ (1 << at(8));
      }
      return copy;
    case 3: {
      const from = at(copy.length);
      return Uint8Array.from([...copy.subarray(0, from), ...copy.subarray(from + 1 + at(16))]);
    }
    default: {
      const from = at(copy.length);
      const piece = copy.subarray(from, from + 1 + at(64));
      return Uint8Array.from([...copy.subarray(0, from), ...piece, ...copy.subarray(from)]);
    }
  }
}
