import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { SpikingModel } from "../ir/spiking.js";
import { type Calibration, noCalibration } from "./formats/calibration.js";
import type { Pass } from "./pass.js";

/** A calibration, and the bits that weights get. */
export interface CalibrationOptions {
  readonly weightBits: number;
  /** Where that was written, for diagnostics. */
  readonly place?: Loc | undefined;
  readonly calibration?: Calibration | undefined;
}

/**
 * What a calibration says of other networks, other layers and other widths: it was made for another network, or before
 * this one was changed.
 *
 *     "layer1.v": { "min": 0, "max": 3 }, no such state   →   calibration-unknown-state
 *
 * Preserves: everything; gives the model that it got.
 */
export const checkCalibration: Pass<SpikingModel, SpikingModel, CalibrationOptions> = {
  name: "check-calibration",
  summary: "what was calibrated is this network's; changes nothing",
  run(model, { calibration = noCalibration, weightBits: have, place: loc }) {
    const { clips, bits } = calibration;
    const other = bits !== undefined && clips.size > 0 && bits.weightBits !== have;
    const notes = loc === undefined ? [] : [{ text: "weightBits is given here", loc }];
    const made = other
      ? [diagnostic("calibration-bits", {}, { made: bits.weightBits, have }, { notes })]
      : [];
    return {
      output: model,
      diagnostics: [...checkStates(model, calibration), ...checkClips(model, calibration), ...made],
    };
  },
};

function checkStates(model: SpikingModel, { states }: Calibration): readonly Diagnostic[] {
  const known = model.layers.flatMap((l) => [...l.pre.states, ...l.post.states].map((s) => s.name));
  const unknown = [...states].filter(([state]) => !known.includes(state));
  const loc = model.layers[0]?.origin[0] ?? {};
  const text = `the states of '${model.name}' are ${known.join(", ") || "none"}`;
  // Once: a calibration of another network has many.
  return unknown.map(([state, range], i) =>
    diagnostic(
      "calibration-unknown-state",
      range.loc ?? {},
      { state },
      { notes: i === 0 ? [{ text, loc }] : [] },
    ),
  );
}

function checkClips(model: SpikingModel, { clips }: Calibration): readonly Diagnostic[] {
  return [...clips].flatMap(([layer, { quantiles, loc = {} }]) => {
    const synapse = model.layers.find((l) => l.name === layer)?.synapse;
    if (synapse?.weights.kind !== "real") return [diagnostic("calibration-unknown-layer", loc, { layer })];
    const [have, need] = [quantiles.length, synapse.outChannels];
    if (have === 1 || have === need) return [];
    const notes = [{ text: `the weights of '${layer}'`, loc: synapse.origin[0] ?? {} }];
    return [diagnostic("calibration-clips", loc, { layer, have, need }, { notes })];
  });
}
