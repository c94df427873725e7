import { catalogue } from "./catalogue.js";
import type { Diagnostic, Loc, Note } from "./diagnostic.js";
import { printable } from "./printable.js";

/** A place as one reads it: `model.onnx: node 7 'fc1/LIF' (Conv) attribute 'group'` or `spikec.yaml:3:7`. */
export function renderLoc(loc: Loc): string {
  const parts = renderParts(loc);
  const position =
    loc.line === undefined ? "" : `:${loc.line}${loc.column === undefined ? "" : `:${loc.column}`}`;
  const file = loc.file === undefined ? "" : `${printable(loc.file)}${position}`;
  return parts === "" || file === "" ? `${file}${parts}` : `${file}: ${parts}`;
}

/** A place within its file: `node 7 'fc1/LIF'`, `3:7`; empty where it is the file as a whole. */
export function renderPlace({ file, line, column, ...loc }: Loc): string {
  const position = [line, column].filter((n) => n !== undefined).join(":");
  return [position, renderParts(loc)].filter((text) => text !== "").join(" ");
}

function renderParts(loc: Loc): string {
  const parts: string[] = [];
  if (loc.node !== undefined) parts.push(`node ${loc.node}`);
  if (loc.name !== undefined) parts.push(`'${loc.name}'`);
  if (loc.operator !== undefined) parts.push(`(${loc.operator})`);
  if (loc.attribute !== undefined) parts.push(`attribute '${loc.attribute}'`);
  return printable(parts.join(" "));
}

/** `error[code] place: text`, then its notes and its hint, a line each; a file that the text names isn't said twice. */
export function renderDiagnostic(d: Diagnostic): string {
  const place = isNamed(d) ? "" : renderLoc(d.loc);
  const lines = [`${d.severity}[${d.code}]${place === "" ? "" : ` ${place}`}: ${renderText(d)}`];
  for (const note of d.notes) lines.push(`  ${renderNote(note)}`);
  if (d.hint !== undefined) lines.push(`  hint: ${printable(d.hint)}`);
  return lines.join("\n");
}

/** Whether a diagnostic's place is a file as a whole, which its text names. */
const isNamed = ({ loc, text }: Diagnostic): boolean =>
  loc.file !== undefined && Object.keys(loc).length === 1 && text.includes(loc.file);

/** What a tool printed stays in lines, indented: no name that it prints can pass for a message of spikec's. */
function renderText({ code, text }: Diagnostic): string {
  return hasLines(code) ? text.split("\n").map(printable).join("\n  ") : printable(text);
}

/** Whether a diagnostic's text is lines: it quotes what a tool printed. */
export const hasLines = (code: Diagnostic["code"]): boolean => catalogue[code].text.includes("\n");

/** `note: place: text`; of a place in `file`, which the reader knows, the rest alone. */
export function renderNote({ text, loc }: Note, file?: string): string {
  const at =
    loc === undefined ? "" : loc.file === file && file !== undefined ? renderPlace(loc) : renderLoc(loc);
  return `note: ${at === "" ? "" : `${at}: `}${printable(text)}`;
}
