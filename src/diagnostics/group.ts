import { catalogue, type Entry } from "./catalogue.js";
import { type Diagnostic, fillHoles } from "./diagnostic.js";
import { printable } from "./printable.js";
import { hasLines, renderNote, renderPlace } from "./render.js";

/** Diagnostics of one kind in one file: what they have in common, and a row each of what differs. */
export interface DiagnosticGroup {
  readonly severity: Diagnostic["severity"];
  /** `error[code] file: text`; a hole whose content differs stands as `<hole>`. */
  readonly head: string;
  /** Notes and hint that all of them share, a line each. */
  readonly shared: readonly string[];
  /** `place`, the holes that differ, `hint` where hints do; none where nothing differs. */
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly cells: readonly (string | number)[];
    readonly notes: readonly string[];
  }[];
}

/** Diagnostics by kind and file, each group where the first of it stands. One that quotes a tool stays alone. */
export function groupDiagnostics(diagnostics: readonly Diagnostic[]): readonly (readonly Diagnostic[])[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const [i, d] of diagnostics.entries()) {
    const key = JSON.stringify([d.severity, d.code, d.loc.file ?? null, hasLines(d.code) ? i : 0]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [d]);
    else group.push(d);
  }
  return [...groups.values()];
}

/** What the diagnostics of a group have in common, and what not. */
export function tabulate(group: readonly [Diagnostic, ...Diagnostic[]]): DiagnosticGroup {
  const [first] = group;
  const { severity, code, loc } = first;
  const notesOf = (d: Diagnostic) => d.notes.map((note) => renderNote(note, loc.file));
  const differ = (of: (d: Diagnostic) => unknown): boolean =>
    group.some((d) => JSON.stringify(of(d)) !== JSON.stringify(of(first)));
  const holes = Object.keys(first.args).filter((hole) => differ((d) => d.args[hole]));
  const [placesDiffer, notesDiffer, hintsDiffer] = [
    differ((d) => d.loc),
    differ(notesOf),
    differ((d) => d.hint),
  ];
  const place = placesDiffer ? "" : renderPlace(loc);
  const at = [loc.file === undefined ? "" : printable(loc.file), place]
    .filter((text) => text !== "")
    .join(": ");
  const entry: Entry = catalogue[code];
  const filled = (differs: (hole: string) => string): string =>
    fillHoles(entry.text, (hole) => (holes.includes(hole) ? differs(hole) : String(first.args[hole])));
  // What is nothing but holes that differ says nothing.
  const says = /\p{L}/u.test(filled(() => ""));
  const text = says ? `: ${printable(filled((hole) => `<${hole}>`))}` : "";
  const shared = notesDiffer ? [] : notesOf(first);
  return {
    severity,
    head: `${severity}[${code}]${at === "" ? "" : ` ${at}`}${text}`,
    shared: hintsDiffer || first.hint === undefined ? shared : [...shared, `hint: ${printable(first.hint)}`],
    columns: [...(placesDiffer ? ["place"] : []), ...holes, ...(hintsDiffer ? ["hint"] : [])],
    rows: group.map((d) => ({
      cells: [
        ...(placesDiffer ? [renderPlace(d.loc)] : []),
        ...holes.map((hole) => cellOf(d.args[hole])),
        ...(hintsDiffer ? [d.hint ?? ""] : []),
      ],
      notes: notesDiffer ? notesOf(d) : [],
    })),
  };
}

/** Counts are set as numbers; what isn't whole keeps the digits that it has. */
const cellOf = (value: string | number | undefined): string | number =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : String(value);
