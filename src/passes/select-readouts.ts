import type { SpikingModel, SpikingReadout, Vote } from "../ir/spiking.js";
import type { Pass } from "./pass.js";

export interface ReadoutOptions {
  /** `last`: of the last layer that has one, and the last of several there; `all`: every readout of the checkpoint. */
  readonly readouts: "last" | "all";
  readonly vote: Vote;
}

/**
 * Keeps the readouts that were asked for, and sets how their ticks become a class.
 *
 *     readouts layer1.i2o, layer2.i2o, layer2.output_   →   readouts layer2.output_, vote majority
 *
 * Of several readouts of one layer the last counts: front ends put a trained one behind the local one it stands beside.
 *
 * Preserves: all layers.
 */
export const selectReadouts: Pass<SpikingModel, SpikingModel, ReadoutOptions> = {
  name: "select-readouts",
  summary: "keeps the readouts asked for and sets their vote; changes no layer",
  run(model, { readouts, vote }) {
    const depth = (r: SpikingReadout): number => model.layers.findIndex((l) => l.name === r.layer);
    const deepest = Math.max(...model.readouts.map(depth));
    const last = model.readouts.findLast((r) => depth(r) === deepest);
    const kept = model.readouts.filter((r) => readouts === "all" || r === last);
    return { output: { ...model, readouts: kept.map((r) => ({ ...r, vote })) }, diagnostics: [] };
  },
};
