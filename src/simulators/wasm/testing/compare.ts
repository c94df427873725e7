import { expect } from "vitest";
import type { Stimulus } from "../../../data/stimulus.js";
import type { FixedGraph, FixedLayer, FixedModel } from "../../../ir/fixed.js";
import { type Shape, sizeOf } from "../../../ir/spiking.js";
import {
  exprBase,
  type FixedLayerSpec,
  fixedLayer,
  inputExpr,
  stateOf,
} from "../../../testing/random-fixed.js";
import { runGolden } from "../../golden.js";
import type { Observer, SampleTrace, TickTrace } from "../../trace.js";
import { compileWasm, runNetwork } from "../run.js";

/** Runs of networks by hand on golden and on the generated module: what no checkpoint brings, but the IR allows. */

const copied = (trace: TickTrace) => ({
  sample: trace.sample,
  tick: trace.tick,
  spikes: trace.spikes.map((x) => Array.from(x)),
  states: trace.states.map((x) => Array.from(x)),
  logits: trace.logits.map((x) => Array.from(x)),
  potentials: trace.potentials?.map((row) => Array.from(row)),
  tickClass: [...trace.tickClass],
});

function record(): {
  readonly observer: Observer;
  readonly ticks: object[];
  readonly samples: SampleTrace[];
} {
  const ticks: object[] = [];
  const samples: SampleTrace[] = [];
  const observer: Observer = {
    tick: (trace) => void ticks.push(copied(trace)),
    sample: (trace) => void samples.push(structuredClone(trace)),
  };
  return { observer, ticks, samples };
}

/** Runs both simulators and expects all of both to be equal; false where the model is refused as too wide. */
export function expectEqual(model: FixedModel, stimulus: Stimulus, burnIn = 1): boolean {
  const network = compileWasm(model);
  if (!network.ok) {
    expect(network.diagnostics).toMatchObject([{ code: "wasm-too-wide" }]);
    return false;
  }
  const [golden, wasm] = [record(), record()];
  runGolden(model, stimulus, { burnIn }, golden.observer);
  runNetwork(network.value, stimulus, { burnIn }, wasm.observer);
  if (JSON.stringify(wasm.ticks) !== JSON.stringify(golden.ticks)) {
    // Slow on large arrays, but this says what differs.
    golden.ticks.forEach((tick, n) => {
      expect(wasm.ticks[n], `${model.name}, tick ${n}`).toEqual(tick);
    });
    expect(wasm.ticks).toEqual(golden.ticks);
  }
  expect(wasm.samples, model.name).toEqual(golden.samples);
  return true;
}

/** One sample with the spikes that `chosen` says. */
export const stimulusOf = (
  input: Shape,
  ticks: number,
  chosen: (i: number, tick: number) => boolean,
): Stimulus => ({
  samples: 1,
  ticks,
  shape: input,
  active: (_, tick) => Array.from({ length: sizeOf(input) }, (_, i) => i).filter((i) => chosen(i, tick)),
});
/** Spikes in every input and tick. */
export const everywhere = (input: Shape, ticks: number): Stimulus => stimulusOf(input, ticks, () => true);

/** s' = sat(s + in · by), a trace that saturates soon; the operand is s' − offset. */
export const trace = (name: string, by: bigint, width: number, offset: bigint): FixedGraph<"operand"> => ({
  exprs: [
    inputExpr,
    { ...exprBase, kind: "state", id: "s", state: name },
    { ...exprBase, kind: "mulc", id: "step", a: "in", by: [by] },
    { ...exprBase, kind: "add", id: "sum", a: "s", b: "step" },
    {
      ...exprBase,
      kind: "sat",
      id: "next",
      a: "sum",
      low: -(2n ** BigInt(width - 1)),
      high: 2n ** BigInt(width - 1) - 1n,
    },
    { ...exprBase, kind: "constant", id: "offset", value: [offset] },
    { ...exprBase, kind: "sub", id: "operand", a: "next", b: "offset" },
  ],
  states: [stateOf(name, "next", width)],
  outputs: { operand: "operand" },
});

/** Spikes above 0; the sum is seen in a state as it is. */
const shown = (name: string): FixedLayer["post"] => ({
  exprs: [inputExpr, { ...exprBase, kind: "compare", id: "spike", a: "in", orEqual: false }],
  states: [stateOf(name, "in", 60)],
  outputs: { spike: "spike", potential: "in" },
});

/** A layer whose sums are shown where nothing else is asked for. */
export const layerOf = (
  name: string,
  spec: Omit<FixedLayerSpec, "post"> & Partial<FixedLayerSpec>,
): FixedLayer => fixedLayer(name, { post: shown(`${name}.sum`), ...spec });
