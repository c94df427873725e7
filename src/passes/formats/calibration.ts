import { parseJson } from "../../data/json.js";
import {
  type Diagnostic,
  diagnostic,
  failure,
  type Loc,
  type Result,
  success,
} from "../../diagnostics/diagnostic.js";
import type { PerChannel } from "../../ir/spiking.js";

/** What a state was seen to be in a run on calibration data, and where that was written. */
export interface CalibratedRange {
  readonly min: number;
  readonly max: number;
  readonly loc?: Loc | undefined;
}

/** Where a layer's weights are clipped, and where that was written. */
export interface CalibratedClip {
  /** Quantile of the magnitudes of an output channel's weights: one for all channels, or one each. */
  readonly quantiles: PerChannel;
  readonly loc?: Loc | undefined;
}

/** Widths that a calibration was made for. */
export interface CalibratedBits {
  readonly weightBits: number;
  readonly stateBits: number;
  readonly coefficientBits: number;
}

/** What was measured on calibration data. */
export interface Calibration {
  /** By state, as hardware stores it: divided by the gain that `fold-gains` moved into the weights. */
  readonly states: ReadonlyMap<string, CalibratedRange>;
  /** By layer. */
  readonly clips: ReadonlyMap<string, CalibratedClip>;
  /** Widths for which the clips were found to be best. */
  readonly bits?: CalibratedBits | undefined;
  /** How the integers agreed with the network that was trained; the report repeats it. */
  readonly measured?: unknown;
}

/** States are single-precision numbers of trained networks; a range far below or above has no unit in doubles. */
const leastMagnitude = 2 ** -120;

/** Nothing measured. */
export const noCalibration: Calibration = { states: new Map(), clips: new Map() };

/**
 * Reads a calibration file, which `spikec calibrate` writes. All but `version` and `states` may be left out.
 *
 *     { "version": 1,
 *       "states": { "layer1.eps0": { "min": 0, "max": 12 } },       as `--emit spiking` shows the states: gains folded
 *       "clips": { "layer1": 0.99, "layer2": [0.99, 1] },           one for all output channels, or one each
 *       "bits": { "weightBits": 8, "stateBits": 24, "coefficientBits": 17 },
 *       "measured": { … },
 *       "sha256": "…" }                                              calibrate writes over a file that has the right one
 */
export function parseCalibration(text: string, file: string): Result<Calibration> {
  const json = parseJson(text, file);
  if (!("tree" in json)) return failure(diagnostic("calibration-syntax", json.loc, { reason: json.reason }));
  const { tree, locate } = json;
  const wrong: Diagnostic[] = [];
  const refuse = (path: readonly string[], problem: string): void => {
    const key = path.join(".") || "the file";
    wrong.push(diagnostic("calibration-value", locate(path), { key, problem }));
  };
  const keysOf = (value: unknown, path: readonly string[], allowed?: readonly string[]) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      refuse(path, "expected an object");
      return new Map<string, unknown>();
    }
    for (const key of Object.keys(value))
      if (allowed?.includes(key) === false)
        refuse([...path, key], `unknown key; known: ${allowed.join(", ")}`);
    return new Map<string, unknown>(Object.entries(value));
  };
  const number = (fields: ReadonlyMap<string, unknown>, path: readonly string[], key: string): number => {
    const value = fields.get(key);
    const place = fields.has(key) ? [...path, key] : path;
    if (typeof value !== "number" || !Number.isFinite(value))
      refuse(place, `${key}: expected a finite number`);
    else if (value !== 0 && !(Math.abs(value) >= leastMagnitude && Math.abs(value) < 1 / leastMagnitude))
      refuse(place, `${key}: ${value} is no state's: expected 0, or a magnitude from 2^-120 to 2^120`);
    else return value;
    return 0;
  };
  /** The entries of a section, each at its place; none where the section is wrong or isn't there. */
  const section = (key: string): readonly (readonly [string, unknown, readonly string[]])[] =>
    wrong.length > 0 ? [] : [...keysOf(root.get(key), [key])].map(([k, v]) => [k, v, [key, k]] as const);

  const root = keysOf(tree, [], ["version", "states", "clips", "bits", "measured", "sha256"]);
  if (wrong.length === 0 && root.get("version") !== 1) refuse(["version"], "expected 1");
  const states = new Map<string, CalibratedRange>();
  for (const [state, value, path] of section("states")) {
    const before = wrong.length;
    const fields = keysOf(value, path, ["min", "max"]);
    if (wrong.length > before) continue;
    const [min, max] = [number(fields, path, "min"), number(fields, path, "max")];
    if (min > max) refuse(path, `min ${min} is above max ${max}`);
    // Every state is 0 at the first tick.
    states.set(state, { min: Math.min(0, min), max: Math.max(0, max), loc: locate(path) });
  }
  const clips = new Map<string, CalibratedClip>();
  for (const [layer, value, path] of root.has("clips") ? section("clips") : []) {
    const quantiles: readonly unknown[] = Array.isArray(value) ? value : [value];
    const legal = quantiles.every((q): q is number => typeof q === "number" && q > 0 && q <= 1);
    if (quantiles.length === 0 || !legal)
      refuse(path, "expected a number above 0, at most 1, or a list of such");
    else clips.set(layer, { quantiles, loc: locate(path) });
  }
  let bits: CalibratedBits | undefined;
  if (root.has("bits") && wrong.length === 0) {
    const fields = keysOf(root.get("bits"), ["bits"], ["weightBits", "stateBits", "coefficientBits"]);
    const bit = (key: keyof CalibratedBits): number => number(fields, ["bits"], key);
    bits = {
      weightBits: bit("weightBits"),
      stateBits: bit("stateBits"),
      coefficientBits: bit("coefficientBits"),
    };
  }
  return wrong.length > 0
    ? failure(...wrong)
    : success({ states, clips, bits, measured: root.get("measured") });
}
