import { type Diagnostic, diagnostic, type Loc, type Note } from "./diagnostic.js";

/** Where a key was written, on the command line or in spikec.yaml; undefined where it has its default. */
export type Written = (path: readonly string[]) => Loc | undefined;

/** What a key says at the place that doesn't count, and what counts. */
export interface Overruled {
  readonly key: string;
  readonly said: unknown;
  readonly loc: Loc;
  readonly have: unknown;
  /** Behind the value that counts: `on the command line`, `for layer 'layer1'`. */
  readonly where: string;
  /** The places that count. */
  readonly by: readonly (Loc | undefined)[];
}

/** Says that a key is overruled by another place; nothing where both say the same. */
export function overruled({ key, said, loc, have, where, by }: Overruled): readonly Diagnostic[] {
  const [here, there] = [print(said), print(have)];
  if (here === there) return [];
  const notes = by.flatMap((place): Note[] =>
    place === undefined ? [] : [{ text: "this counts", loc: place }],
  );
  return [diagnostic("key-overruled", loc, { key, said: here, have: there, where }, { notes })];
}

const print = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : String(value));
