import type { Design } from "../../ir/design.js";
import type { SpikingModel } from "../../ir/spiking.js";
import { boundRanges } from "../../passes/bound-ranges.js";
import { lowerToFixed } from "../../passes/lower-to-fixed.js";
import { type MapOptions, mapStages } from "../../passes/map-stages.js";

/** Lanes of each layer, activations a cycle of all readouts, the engine of the layers, and whether the input is guarded. */
export interface DesignLanes {
  readonly layers?: MapOptions["layers"];
  readonly acts?: number;
  readonly engine?: "dense" | "auto";
  readonly guardInput?: boolean;
}

/** The design of a model; lanes that are not given are one. */
export function designOf(
  model: SpikingModel,
  { layers = {}, acts = 1, engine = "dense", guardInput }: DesignLanes = {},
): Design {
  const fixed = lowerToFixed.run(model, { coefficientBits: 17 });
  const bounded = boundRanges.run(fixed.output, undefined).output;
  const goal = { targetCyclesPerTick: undefined, multiplierBudget: 1 };
  const options = { engine, pe: "auto", simd: "auto", layers, acts, guardInput, ...goal } as const;
  const design = mapStages.run(bounded, options);
  for (const d of [...fixed.diagnostics, ...design.diagnostics])
    if (d.severity === "error") throw new Error(d.text);
  return design.output;
}
