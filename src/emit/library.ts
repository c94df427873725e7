import { readdirSync, readFileSync } from "node:fs";
import { packageRoot } from "./render.js";

/** A block of the hand-written library: `<module>.v` and its text. */
export interface LibraryFile {
  readonly name: string;
  readonly text: string;
}

/** Files of the hand-written library, sorted. */
export function libraryModules(): readonly string[] {
  return readdirSync(`${packageRoot}rtl`)
    .filter((name) => name.endsWith(".v"))
    .sort();
}

/** Verilog without its comments. */
export const stripComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");

/** Modules that a Verilog text instantiates: `name #(…) u_x (…)` and `name u_x (…)`; some keywords may be among them. */
export function instancesIn(text: string): ReadonlySet<string> {
  const found = stripComments(text).matchAll(
    /(?<!\bmodule\s+)\b([A-Za-z_]\w*)(?:\s*#\s*\(|\s+[A-Za-z_]\w*\s*\()/g,
  );
  return new Set([...found].map(([, name]) => name as string));
}

/** The library's blocks among `modules`, and those that these instantiate, sorted; none that is `taken`. */
export function libraryClosure(
  modules: Iterable<string>,
  taken: ReadonlySet<string> = new Set(),
): readonly LibraryFile[] {
  const available = new Set(libraryModules());
  const found = new Map<string, string>();
  const pending = [...modules];
  for (let module = pending.pop(); module !== undefined; module = pending.pop()) {
    const name = `${module}.v`;
    if (!available.has(name) || taken.has(module) || found.has(name)) continue;
    const text = readFileSync(`${packageRoot}rtl/${name}`, "utf8");
    found.set(name, text);
    pending.push(...instancesIn(text));
  }
  return [...found].sort().map(([name, text]) => ({ name, text }));
}
