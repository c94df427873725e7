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
import { EVENTS, readEvents } from "./event-list.js";
import { printReading, type Reading, readingOf, readingsOf } from "./layout.js";
import { type NpyArray, type NpyHead, printShape, readNpy } from "./npy.js";
import { readNpz } from "./npz.js";

/** Input spikes of a run: for each sample and tick the flat (C, H, W) indices that spike, ascending, each once. */
export interface Stimulus {
  readonly samples: number;
  readonly ticks: number;
  readonly shape: Shape;
  /** How the axes of its array were read, where it came from one. */
  readonly layout?: string;
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
  /** What each axis of the array is (layout.ts); the one reading that its shape and numbers leave, where nothing is said. */
  readonly layout?: string | undefined;
  /** Ticks that a frame has, where that was said: samples of another length are refused, unless `ticks` cuts them. */
  readonly frameTicks?: number | undefined;
}

/** Reads the input spikes of a network that reads `shape` from a .npy file. */
export function readStimulus(path: string, shape: Shape, limits: StimulusLimits = {}): Result<Stimulus> {
  const loc = { file: path };
  if (path.endsWith(".npz")) return onlyArray(path, (array) => stimulusOf(array, shape, limits, loc));
  const array = readNpy(path, (head) => {
    if (limits.layout === EVENTS) return success(head.shape[0] ?? 1);
    const readings = readingsIn(head, shape, limits, loc);
    if (!readings.ok) return readings;
    const rows = head.shape[0] as number;
    // Of samples that stand first, only those that are run are read.
    const bySample = readings.value.every(({ layout }) => layout.startsWith("N"));
    return success(bySample ? Math.min(rows, limits.samples ?? rows) : rows);
  });
  return array.ok ? stimulusOf(array.value, shape, limits, loc) : array;
}

/** The one array of an archive. */
function onlyArray<T>(path: string, use: (array: NpyArray) => Result<T>): Result<T> {
  const arrays = readNpz(path);
  if (!arrays.ok) return arrays;
  const [only, other] = arrays.value;
  if (only !== undefined && other === undefined) return use(only[1]);
  const names = [...arrays.value.keys()].map((name) => `'${name}'`).join(", ") || "none";
  const hint = "save the spikes alone: np.save(path, spikes)";
  return failure(diagnostic("input-archive", { file: path }, { names }, { hint }));
}

/** A list of events, of which the first samples and ticks are run. */
function eventStimulus(array: NpyArray, shape: Shape, limits: StimulusLimits, loc: Loc): Result<Stimulus> {
  const found = readEvents(array, shape, loc);
  if (!found.ok) return found;
  const { samples, ticks, spikes } = found.value;
  const have = printShape(array.shape);
  const asked = { samples, ticks, sampleStride: 0, tickStride: 0, layout: EVENTS, places: undefined };
  const refusal = refusalOf(asked, have, limits, loc) ?? wrongLength(limits.ticks ?? ticks, limits, loc);
  if (refusal !== undefined) return failure(refusal);
  const base = { samples: limits.samples ?? samples, ticks: limits.ticks ?? ticks, shape, layout: EVENTS };
  return success({ ...base, active: (sample, tick) => spikes[sample]?.[tick] ?? [] });
}

/**
 * Input spikes from an array: of 0 and 1, or of cell numbers where its layout has no places. Without `limits.layout` the
 * array must have one reading alone. The first `limits.samples` and `limits.ticks` are used, and these alone are checked.
 */
export function stimulusOf(
  array: NpyArray,
  shape: Shape,
  limits: StimulusLimits = {},
  loc: Loc = {},
): Result<Stimulus> {
  if (limits.layout === EVENTS) return eventStimulus(array, shape, limits, loc);
  const readings = readingsIn(array, shape, limits, loc);
  if (!readings.ok) return readings;
  const reading = oneReading(array, readings.value, loc);
  if (!reading.ok) return reading;
  const { layout, samples, ticks } = reading.value;
  const base = { samples: limits.samples ?? samples, ticks: limits.ticks ?? ticks, shape, layout };
  const refusal = wrongLength(base.ticks, limits, loc);
  if (refusal !== undefined) return failure(refusal);
  const make = reading.value.places === undefined ? cellStimulus : planeStimulus;
  const made = make(array, base, reading.value, loc);
  if (!made.ok) return made;
  return success(made.value, limits.layout === undefined ? doubtful(reading.value, array, shape, loc) : []);
}

/** Every reading that the head of an array leaves; with a layout that is named, one. */
function readingsIn(
  array: NpyHead,
  shape: Shape,
  limits: StimulusLimits,
  loc: Loc,
): Result<readonly Reading[]> {
  const have = printShape(array.shape);
  const named = limits.layout === undefined ? undefined : readingOf(limits.layout, array.shape, shape);
  if (typeof named === "string") return failure(diagnostic("input-layout", loc, { have, reason: named }));
  const found = named === undefined ? readingsOf(array.shape, shape) : [named];
  if (found.length === 0) {
    const need = `sample, tick, ${printShape([shape.channels, shape.height, shape.width])}`;
    const hint = `--layout says what each axis is: NTCHW, TNCHW, NTF with ${sizeOf(shape)} places, NT with cell numbers, ...`;
    return failure(diagnostic("input-shape", loc, { have, need }, { hint }));
  }
  const fitting = found.filter(({ places }) => places !== undefined || isInteger(array));
  if (fitting.length === 0) {
    const args = { type: array.dtype, what: "cell numbers" };
    return failure(diagnostic("input-element-type", loc, args, { hint: "use an integer type" }));
  }
  const refusal = fitting.map((reading) => refusalOf(reading, have, limits, loc));
  const [first] = refusal;
  return first !== undefined && refusal.every((each) => each !== undefined)
    ? failure(first)
    : success(fitting.filter((_, i) => refusal[i] === undefined));
}

/** Why a reading has not enough to run. */
function refusalOf(
  { samples, ticks }: Reading,
  have: string,
  limits: StimulusLimits,
  loc: Loc,
): Diagnostic | undefined {
  if (samples === 0) return diagnostic("input-empty", loc, { have, what: "samples" });
  if (ticks === 0) return diagnostic("input-empty", loc, { have, what: "ticks" });
  for (const [what, asked, there] of [
    ["samples", limits.samples ?? samples, samples],
    ["ticks", limits.ticks ?? ticks, ticks],
  ] as const)
    if (asked > there) return diagnostic("input-too-short", loc, { asked, what, have: there });
  return undefined;
}

/** The reading that the numbers leave: cell numbers above 1 are no spikes. */
function oneReading(array: NpyArray, readings: readonly Reading[], loc: Loc): Result<Reading> {
  const cells = readings.find(({ places }) => places === undefined);
  const isCells = cells !== undefined && Array.prototype.some.call(array.data, (value) => Number(value) > 1);
  const left = isCells ? [cells] : readings;
  const [only, other] = left;
  if (only !== undefined && other === undefined) return success(only);
  const have = printShape(array.shape);
  const hint = `name one: ${left.map(({ layout }) => `--layout ${layout}`).join(" or ")}`;
  return failure(
    diagnostic("input-ambiguous", loc, { have, readings: left.map(printReading).join("; ") }, { hint }),
  );
}

/** Samples that are more than their ticks: time may stand first, as most frameworks keep it. */
function doubtful(reading: Reading, array: NpyHead, shape: Shape, loc: Loc): readonly Diagnostic[] {
  const { layout, samples, ticks } = reading;
  if (!layout.startsWith("NT") || samples <= ticks) return [];
  const turned = readingOf(`TN${layout.slice(2)}`, array.shape, shape);
  if (typeof turned === "string") return [];
  const list =
    layout === "NT" && (ticks === 2 || ticks === 3) ? `; --layout ${EVENTS} reads rows of events` : "";
  const hint = `--layout ${layout} says that this is meant; ${printReading(turned)}${list}`;
  return [
    diagnostic(
      "input-axes",
      loc,
      { have: printShape(array.shape), reading: printReading(reading) },
      { hint },
    ),
  ];
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
function cellStimulus(array: NpyArray, base: Base, reading: Reading, loc: Loc): Result<Stimulus> {
  const size = sizeOf(base.shape);
  const { sampleStride, tickStride } = reading;
  const stored = (sample: number, tick: number) => array.data[sample * sampleStride + tick * tickStride];
  const at = (sample: number, tick: number) => Number(stored(sample, tick));
  for (let sample = 0; sample < base.samples; sample++)
    for (let tick = 0; tick < base.ticks; tick++) {
      const cell = at(sample, tick);
      if (cell >= 0 && cell < size) continue;
      const place = `sample ${sample}, tick ${tick}`;
      // As it is stored, not as a double.
      const value = String(stored(sample, tick));
      return failure(diagnostic("input-cell-range", loc, { value, place, last: size - 1 }));
    }
  return success({ ...base, active: (sample, tick) => [at(sample, tick)] });
}

/** Whole planes of 0 and 1. */
function planeStimulus({ data }: NpyArray, base: Base, reading: Reading, loc: Loc): Result<Stimulus> {
  const places = reading.places as Int32Array;
  const { sampleStride, tickStride } = reading;
  for (let sample = 0; sample < base.samples; sample++)
    for (let tick = 0; tick < base.ticks; tick++) {
      const first = sample * sampleStride + tick * tickStride;
      for (let i = 0; i < places.length; i++) {
        const stored = data[first + (places[i] as number)] as number | bigint;
        const value = Number(stored);
        if (value === 0 || value === 1) continue;
        const place = `sample ${sample}, tick ${tick}, ${element(base.shape, i)}`;
        const hint = Number.isInteger(value)
          ? "a cell spikes once a tick or not: clip counts, or take shorter ticks"
          : "encode it: the network takes spikes, as 0 and 1 or as the cell number of each tick";
        return failure(diagnostic("input-not-binary", loc, { value: String(stored), place }, { hint }));
      }
    }
  const active = (sample: number, tick: number) => {
    const first = sample * sampleStride + tick * tickStride;
    const spikes: number[] = [];
    for (let i = 0; i < places.length; i++)
      if (Number(data[first + (places[i] as number)]) === 1) spikes.push(i);
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
