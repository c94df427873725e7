import { expect, test } from "vitest";
import { changingColumns, romColumns } from "./columns.js";

test("a ROM in LUTs is made of columns that change, equal ones once", () => {
  // Columns from the highest bit: 0011, 0011, 1111, 0101.
  expect(changingColumns({ width: 4, words: [0x2n, 0x3n, 0xen, 0xfn] })).toBe(2);
  expect(changingColumns({ width: 4, words: [5n] })).toBe(0);
  expect(changingColumns({ width: 9, words: [0n, 0n] })).toBe(0);
});

test("the words of a ROM in block RAM are not looked at", () => {
  const rom = { kind: "rom", width: 36, style: "auto", copies: 1 } as const;
  const words = { width: 36, words: [1n, 2n] };
  expect(romColumns([{ ...rom, depth: 2 }], "yosys", () => words)).toBe(2);
  expect(
    romColumns(
      [
        { ...rom, depth: 1024 },
        { ...rom, depth: 2 },
      ],
      "yosys",
      () => words,
    ),
  ).toBe(2);
  const never = () => {
    throw new Error("looked at");
  };
  for (const mapper of ["yosys", "vivado"] as const)
    expect(romColumns([{ ...rom, depth: 1024 }], mapper, never)).toBe(36);
});
