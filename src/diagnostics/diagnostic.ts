import { type Args, type Code, catalogue, type Entry, type Severity } from "./catalogue.js";

/** A place in an input. ONNX has no lines: a node index, name and attribute; text files have line and column (from 1). */
export interface Loc {
  readonly file?: string;
  readonly node?: number;
  readonly name?: string;
  readonly operator?: string;
  readonly attribute?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A remark at another place that helps to understand a diagnostic. */
export interface Note {
  readonly text: string;
  readonly loc?: Loc;
}

/** What a user did wrong, or should know: a stable code, a text with its holes filled, a place, and what would work. */
export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly text: string;
  /** What stands in the holes of the text and the hint. */
  readonly args: Readonly<Record<string, string | number>>;
  readonly loc: Loc;
  readonly notes: readonly Note[];
  readonly hint?: string;
}

/** Result of a step that can fail through its user's fault: a value, or diagnostics of which one at least is an error. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** The one way to make a diagnostic: the catalogue's text and hint of `code` demand their holes by type. */
export function diagnostic<C extends Code>(
  code: C,
  loc: Loc,
  args: Args<C>,
  extra: { readonly notes?: readonly Note[]; readonly hint?: string } = {},
): Diagnostic {
  const entry: Entry = catalogue[code];
  const holes = args as Readonly<Record<string, string | number>>;
  const fill = (text: string): string => fillHoles(text, (hole) => String(holes[hole]));
  const { severity } = entry;
  const base = { code, severity, text: fill(entry.text), args: { ...holes }, loc, notes: extra.notes ?? [] };
  const hint = extra.hint ?? (entry.hint === undefined ? undefined : fill(entry.hint));
  return hint === undefined ? base : { ...base, hint };
}

/** A text of the catalogue with each of its `{holes}` filled. */
export const fillHoles = (text: string, fill: (hole: string) => string): string =>
  text.replace(/\{(\w+)\}/g, (_, hole: string) => fill(hole));

/** An error that does not stop what it was found in: where the user said so, or asked for nothing that it would break. */
export const warningOf = (error: Diagnostic): Diagnostic => ({ ...error, severity: "warning" });

/** A successful result with what should be said beside it. */
export function success<T>(value: T, diagnostics: readonly Diagnostic[] = []): Result<T> {
  return { ok: true, value, diagnostics };
}

/** A failed result; at least one of `diagnostics` must be an error. */
export function failure<T>(...diagnostics: readonly Diagnostic[]): Result<T> {
  return { ok: false, diagnostics };
}

/** Carries diagnostics up through code that can't return them (deep recursion in decoders); caught at the stage's border. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.text}`).join("; "));
    this.name = "DiagnosticError";
    this.diagnostics = diagnostics;
  }
}

/** Runs `body`; a DiagnosticError thrown inside becomes a failed result, any other exception goes on. */
export function catching<T>(body: () => Result<T>): Result<T> {
  try {
    return body();
  } catch (error) {
    if (error instanceof DiagnosticError) return failure(...error.diagnostics);
    throw error;
  }
}

/** A broken invariant is a bug of the compiler, never the user's: it throws. */
export function invariant(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`compiler bug: ${what}`);
}

/** Exhaustiveness check for closed unions. */
export function assertNever(value: never): never {
  throw new Error(`compiler bug: unhandled case ${JSON.stringify(value)}`);
}
