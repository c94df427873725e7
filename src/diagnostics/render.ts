import type { Diagnostic, Loc } from "./diagnostic.js";

/** What a terminal obeys instead of showing it: control characters but tab and line feed, and those that turn text round. */
const obeyed = /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** Text as a terminal may show it: a name in a checkpoint can hold anything, `\x1b` of one is shown as four letters. */
export const shown = (text: string): string =>
  text.replace(obeyed, (letter) => {
    const code = letter.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
  });

/** A place as one reads it: `model.onnx: node 7 'fc1/LIF' (Conv) attribute 'group'` or `spikec.yaml:3:7`. */
export function renderLoc(loc: Loc): string {
  const parts: string[] = [];
  if (loc.node !== undefined) parts.push(`node ${loc.node}`);
  if (loc.name !== undefined) parts.push(`'${loc.name.replaceAll("\n", "\\x0a")}'`);
  if (loc.operator !== undefined) parts.push(`(${loc.operator})`);
  if (loc.attribute !== undefined) parts.push(`attribute '${loc.attribute}'`);
  const position =
    loc.line === undefined ? "" : `:${loc.line}${loc.column === undefined ? "" : `:${loc.column}`}`;
  const file = loc.file === undefined ? "" : `${loc.file}${position}`;
  if (parts.length === 0) return file;
  return file === "" ? parts.join(" ") : `${file}: ${parts.join(" ")}`;
}

/** `error[code] place: text`, then its notes and its hint, a line each. */
export function renderDiagnostic(d: Diagnostic): string {
  const place = renderLoc(d.loc);
  const lines = [`${d.severity}[${d.code}]${place === "" ? "" : ` ${place}`}: ${d.text}`];
  for (const note of d.notes) {
    const at = note.loc === undefined ? "" : `${renderLoc(note.loc)}: `;
    lines.push(`  note: ${at}${note.text}`);
  }
  if (d.hint !== undefined) lines.push(`  hint: ${d.hint}`);
  return shown(lines.join("\n"));
}
