import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { Loc } from "../diagnostics/diagnostic.js";
import { isTooDeep, tooDeep } from "./yaml.js";

/** A JSON text as plain values, and where each of them was written. */
export interface JsonText {
  readonly tree: unknown;
  /** Line and column of the key that `path` ends in, or of the nearest one around it that there is. */
  locate(path: readonly string[]): Loc;
}

/** Why a text is no JSON, and where. */
export interface JsonProblem {
  readonly reason: string;
  readonly loc: Loc;
}

/** Parses a JSON text; `file` names it in places. */
export function parseJson(text: string, file: string): JsonText | JsonProblem {
  if (isTooDeep(text)) return { reason: tooDeep, loc: { file } };
  try {
    const tree: unknown = JSON.parse(text);
    return { tree, locate: (path) => placeOfKey(text, file, path) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { reason, loc: placeOfProblem(text, file, reason) };
  }
}

/** Where JSON.parse says that it stopped. */
function placeOfProblem(text: string, file: string, reason: string): Loc {
  const position = /position (\d+)/.exec(reason)?.[1];
  if (position === undefined) return { file };
  const lines = text.slice(0, Number(position)).split("\n");
  return { file, line: lines.length, column: (lines.at(-1) as string).length + 1 };
}

/** JSON is YAML, whose parser keeps places. */
function placeOfKey(text: string, file: string, path: readonly string[]): Loc {
  const lines = new LineCounter();
  let node: unknown = parseDocument(text, { lineCounter: lines, prettyErrors: false }).contents;
  let offset: number | undefined;
  for (const key of path) {
    if (!isMap(node)) break;
    const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
    if (pair === undefined) break;
    offset = isScalar(pair.key) ? pair.key.range?.[0] : undefined;
    node = pair.value;
  }
  if (offset === undefined) return { file };
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col };
}
