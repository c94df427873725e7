import {
  type Diagnostic,
  diagnostic,
  failure,
  type Loc,
  type Result,
  success,
} from "../diagnostics/diagnostic.js";
import { MAX_FRAME_TICKS } from "../ir/frame.js";
import { type Shape, sizeOf } from "../ir/spiking.js";
import { type NpyArray, type NpyHead, printShape, readNpy } from "./npy.js";

/** Input spikes of a run: for each sample and tick the flat (C, H, W) indices that spike, ascending, each once. */
export interface Stimulus {
  readonly samples: number;
  readonly ticks: number;
  readonly shape: Shape;
  active(sample: number, tick: number): ArrayLike<number>;
}

/** The first ticks (all, where nothing is said) of one sample, as a stimulus of its own. */
export const oneSample = (stimulus: Stimulus, sample: number, ticks: number = stimulus.ticks): Stimulus => ({
  samples: 1,
  ticks,
  shape: stimulus.shape,
  active: (_, tick) => stimulus.active(sample, tick),
});

/** How much of the array to run; all of it where nothing is said. */
export interface StimulusLimits {
  readonly samples?: number | undefined;
  readonly ticks?: number | undefined;
  /** Ticks that a frame has, where that was said: samples of another length are refused, unless `ticks` cuts them. */
  readonly frameTicks?: number | undefined;
}

/** Reads the input spikes of a network that reads `shape` from a .npy file. */
export function readStimulus(path: string, shape: Shape, limits: StimulusLimits = {}): Result<Stimulus> {
  const loc = { file: path };
  const array = readNpy(path, (head) => {
    const refusal = refusalOf(head, shape, limits, loc);
    return refusal === undefined ? success(limits.samples ?? (head.shape[0] as number)) : failure(refusal);
  });
  return array.ok ? stimulusOf(array.value, shape, limits, loc) : array;
}

/**
 * Input spikes from one of three forms: (sample, tick, C, H, W) of 0 and 1; (sample, tick, H, W) where C = 1; or
 * (sample, tick) flat (C, H, W) indices, one spike a tick. The first `limits.samples` and `limits.ticks` are used, and
 * these alone are checked.
 */
export function stimulusOf(
  array: NpyArray,
  shape: Shape,
  limits: StimulusLimits = {},
  loc: Loc = {},
): Result<Stimulus> {
  const refusal = refusalOf(array, shape, limits, loc);
  if (refusal !== undefined) return failure(refusal);
  const [samplesThere = 0, ticksThere = 0] = array.shape;
  const base = { samples: limits.samples ?? samplesThere, ticks: limits.ticks ?? ticksThere, shape };
  if (array.shape.length === 2) return cellStimulus(array, base, ticksThere, loc);
  return planeStimulus(array.data as Uint8Array, base, ticksThere, loc);
}

/** Why an array of this shape and type is no input. */
function refusalOf(array: NpyHead, shape: Shape, limits: StimulusLimits, loc: Loc): Diagnostic | undefined {
  const cells = array.shape.length === 2;
  const plane = [shape.channels, shape.height, shape.width];
  const wanted = array.shape.length === 4 && shape.channels === 1 ? plane.slice(1) : plane;
  const have = printShape(array.shape);
  if (!cells && !sameSizes(array.shape.slice(2), wanted)) {
    const need = `sample, tick, ${printShape(plane)}`;
    const also = shape.channels === 1 ? `(sample, tick, ${printShape(plane.slice(1))}) or ` : "";
    const hint = `also ${also}(sample, tick) with the index of the one spike`;
    return diagnostic("input-shape", loc, { have, need }, { hint });
  }
  if (cells ? !isInteger(array) : array.dtype !== "u1" && array.dtype !== "b1") {
    const what = cells ? "cell indices" : "spikes";
    const hint = cells ? "use an integer type" : "use uint8 or bool";
    return diagnostic("input-element-type", loc, { type: array.dtype, what }, { hint });
  }
  const [samplesThere = 0, ticksThere = 0] = array.shape;
  if (samplesThere === 0) return diagnostic("input-empty", loc, { have, what: "samples" });
  if (ticksThere === 0) return diagnostic("input-empty", loc, { have, what: "ticks" });
  const samples = limits.samples ?? samplesThere;
  const ticks = limits.ticks ?? ticksThere;
  for (const [what, asked, there] of [
    ["samples", samples, samplesThere],
    ["ticks", ticks, ticksThere],
  ] as const)
    if (asked > there) return diagnostic("input-too-short", loc, { asked, what, have: there });
  return wrongLength(ticks, limits, loc);
}

/** A frame of another length than was said, or of more ticks than the hardware counts. */
function wrongLength(ticks: number, limits: StimulusLimits, loc: Loc): Diagnostic | undefined {
  const { frameTicks } = limits;
  if (limits.ticks === undefined && frameTicks !== undefined && ticks !== frameTicks) {
    const cut = `--ticks ${ticks > frameTicks ? frameTicks : ticks}`;
    const hint = `${cut} runs frames of that length, or compile with --frame-ticks ${ticks}`;
    return diagnostic("frame-length", loc, { have: ticks, need: frameTicks }, { hint });
  }
  if (ticks <= MAX_FRAME_TICKS) return undefined;
  return diagnostic("frame-too-long", loc, { have: ticks, most: MAX_FRAME_TICKS });
}

type Base = Omit<Stimulus, "active">;

/** One spike a tick, given by its index. */
function cellStimulus(array: NpyArray, base: Base, ticksThere: number, loc: Loc): Result<Stimulus> {
  const size = sizeOf(base.shape);
  const at = (sample: number, tick: number) => Number(array.data[sample * ticksThere + tick]);
  for (let sample = 0; sample < base.samples; sample++)
    for (let tick = 0; tick < base.ticks; tick++) {
      const value = at(sample, tick);
      if (value >= 0 && value < size) continue;
      const place = `sample ${sample}, tick ${tick}`;
      return failure(diagnostic("input-cell-range", loc, { value, place, last: size - 1 }));
    }
  return success({ ...base, active: (sample, tick) => [at(sample, tick)] });
}

/** Whole planes of 0 and 1. */
function planeStimulus(data: Uint8Array, base: Base, ticksThere: number, loc: Loc): Result<Stimulus> {
  const size = sizeOf(base.shape);
  for (let sample = 0; sample < base.samples; sample++) {
    const first = sample * ticksThere * size;
    const wrong = data.subarray(first, first + base.ticks * size).findIndex((value) => value > 1);
    if (wrong < 0) continue;
    const place = `sample ${sample}, tick ${Math.floor(wrong / size)}, ${element(base.shape, wrong % size)}`;
    return failure(diagnostic("input-not-binary", loc, { value: data[first + wrong] as number, place }));
  }
  const active = (sample: number, tick: number) => {
    const first = (sample * ticksThere + tick) * size;
    const spikes: number[] = [];
    for (let i = 0; i < size; i++) if (data[first + i] === 1) spikes.push(i);
    return spikes;
  };
  return success({ ...base, active });
}

function element(shape: Shape, index: number): string {
  const map = shape.height * shape.width;
  const row = Math.floor((index % map) / shape.width);
  return `channel ${Math.floor(index / map)}, y ${row}, x ${index % shape.width}`;
}

const isInteger = (array: NpyHead): boolean => /^[iu]/.test(array.dtype);

const sameSizes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);
