import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { groupDiagnostics, tabulate } from "../diagnostics/group.js";
import { renderDiagnostic } from "../diagnostics/render.js";
import type { Io, Manner } from "./io.js";
import { table } from "./table.js";

/**
 * Diagnostics on stderr, those of one kind and file as one table; errors red and warnings yellow where colours are
 * wanted; only errors with --quiet.
 */
export function printDiagnostics(io: Io, manner: Manner, diagnostics: readonly Diagnostic[]): void {
  const wanted = diagnostics.filter(({ severity }) => !manner.quiet || severity === "error");
  for (const group of groupDiagnostics(wanted)) {
    const [first, ...others] = group;
    if (first === undefined) continue;
    const text = others.length === 0 ? renderDiagnostic(first) : renderGroup([first, ...others]);
    const colour = { error: 31, warning: 33, note: 36 }[first.severity];
    const coloured = text.replace(/^\w+\[[\w-]+\]/, (head) => `\x1b[${colour}m${head}\x1b[0m`);
    io.err(`${io.colour && manner.color ? coloured : text}\n`);
  }
}

/** The head, a row a place with its notes below it, and what holds for all. */
function renderGroup(group: readonly [Diagnostic, ...Diagnostic[]]): string {
  const { head, shared, columns, rows } = tabulate(group);
  // Nothing differs: it was said more than once.
  if (columns.length === 0) return renderDiagnostic(group[0]);
  const [heading = "", dashes = "", ...lines] = table(
    columns,
    rows.map(({ cells }) => cells),
  ).split("\n");
  const noted = lines.flatMap((line, i) => [line, ...(rows[i]?.notes.map((note) => `  ${note}`) ?? [])]);
  const body = [heading, dashes, ...noted.slice(0, -1), ...shared];
  return [head, ...body.map((line) => `  ${line}`)].join("\n");
}
