import type { Diagnostic } from "../diagnostics/diagnostic.js";

/** A pure step from one IR to another (or the same): no I/O, no globals, no clock, no randomness; input untouched. */
export interface Pass<In, Out, Options> {
  readonly name: string;
  /** One sentence: what it does and what it preserves. */
  readonly summary: string;
  run(input: In, options: Options): PassResult<Out>;
}

/** What a pass gives; `output` is meaningless if `diagnostics` holds an error. */
export interface PassResult<Out> {
  readonly output: Out;
  readonly diagnostics: readonly Diagnostic[];
}
