import { encode, type MemoryWords } from "../mapping/words.js";

/** A `$readmemh` file: a word a line, all of them in as many digits. */
export function hexFile({ width, words }: MemoryWords): string {
  const digits = Math.ceil(width / 4);
  return words.map((w) => `${w.toString(16).padStart(digits, "0")}\n`).join("");
}

/** A sized Verilog literal in two's complement: `24'hfffff8`. */
export function literal(value: bigint, width: number): string {
  return `${width}'h${encode(value, width).toString(16)}`;
}
