import { type CompiledSource, compileSource } from "../../src/artifact/source.js";
import { isExact } from "../../src/ir/fixed.js";
import type { Choice } from "../../src/passes/choice.js";
import { type Case, configOf, readCase, stimulusOf } from "./case.js";
import { differenceOfRuns, differencesFromOracle, runsOf } from "./compare.js";
import { isBounded, judge } from "./judge.js";

/**
 * What came of one network. `exact`: no deviation changes anything, and every value is equal. `judged`: some do, and their
 * bounds are kept. `unbounded`: one of them has no bound. `moved`: the compiler moved traces or gains, so that its states
 * are no states of the graph. Of the last two only the simulators are held against each other.
 */
export type Outcome =
  | { readonly kind: "refused"; readonly codes: readonly string[]; readonly texts: readonly string[] }
  | { readonly kind: "exact" | "judged" | "unbounded" | "moved" }
  | { readonly kind: "differs"; readonly differences: readonly string[] };

/** A network that was tried. */
export interface Tried {
  readonly case: Case;
  readonly outcome: Outcome;
  /** Of an accepted one. */
  readonly source?: CompiledSource;
  /** The fast simulator takes it. */
  readonly wasm?: boolean;
}

/** Compiles a network, runs golden and wasm, and holds both against the oracle. */
export function tryNetwork(network: string, casePath: string): Tried {
  const from = readCase(casePath);
  try {
    return tryCase(network, from);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { case: from, outcome: { kind: "differs", differences: [text] } };
  }
}

/** Whether a choice makes states that the graph doesn't have. */
const movesStates = (choice: Choice): boolean =>
  choice.kind === "gains" || (choice.kind === "traces" && choice.commutation.kind === "moved");

function tryCase(network: string, from: Case): Tried {
  const compiled = compileSource({ checkpoint: network, config: configOf(from) });
  if (!compiled.ok) {
    const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
    const codes = [...new Set(errors.map(({ code }) => code))];
    return { case: from, outcome: { kind: "refused", codes, texts: errors.map(({ text }) => text) } };
  }
  const source = compiled.value;
  const { fixed, choices } = source.compiled;
  const { golden, wasm } = runsOf(source, stimulusOf(from));
  const apart = wasm === undefined ? undefined : differenceOfRuns(golden, wasm);
  const differences = apart === undefined ? [] : [apart];
  let kind: "exact" | "judged" | "unbounded" | "moved" = "moved";
  if (choices.some(movesStates)) kind = "moved";
  else if (fixed.deviations.every(isExact)) {
    kind = "exact";
    differences.push(...differencesFromOracle(from, source, golden));
  } else if (isBounded(fixed)) {
    kind = "judged";
    differences.push(...judge(from, fixed));
  } else kind = "unbounded";
  const outcome: Outcome = differences.length > 0 ? { kind: "differs", differences } : { kind };
  return { case: from, outcome, source, wasm: wasm !== undefined };
}
