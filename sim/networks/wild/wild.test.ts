import { expect, test } from "vitest";
import { rows } from "./rows.js";
import { checkRow, nameOf } from "./wild.js";

test.each(rows.map((row) => [nameOf(row), row] as const))(
  "%s: what its framework gives is what the reference gives, and golden and wasm agree",
  (_, row) => {
    process.stdout.write(`${checkRow(row)}\n`);
    expect.hasAssertions();
  },
);
