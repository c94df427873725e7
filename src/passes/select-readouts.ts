import type { SpikingModel, SpikingReadout, Vote } from "../ir/spiking.js";
import type { Choice } from "./choice.js";
import type { Pass } from "./pass.js";

/** Which readouts are kept, and how the ticks of a frame become a class. */
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
 * Of several readouts of one layer the last counts, which is a choice: front ends put a trained one behind the local one it stands beside.
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
    const output = { ...model, readouts: kept.map((r) => ({ ...r, vote })) };
    const left = model.readouts.filter((r) => !kept.includes(r) && r.layer === last?.layer);
    if (last === undefined || left.length === 0) return { output, diagnostics: [] };
    return { output, choices: [choiceOf(last, left)], diagnostics: [] };
  },
};

const choiceOf = (last: SpikingReadout, left: readonly SpikingReadout[]): Choice => ({
  kind: "readout",
  layer: last.layer,
  readout: last.name,
  left: left.map(({ name, origin }) => ({ readout: name, loc: origin[0] ?? { name } })),
  loc: last.origin[0] ?? { name: last.name },
});
