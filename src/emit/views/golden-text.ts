import type { Loc } from "../../diagnostics/diagnostic.js";
import type { Range } from "../../fixed/format.js";
import type { FixedLayer } from "../../ir/fixed.js";
import { nameOf, uniqueIdentifiers } from "../names.js";

/** Largest integer of which a double holds every one below. */
const DOUBLE_MAX = 2n ** 53n - 1n;
const LINE_WIDTH = 100;

/** Whether all of `range` lies in `bounds`. */
export const within = (range: Range, bounds: Range): boolean =>
  range.low >= bounds.low && range.high <= bounds.high;
/** Whether doubles hold every integer of a range. */
export const isExact = (range: Range): boolean => within(range, { low: -DOUBLE_MAX, high: DOUBLE_MAX });
/** Whether a double holds an integer. */
export const isExactValue = (value: bigint): boolean => isExact({ low: value, high: value });

/** An integer as a literal of a double or of a BigInt. */
export const literal = (value: bigint, wide: boolean): string => `${value}${wide ? "n" : ""}`;

/** Names that a value can't have within a `step`: the language's, and those that its text is written with. */
const reserved = new Set(
  [
    "arguments async await break case catch class const continue debugger default delete do else enum eval export",
    "extends false finally for function if implements import in instanceof interface let new null package private",
    "protected public return static super switch this throw true try typeof undefined var void while with yield",
    "BigInt Number channel clamp shl shr spike state sum wide",
  ].flatMap((words) => words.split(" ")),
);

/** Names of values within a `step`; one that is taken gets a `_` (which no other ends with). */
export function valueNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const entries = [...uniqueIdentifiers(ids)];
  return new Map(entries.map(([id, name]) => [id, reserved.has(name) ? `${name}_` : name]));
}

/** State name → its name within the layer: `layer1.eps0` is `eps0`, if that is no other's. */
export function shortStateNames(layer: FixedLayer): ReadonlyMap<string, string> {
  const names = [...layer.pre.states, ...layer.post.states].map((s) => s.name);
  const prefix = `${layer.name}.`;
  const short = names.map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name));
  const keys = new Set(short).size === names.length ? short : names;
  const ids = uniqueIdentifiers(keys);
  return new Map(names.map((name, n) => [name, nameOf(ids, keys[n] as string)]));
}

/** Text that stays within a comment or a table. */
export const plainText = (text: string): string => text.replace(/[^\x20-\x7e]|[`|]/g, "?");

/** `from /layers.0/Mul (node 0)` */
export function originText(origin: readonly Loc[]): string {
  const named = origin.filter((loc) => loc.name !== undefined || loc.node !== undefined);
  const texts = named.map(({ name, node }) => {
    if (name === undefined) return `node ${node}`;
    return node === undefined ? name : `${name} (node ${node})`;
  });
  return texts.length === 0 ? "" : plainText(`from ${texts.join(", ")}`);
}

/** A list's elements, as many to a line as fit. */
export function listLines(texts: readonly string[]): readonly { readonly text: string }[] {
  const lines: string[] = [];
  let line = "";
  for (const text of texts) {
    if (line !== "" && line.length + text.length + 2 > LINE_WIDTH) {
      lines.push(line);
      line = "";
    }
    line += `${line === "" ? "" : " "}${text},`;
  }
  return [...lines, ...(line === "" ? [] : [line])].map((text) => ({ text }));
}
