/** Two's complement of `value` in `width` bits, as an unsigned integer. */
export function encode(value: bigint, width: number): bigint {
  return BigInt.asUintN(width, value);
}

/** Packs words of `width` bits, the first in the lowest bits. */
export function pack(values: readonly bigint[], width: number): bigint {
  let word = 0n;
  for (let i = values.length - 1; i >= 0; i--)
    word = (word << BigInt(width)) | encode(values[i] as bigint, width);
  return word;
}

/** A `$readmemh` file: one word of `width` bits a line. */
export function hexFile(words: readonly bigint[], width: number): string {
  const digits = Math.ceil(width / 4);
  return words.map((w) => `${w.toString(16).padStart(digits, "0")}\n`).join("");
}

/** A sized Verilog literal in two's complement: `24'hfffff8`. */
export function literal(value: bigint, width: number): string {
  return `${width}'h${encode(value, width).toString(16)}`;
}
