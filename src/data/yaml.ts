import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { Loc } from "../diagnostics/diagnostic.js";

/** A YAML text as plain values, and where each of them was written. */
export interface YamlText {
  readonly tree: unknown;
  /** Line and column of the key or list item that `path` ends in, or of the nearest one around it that there is. */
  locate(path: readonly string[]): Loc;
}

/** Why a text is no YAML, and where. */
export interface YamlProblem {
  readonly reason: string;
  readonly loc: Loc;
}

/** Parses a YAML text; `file` names it in places. Aliases are limited: a few of them can make a text of any size. */
export function parseYaml(text: string, file: string): YamlText | readonly YamlProblem[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "error" });
  const at = (offset: number): Loc => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  if (document.errors.length > 0)
    return document.errors.map(({ message, pos }) => ({ reason: message, loc: at(pos[0]) }));
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return [{ reason: error instanceof Error ? error.message : String(error), loc: { file } }];
  }
  return {
    tree,
    locate(path) {
      const offset = offsetOf(document, path);
      return offset === undefined ? { file } : at(offset);
    },
  };
}

function offsetOf(document: Document.Parsed, path: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0];
  for (const key of path) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
      const range = (node as Node | undefined)?.range;
      if (range === undefined || range === null) return offset;
      offset = range[0];
      continue;
    }
    if (!isMap(node)) return offset;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) return offset;
    offset = (pair.key as Node).range?.[0];
    node = pair.value;
  }
  return offset;
}
