import { expect, test } from "vitest";
import { table } from "./table.js";

test("numbers right, text left, a dash for nothing, no space at line ends", () => {
  const rows = [
    ["conv1", 12345, undefined, "x"],
    ["readout", 7, 0.5, ""],
  ];
  expect(table(["stage", "cycles", "share", "note"], rows)).toBe(`stage    cycles  share  note
-------  ------  -----  ----
conv1    12,345      -  x
readout       7    0.5
`);
});

test("no rows leave the heading", () => {
  expect(table(["a", "bb"], [])).toBe("a  bb\n-  --\n");
});
