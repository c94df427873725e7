import { type Code, i32, uleb } from "./asm.js";

/** The bytes of functions and modules: locals, sections, the data that a memory begins with. */

/** Types of locals. */
export type ValueType = "i32" | "i64" | "v128";

/** Numbers of N locals. */
type Locals<N extends number, T extends readonly number[] = []> = T["length"] extends N
  ? T
  : Locals<N, readonly [...T, number]>;

/** Locals of one function, and its code. */
export interface FunctionBuilder {
  local(type: ValueType): number;
  /** Several at once, to be taken apart: `const [x, y] = f.locals("i32", 2)`. */
  locals<N extends number>(type: ValueType, count: N): Locals<N>;
}

/** One function: `params` i32 parameters, no result; `make` gets the builder that hands out locals. */
export function assembleFunction(params: number, make: (f: FunctionBuilder) => Code): FunctionBytes {
  const locals: ValueType[] = [];
  const local = (type: ValueType): number => {
    locals.push(type);
    return params + locals.length - 1;
  };
  const code = make({
    local,
    locals: <N extends number>(type: ValueType, count: N) =>
      Array.from({ length: count }, () => local(type)) as unknown as Locals<N>,
  });
  const types = { i32: 0x7f, i64: 0x7e, v128: 0x7b } as const;
  const body: number[] = [];
  flatten([uleb(locals.length), locals.map((type) => [1, types[type]]), code, 0x0b], body);
  return { params, body };
}

/** An assembled function. */
export interface FunctionBytes {
  readonly params: number;
  readonly body: readonly number[];
}

/** Bytes at a place of the memory before the first call. */
export interface Segment {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A module with one memory and the given functions, all exported: `memory`, and each function by its name. */
export function assembleModule(
  functions: ReadonlyMap<string, FunctionBytes>,
  segments: readonly Segment[],
  memoryBytes: number,
): Uint8Array<ArrayBuffer> {
  const all = [...functions.values()];
  const vec = (items: readonly Code[]): Code => [uleb(items.length), items];
  const name = (text: string): Code => vec([...new TextEncoder().encode(text)]);
  const pages = Math.ceil(memoryBytes / 65536) + 1;
  const types = [0, 1].map((n) => [0x60, vec(new Array<number>(n).fill(0x7f)), vec([])]);
  const exported = [...functions.keys()].map((key, i) => [name(key), 0x00, uleb(i)]);
  const parts: Uint8Array[] = [Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)];
  const section = (id: number, content: Code): void => {
    const bytes: number[] = [];
    flatten(content, bytes);
    parts.push(Uint8Array.from([id, ...uleb(bytes.length)]), Uint8Array.from(bytes));
  };
  section(1, vec(types));
  section(3, vec(all.map((f) => uleb(f.params))));
  section(5, vec([[0x00, uleb(pages)]]));
  section(7, vec([[name("memory"), 0x02, 0x00], ...exported]));
  section(10, vec(all.map((f) => [uleb(f.body.length), f.body])));
  const data = segments.map(({ at, bytes }) => {
    const head: number[] = [];
    flatten([0x00, i32(at), 0x0b, uleb(bytes.length)], head);
    return { head: Uint8Array.from(head), bytes };
  });
  const count = uleb(data.length);
  const size = data.reduce((n, d) => n + d.head.length + d.bytes.length, count.length);
  parts.push(Uint8Array.from([11, ...uleb(size), ...count]), ...data.flatMap((d) => [d.head, d.bytes]));
  const result = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function flatten(code: Code, into: number[]): void {
  if (typeof code === "number") into.push(code);
  else for (const part of code) flatten(part, into);
}
