import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import type { SpikingLayer, SpikingModel, SpikingReadout, VoteChoice } from "../ir/spiking.js";
import type { Choice } from "./choice.js";
import type { CountOptions } from "./count-spikes.js";
import type { Pass } from "./pass.js";

/** Which readouts are kept, and how the ticks of a frame become a class. */
export interface ReadoutOptions {
  /** `last`: of the last layer that has one, and the last of several there; `all`: every one of the checkpoint; `none`. */
  readonly readouts: CountOptions["readouts"];
  readonly vote: VoteChoice;
}

/**
 * Keeps the readouts that were asked for, and sets how their ticks become a class.
 *
 *     readouts layer1.i2o, layer2.i2o, layer2.output_   →   readouts layer2.output_, vote majority
 *
 * Of several readouts of one layer the last counts, which is a choice: front ends put a trained one behind the local one
 * it stands beside. Layers behind the last readout lead nowhere and are left out. Stages are known by their names: a
 * readout called as a layer, or as another readout, is called `<name>.readout` from here on.
 *
 * Preserves: what every readout that is kept says, and the spikes of the layers before it.
 */
export const selectReadouts: Pass<SpikingModel, SpikingModel, ReadoutOptions> = {
  name: "select-readouts",
  summary:
    "keeps the readouts asked for, sets their vote, leaves out layers that nothing reads; changes no value",
  run(model, { readouts, vote }) {
    const depth = (r: SpikingReadout): number => model.layers.findIndex((l) => l.name === r.layer);
    const deepest = Math.max(...model.readouts.map(depth));
    const last = model.readouts.findLast((r) => depth(r) === deepest);
    const kept = model.readouts.filter((r) => readouts === "all" || (readouts === "last" && r === last));
    const layers = kept.length === 0 ? model.layers : model.layers.slice(0, deepest + 1);
    const named = withOwnNames(kept, layers);
    const output = { ...model, layers, readouts: named.map((r) => ({ ...r, vote: voteOf(r, vote) })) };
    const left = model.readouts.filter(
      (r) => !kept.includes(r) && kept.length > 0 && r.layer === last?.layer,
    );
    return {
      output,
      choices: last === undefined || left.length === 0 ? [] : [choiceOf(last, left)],
      diagnostics: [...saidOfLayers(model.layers.slice(layers.length)), ...saidOfNames(kept, named)],
    };
  },
};

/** What was asked for; counts are sums of spikes. */
function voteOf(readout: SpikingReadout, vote: VoteChoice): SpikingReadout["vote"] {
  if (vote === "auto") return readout.vote;
  return vote === "counts" ? "sum" : vote;
}

/** The readouts with names that no layer has, and none before them. */
function withOwnNames(
  readouts: readonly SpikingReadout[],
  layers: readonly SpikingLayer[],
): readonly SpikingReadout[] {
  const taken = new Set(layers.map(({ name }) => name));
  return readouts.map((readout) => {
    let { name } = readout;
    while (taken.has(name)) name = `${name}.readout`;
    taken.add(name);
    return { ...readout, name };
  });
}

function saidOfLayers([first, ...others]: readonly SpikingLayer[]): readonly Diagnostic[] {
  if (first === undefined) return [];
  const layers = [first, ...others].map(({ name }) => `'${name}'`).join(", ");
  return [diagnostic("layers-left-out", first.origin[0] ?? { name: first.name }, { layers })];
}

const saidOfNames = (
  before: readonly SpikingReadout[],
  named: readonly SpikingReadout[],
): readonly Diagnostic[] =>
  before.flatMap(({ name, origin }, r) => {
    const now = named[r]?.name ?? name;
    return now === name ? [] : [diagnostic("readout-renamed", origin[0] ?? { name }, { readout: name, now })];
  });

const choiceOf = (last: SpikingReadout, left: readonly SpikingReadout[]): Choice => ({
  kind: "readout",
  layer: last.layer,
  readout: last.name,
  left: left.map(({ name, origin }) => ({ readout: name, loc: origin[0] ?? { name } })),
  loc: last.origin[0] ?? { name: last.name },
});
