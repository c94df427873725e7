import {
  type LoadedConfig,
  loadConfig as loadFile,
  type Override,
  parseConfig as parseText,
} from "../config/load.js";
import { decodeNpy as decode, type NpyArray, readNpy as readArray } from "../data/npy.js";
import {
  readStimulus as readSpikes,
  type Stimulus,
  type StimulusLimits,
  stimulusOf as spikesOf,
} from "../data/stimulus.js";
import { failure, type Loc, type Result } from "../diagnostics/diagnostic.js";
import type { Shape } from "../ir/spiking.js";
import { argument, arrayArgument, schemas } from "./arguments.js";

/** What reads files and arrays, for programs: as src/config and src/data have it, behind checks of what it is called with. */

/** Reads spikec.yaml, applies overrides, checks and fills; without a path, the overrides alone. */
export function loadConfig(
  path: string | undefined,
  overrides: readonly Override[] = [],
): Result<LoadedConfig> {
  const checked = argument("loadConfig", schemas.loadConfig, { path, overrides });
  return checked.ok ? loadFile(path, overrides) : checked;
}

/** Does the same on a text; `file` names it in diagnostics, and its folder is what paths are relative to. */
export function parseConfig(
  text: string,
  file: string,
  overrides: readonly Override[] = [],
): Result<LoadedConfig> {
  const checked = argument("parseConfig", schemas.parseConfig, { text, file, overrides });
  return checked.ok ? parseText(text, file, overrides) : checked;
}

/** Reads a .npy file; `rowsOf` may say how many of its first index are needed (src/data/npy.ts). */
export function readNpy(...[path, rowsOf]: Parameters<typeof readArray>): Result<NpyArray> {
  const checked = argument("readNpy", schemas.readNpy, { path, rowsOf });
  return checked.ok ? readArray(path, rowsOf) : checked;
}

/** Decodes the bytes of a .npy file; `loc` is where its diagnostics point. */
export function decodeNpy(bytes: Uint8Array, loc: Loc = {}): Result<NpyArray> {
  const checked = argument("decodeNpy", schemas.decodeNpy, { bytes, loc });
  return checked.ok ? decode(bytes, loc) : checked;
}

/** Reads the input spikes of a network that reads `shape` from a .npy or .npz file. */
export function readStimulus(path: string, shape: Shape, limits: StimulusLimits = {}): Result<Stimulus> {
  const checked = argument("readStimulus", schemas.readStimulus, { path, shape, limits });
  return checked.ok ? readSpikes(path, shape, limits) : checked;
}

/** Gives the input spikes of a network that reads `shape`, from an array. */
export function stimulusOf(
  array: NpyArray,
  shape: Shape,
  limits: StimulusLimits = {},
  loc: Loc = {},
): Result<Stimulus> {
  const checked = argument("stimulusOf", schemas.stimulusOf, { shape, limits, loc });
  const given = arrayArgument("stimulusOf", "array", array);
  if (!checked.ok || !given.ok) return failure(...given.diagnostics, ...checked.diagnostics);
  return spikesOf(array, shape, limits, loc);
}
