import type { SpikingModel, SpikingReadout, Vote } from "../ir/spiking.js";
import type { Pass } from "./pass.js";

export interface ReadoutOptions {
  /** `last`: of the last layer that has one; `all`: every readout of the checkpoint. */
  readonly readouts: "last" | "all";
  readonly vote: Vote;
}

/**
 * Keeps the readouts that were asked for, and sets how their ticks become a class.
 *
 *     readouts logits1 (layer1), logits3 (layer3)   →   readouts logits3 (layer3), vote majority
 *
 * Preserves: all layers.
 */
export const selectReadouts: Pass<SpikingModel, SpikingModel, ReadoutOptions> = {
  name: "select-readouts",
  summary: "keeps the readouts asked for and sets their vote; changes no layer",
  run(model, { readouts, vote }) {
    const depth = (r: SpikingReadout): number => model.layers.findIndex((l) => l.name === r.layer);
    const deepest = Math.max(...model.readouts.map(depth));
    const kept = model.readouts.filter((r) => readouts === "all" || depth(r) === deepest);
    return { output: { ...model, readouts: kept.map((r) => ({ ...r, vote })) }, diagnostics: [] };
  },
};
