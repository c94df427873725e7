import type { Diagnostic } from "../diagnostics/diagnostic.js";
import { type Choice, diagnosticOf } from "./choice.js";

/** A pure step from one IR to another (or the same): no I/O, no globals, no clock, no randomness; input untouched. */
export interface Pass<In, Out, Options> {
  readonly name: string;
  /** One sentence: what it does and what it preserves. */
  readonly summary: string;
  run(input: In, options: Options): PassResult<Out>;
}

/** What a pass gives. */
export interface PassResult<Out> {
  /**
   * If `diagnostics` holds an error, good enough for the passes of the same stage alone (src/pipeline.ts): each judges
   * what it still can, and leaves out what only follows from an error that has been said.
   */
  readonly output: Out;
  /** What the pass chose, as data; absent for a pass that has no choice. Reports read it, and users its diagnostics. */
  readonly choices?: readonly Choice[];
  /** What else is to say. */
  readonly diagnostics: readonly Diagnostic[];
}

/** All that users are told of a pass: its choices, then the rest. */
export const saidOf = ({ choices = [], diagnostics }: PassResult<unknown>): readonly Diagnostic[] => [
  ...choices.map(diagnosticOf),
  ...diagnostics,
];
