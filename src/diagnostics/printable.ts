/**
 * A text as a terminal may get it: control and format characters, which move the cursor, change colours or turn the
 * direction of writing, stand as escapes: `\x1b`, `\u202e`. Names and paths are other people's.
 */
export const printable = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (letter) => {
    const code = letter.codePointAt(0) as number;
    return code < 0x100
      ? `\\x${hex(code, 2)}`
      : code < 0x10000
        ? `\\u${hex(code, 4)}`
        : `\\u{${hex(code, 1)}}`;
  });

/** The same, line by line: for texts that are lines. */
export const printableLines = (text: string): string => text.split("\n").map(printable).join("\n");

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");
