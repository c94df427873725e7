/** The text of a $readmemh file: one word of `width` bits a line, two's complement. */
export function hexFile(words: readonly bigint[], width: number): string {
  const digits = Math.ceil(width / 4);
  return `${words.map((word) => BigInt.asUintN(width, word).toString(16).padStart(digits, "0")).join("\n")}\n`;
}

/** Words packed into one vector, word i at [i*width +: width]; negative words in two's complement. */
export function pack(words: readonly bigint[], width: number): bigint {
  let packed = 0n;
  for (let i = words.length - 1; i >= 0; i--) {
    packed = (packed << BigInt(width)) | BigInt.asUintN(width, words[i] as bigint);
  }
  return packed;
}

/** Source of reproducible random integers (mulberry32): `bits(n)` unsigned, `signed(n)` two's complement, `below(n)`. */
export function randomSource(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const bits = (count: number): bigint => {
    let value = 0n;
    for (let have = 0; have < count; have += 32) value = (value << 32n) | BigInt(next());
    return BigInt.asUintN(count, value);
  };
  return {
    bits,
    signed: (count: number): bigint => BigInt.asIntN(count, bits(count)),
    below: (limit: number): number => Math.floor((next() / 2 ** 32) * limit),
  };
}
