import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import type { Loc, Note } from "../diagnostics/diagnostic.js";

/** A YAML text as plain values, and where each of them was written. */
export interface YamlText {
  readonly tree: unknown;
  /** Keys that stand in their mapping a second time; of each the last value is in `tree`. */
  readonly repeated: readonly YamlProblem[];
  /** Line and column of the key or list item that `path` ends in, or of the nearest one around it that there is. */
  locate(path: readonly string[]): Loc;
  /** The same; undefined where nothing stands at `path` itself, or nothing behind its key. */
  written(path: readonly string[]): Loc | undefined;
}

/** Why a text is no YAML, and where. */
export interface YamlProblem {
  readonly reason: string;
  readonly loc: Loc;
  readonly notes?: readonly Note[];
}

/** Levels of lists and mappings within each other that are read: far below what overflows a parser's stack. */
const deepest = 500;

/** Why a text that `isTooDeep` is not read. */
export const tooDeep = `it is nested more than ${deepest} levels deep`;

/**
 * Whether a YAML or JSON text may be nested so deep that its parser's stack overflows, which no program survives. What
 * is written in a block stands one column further to the right at each level; all else has a bracket.
 */
export function isTooDeep(text: string): boolean {
  let open = 0;
  let column = 0;
  let inMargin = true;
  for (const letter of text) {
    if (letter === "[" || letter === "{") open++;
    else if (letter === "]" || letter === "}") open--;
    if (letter === "\n") [column, inMargin] = [0, true];
    else if (inMargin && " \t-?:".includes(letter)) column++;
    else inMargin = false;
    if (open + column > deepest) return true;
  }
  return false;
}

/** Parses a YAML text; `file` names it in places. Aliases are limited: a few of them can make a text of any size. */
export function parseYaml(text: string, file: string): YamlText | readonly YamlProblem[] {
  if (isTooDeep(text)) return [{ reason: tooDeep, loc: { file } }];
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "error",
    uniqueKeys: false,
  });
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
    repeated: repeatedKeys(document).map(({ key, first, again }) => ({
      reason: `Map keys must be unique, '${key}' is there already`,
      loc: at(again),
      notes: [{ text: `the first '${key}' is here`, loc: at(first) }],
    })),
    locate(path) {
      const { offset } = placeOf(document, path);
      return offset === undefined ? { file } : at(offset);
    },
    written(path) {
      const { offset, isWhole } = placeOf(document, path);
      return isWhole && offset !== undefined ? at(offset) : undefined;
    },
  };
}

/** Keys that their mapping has twice, and the offsets of the first and of the other. */
function repeatedKeys(document: Document.Parsed) {
  const found: { readonly key: string; readonly first: number; readonly again: number }[] = [];
  visit(document, {
    Map(_, { items }) {
      const seen = new Map<string, number>();
      for (const { key } of items) {
        const offset = isScalar(key) ? key.range?.[0] : undefined;
        if (!isScalar(key) || offset === undefined) continue;
        const name = String(key.value);
        const first = seen.get(name);
        if (first === undefined) seen.set(name, offset);
        else found.push({ key: name, first, again: offset });
      }
    },
  });
  return found;
}

/** Offset of what `path` leads to, or as far as it leads; whether that is all of it, and has a value. */
function placeOf(
  document: Document.Parsed,
  path: readonly string[],
): { readonly offset: number | undefined; readonly isWhole: boolean } {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0];
  for (const key of path) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
      const range = (node as Node | undefined)?.range;
      if (range === undefined || range === null) return { offset, isWhole: false };
      offset = range[0];
      continue;
    }
    if (!isMap(node)) return { offset, isWhole: false };
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
    if (pair === undefined) return { offset, isWhole: false };
    offset = (pair.key as Node).range?.[0];
    node = pair.value;
  }
  const isEmpty = node === null || node === undefined || (isScalar(node) && node.value === null);
  return { offset, isWhole: !isEmpty };
}
