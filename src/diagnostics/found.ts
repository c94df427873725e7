import { printable } from "./printable.js";

/** Letters of a value that are shown. */
const SHOWN = 40;

/** What stands at a path of keys and of indices of lists: `, found 'x'`, short and printable; empty where nothing does. */
export function foundAt(tree: unknown, path: readonly string[]): string {
  const value = path.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, key)
        ? (at as Readonly<Record<string, unknown>>)[key]
        : undefined,
    tree,
  );
  return value === undefined ? "" : `, found ${shown(value)}`;
}

function shown(value: unknown): string {
  if (typeof value === "string") {
    const letters = [...value.slice(0, 2 * SHOWN)];
    const start = letters.slice(0, SHOWN).join("");
    return `'${printable(start)}${start.length < value.length ? "…" : ""}'`;
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "keys and values";
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value);
}
