import { invariant, type Loc } from "../../diagnostics/diagnostic.js";
import { hull, type Range } from "../../fixed/format.js";
import type { FixedGraph, FixedLayer, FixedState } from "../../ir/fixed.js";
import { nameOf, uniqueIdentifiers } from "../names.js";

/** Largest integer of which a double holds every one below. */
const DOUBLE_MAX = 2n ** 53n - 1n;
const INT32: Range = { low: -(2n ** 31n), high: 2n ** 31n - 1n };
const LINE_WIDTH = 100;

/** Whether all of `range` lies in `bounds`. */
export const within = (range: Range, bounds: Range): boolean =>
  range.low >= bounds.low && range.high <= bounds.high;
/** Whether doubles hold every integer of a range. */
export const isExact = (range: Range): boolean => within(range, { low: -DOUBLE_MAX, high: DOUBLE_MAX });
/** Whether a double holds an integer. */
export const isExactValue = (value: bigint): boolean => isExact({ low: value, high: value });

/** The TypeScript annotations of templates/golden/golden.ts.hbs; the JavaScript has none of them. */
const annotations = {
  number: ": number",
  bigint: ": bigint",
  string: ": string",
  unknown: ": unknown",
  void: ": void",
  never: ": never",
  isError: ": error is Error",
  numbers: ": number[]",
  strings: ": string[]",
  optionalNumber: ": number | undefined",
  optionalString: ": string | undefined",
  optionalNumbers: "?: readonly number[]",
  stringOrURL: ": string | URL",
  value: ": number | bigint",
  values: ": ArrayLike<number | bigint>",
  ofNumber: "<number>",
  ofBigint: "<bigint>",
  ofT: "<T extends number | bigint>",
  ArrayLikeT: ": ArrayLike<T>",
  WritableT: ": { [n: number]: T }",
  bigints: ": bigint[]",
  thresholds: ": (number | bigint)[][]",
  jsonTables: ": (number | string)[][]",
  Uint8Array: ": Uint8Array",
  Float64Array: ": Float64Array",
  TypedArray: ": Uint8Array | Int32Array | BigInt64Array",
  ElementTypes: ": Readonly<Record<string, (bytes: ArrayBuffer) => ArrayLike<number | bigint>>>",
  Npy: ": Npy",
  Synapse: ": Synapse",
  Input: ": Input",
  Limits: ": Limits",
  TickTrace: ": TickTrace",
  SampleResults: ": SampleResult[]",
  onTick: "?: (trace: TickTrace) => void",
  asConst: " as const",
  asReadouts: " as { name: string; classes: number }[]",
} as const;

/** Annotation texts by name; all empty for JavaScript. */
export type Types = { readonly [A in keyof typeof annotations]: string };

/** The annotations of a TypeScript program, or of a JavaScript one. */
export function typesOf(typed: boolean): Types {
  const entries = Object.entries(annotations).map(([name, text]) => [name, typed ? text : ""] as const);
  return Object.fromEntries(entries) as Types;
}

/** Functions of the program that only some networks need. */
export const helpers = [
  "clamp",
  "clampWide",
  "roundAway",
  "roundHalfEven",
  "roundHalfAway",
  "roundHalfToZero",
  "ceilWide",
  "truncWide",
  "roundAwayWide",
  "roundHalfEvenWide",
  "roundHalfAwayWide",
  "roundHalfToZeroWide",
  "roundHalfUpWide",
  "maxPool",
] as const;

/** One of the functions that only some networks need. */
export type Helper = (typeof helpers)[number];

/** Names that an expression can't have in the program: the language's, and the program's own. */
export const reserved = new Set(
  [
    "abstract arguments async await boolean break byte case catch char class const continue debugger default delete",
    "do double else enum eval export extends false final finally float for from function get goto if implements",
    "import in infinity Infinity instanceof int interface let long NaN native new null of package private protected",
    "public return set short static super switch synchronized this throw throws transient true try typeof undefined",
    "using var void volatile while with yield Array BigInt Float64Array Int32Array Math Number Uint8Array",
    "c convolve i input operand potential spike spikes state sums",
    ...helpers,
  ].flatMap((words) => words.split(" ")),
);

/** Identifiers of the program for names of the network; one that is taken gets a `_` (which no other ends with). */
export function programNames(
  names: readonly string[],
  isTaken: (name: string) => boolean,
): ReadonlyMap<string, string> {
  const entries = [...uniqueIdentifiers(names)];
  return new Map(entries.map(([name, id]) => [name, isTaken(id) ? `${id}_` : id]));
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

/** How a state's words are kept between ticks: the smallest of the three that holds all of its values. */
export type Storage = "int32" | "double" | "bigint";

export function storageOf(graph: FixedGraph<string>, state: FixedState): Storage {
  const ranges = graph.exprs
    .filter((e) => e.id === state.next || (e.kind === "state" && e.state === state.name))
    .map((e) => e.range);
  const range = ranges.reduce(hull, { low: 0n, high: 0n });
  if (within(range, INT32)) return "int32";
  return isExact(range) ? "double" : "bigint";
}

export function zeros(storage: Storage, size: number, t: Types): string {
  if (storage === "bigint") return `new Array${t.ofBigint}(${size}).fill(0n)`;
  return `new ${storage === "int32" ? "Int32Array" : "Float64Array"}(${size})`;
}

/** Interval of the expression that `id` names. */
export const rangeOf = (graph: FixedGraph<string>, id: string): Range => {
  const expr = graph.exprs.find((e) => e.id === id);
  invariant(expr !== undefined, `no expression '${id}'`);
  return expr.range;
};

/** How an un-pooled potential is kept. */
export const potentialStorage = (layer: FixedLayer): Storage =>
  isExact(rangeOf(layer.post, layer.post.outputs.potential)) ? "double" : "bigint";
