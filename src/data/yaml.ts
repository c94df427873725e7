import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
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

/** Letters of a text that are read: seconds of a parser, and thousands of layers. */
const longest = 2 ** 19;

/** Problems of a text that are said; who mends these sees the next. */
const mostProblems = 100;

/**
 * Parses a YAML text; `file` names it in places. Aliases are limited: a few of them can make a text of any size, or one
 * without end.
 */
export function parseYaml(text: string, file: string): YamlText | readonly YamlProblem[] {
  if (text.length > longest)
    return [{ reason: `it has ${text.length} letters, at most ${longest} are read`, loc: { file } }];
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
    return document.errors
      .slice(0, mostProblems)
      .map(({ message, pos }) => ({ reason: message, loc: at(pos[0]) }));
  const within = aliasWithin(document);
  if (within !== undefined)
    return [
      { reason: `'*${within.name}' stands within what it names: it has no end`, loc: at(within.offset) },
    ];
  const pairs = pairFinder();
  let tree: unknown;
  try {
    tree = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return [{ reason: error instanceof Error ? error.message : String(error), loc: { file } }];
  }
  return {
    tree,
    repeated: repeatedKeys(document, mostProblems).map(({ key, first, again }) => ({
      reason: `Map keys must be unique, '${key}' is there already`,
      loc: at(again),
      notes: [{ text: `the first '${key}' is here`, loc: at(first) }],
    })),
    locate(path) {
      const { offset } = placeOf(document, path, pairs);
      return offset === undefined ? { file } : at(offset);
    },
    written(path) {
      const { offset, isWhole } = placeOf(document, path, pairs);
      return isWhole && offset !== undefined ? at(offset) : undefined;
    },
  };
}

/** An alias that stands within the node that it names. */
function aliasWithin(
  document: Document.Parsed,
): { readonly name: string; readonly offset: number } | undefined {
  let found: { readonly name: string; readonly offset: number } | undefined;
  // An anchor may stand again: the last one before an alias counts.
  const anchored = new Map<string, unknown>();
  visit(document, {
    Value(_, node) {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
    Alias(_, alias, path) {
      const named = anchored.get(alias.source);
      if (!path.some((node) => node === named)) return undefined;
      found = { name: alias.source, offset: alias.range?.[0] ?? 0 };
      return visit.BREAK;
    },
  });
  return found;
}

/** Finds pairs by their keys: each mapping is gone through once, however often it is asked. */
function pairFinder(): (map: YAMLMap, key: string) => Pair | undefined {
  const known = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();
  return (map, key) => {
    let pairs = known.get(map);
    if (pairs === undefined) {
      const scalars = map.items.filter(({ key: name }) => isScalar(name)).reverse();
      pairs = new Map(scalars.map((pair) => [String((pair.key as { value: unknown }).value), pair]));
      known.set(map, pairs);
    }
    return pairs.get(key);
  };
}

/** Keys that their mapping has twice, the first `most` of them, and the offsets of the first and of the other. */
function repeatedKeys(document: Document.Parsed, most: number) {
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
        else if (found.push({ key: name, first, again: offset }) === most) return visit.BREAK;
      }
      return undefined;
    },
  });
  return found;
}

/** Offset of what `path` leads to, or as far as it leads; whether that is all of it, and has a value. */
function placeOf(
  document: Document.Parsed,
  path: readonly string[],
  pairOf: (map: YAMLMap, key: string) => Pair | undefined,
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
    const pair = pairOf(node, key);
    if (pair === undefined) return { offset, isWhole: false };
    offset = (pair.key as Node).range?.[0];
    node = pair.value;
  }
  const isEmpty = node === null || node === undefined || (isScalar(node) && node.value === null);
  return { offset, isWhole: !isEmpty };
}
