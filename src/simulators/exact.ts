import type { Stimulus } from "../data/stimulus.js";
import type { FixedModel } from "../ir/fixed.js";
import { type RunOptions, runGolden } from "./golden.js";
import type { Observer } from "./trace.js";
import { compileWasm, runNetwork } from "./wasm/run.js";

/** A simulator of one network's integers. */
export interface ExactSimulator {
  readonly name: "wasm" | "golden";
  run(stimulus: Stimulus, options: RunOptions, observer: Observer): void;
}

/** The specification itself. */
export const goldenSimulator = (model: FixedModel): ExactSimulator => ({
  name: "golden",
  run: (stimulus, options, observer) => runGolden(model, stimulus, options, observer),
});

/** The fastest one: generated code, or golden, which it equals, where a value is too wide for that. */
export function fastestSimulator(model: FixedModel): ExactSimulator {
  const network = compileWasm(model);
  if (!network.ok) return goldenSimulator(model);
  return { name: "wasm", run: (s, options, observer) => runNetwork(network.value, s, options, observer) };
}
