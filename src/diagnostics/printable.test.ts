import { expect, test } from "vitest";
import { printable, printableLines } from "./printable.js";

test("what a terminal would act upon is escaped, all else stays", () => {
  expect(printable("a\x1b[31mb\n\t\x07\x9b2J\u202ec\u2028")).toBe(
    "a\\x1b[31mb\\x0a\\x09\\x07\\x9b2J\\u202ec\\u2028",
  );
  expect(printable("\u{e0041}")).toBe("\\u{e0041}");
  expect(printable("Größe ≤ 5 % 日本 \\ '")).toBe("Größe ≤ 5 % 日本 \\ '");
  expect(printableLines("a\x1b\nb\r\n")).toBe("a\\x1b\nb\\x0d\n");
});
