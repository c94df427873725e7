import { printable } from "../diagnostics/printable.js";

/** A cell: numbers are set flush right with thousands separated by commas, text flush left, undefined is a dash. */
export type Cell = string | number | undefined;

/** An aligned table: a heading, a line of dashes, a row each; columns two spaces apart, no space at line ends. */
export function table(heading: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map(printCell));
  const widths = heading.map((title, i) =>
    Math.max(title.length, ...texts.map((row) => (row[i] ?? "").length)),
  );
  const right = heading.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] !== "string"));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const dashes = widths.map((width) => "-".repeat(width));
  return `${[heading, dashes, ...texts].map(line).join("\n")}\n`;
}

function printCell(cell: Cell): string {
  if (cell === undefined) return "-";
  return typeof cell === "number" ? cell.toLocaleString("en-US") : printable(cell);
}
