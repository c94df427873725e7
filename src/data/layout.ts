import { type Shape, sizeOf } from "../ir/spiking.js";

/**
 * How the axes of an array are the samples, ticks and places of a network's input. A layout is a letter an axis: N
 * (sample; one where it is absent), T (tick), and the place: C, H, W (channel, row, column), L (a row of height 1), F (all
 * of (C, H, W), flat), or none, where the numbers are themselves the place of a tick's one spike.
 *
 *     NTCHW   TNCHW   NTHW (one channel)   NTCL   NTF   TF   NT (cell numbers)   NHWCT
 */
export interface Reading {
  readonly layout: string;
  readonly samples: number;
  readonly ticks: number;
  /** Elements from one sample, and from one tick, to the next. */
  readonly sampleStride: number;
  readonly tickStride: number;
  /** By flat (C, H, W) index, the element from a tick's first; undefined where the elements are places. */
  readonly places: Int32Array | undefined;
}

/** The axes that say a place, by the letters that may stand together, in any order. */
const placeAxes = ["CHW", "HW", "CL", "L", "F", ""] as const;

const sorted = (letters: string): string => [...letters].sort().join("");

/** Why a text is no layout; undefined where it is one. */
export function layoutProblem(layout: string): string | undefined {
  const letters = [...layout];
  const stranger = letters.find((letter) => !"NTCHWLF".includes(letter));
  if (stranger !== undefined) return `'${stranger}' is no axis: N, T, C, H, W, L, F are`;
  if (new Set(letters).size < letters.length) return "an axis stands in it twice";
  if (!letters.includes("T")) return "it has no ticks (T)";
  const place = sorted(layout.replace(/[NT]/g, ""));
  return placeAxes.some((axes) => sorted(axes) === place)
    ? undefined
    : "its places are C, H, W, or H, W, or C, L, or L, or F, or none";
}

/** An array of a shape as a layout reads it for a network's input; a text where it doesn't fit. */
export function readingOf(layout: string, sizes: readonly number[], shape: Shape): Reading | string {
  const axes = [...layout];
  if (axes.length !== sizes.length)
    return `${layout} names ${axes.length} axes, the array has ${sizes.length}`;
  const strides = new Map<string, number>();
  const sizeOfAxis = new Map<string, number>();
  let stride = 1;
  for (const [back, axis] of [...axes].reverse().entries()) {
    const size = sizes[sizes.length - 1 - back] as number;
    strides.set(axis, stride);
    sizeOfAxis.set(axis, size);
    stride *= size;
  }
  const { channels, height, width } = shape;
  const wanted = { C: channels, H: height, W: width, L: width, F: sizeOf(shape) } as const;
  for (const [axis, need] of Object.entries(wanted)) {
    const have = sizeOfAxis.get(axis);
    if (have !== undefined && have !== need)
      return `${axis} of ${layout} has ${have}, the network's input ${need}`;
  }
  const places = layout.replace(/[NT]/g, "");
  if (places !== "" && places !== "F") {
    if (!places.includes("C") && channels !== 1)
      return `${layout} has no channels, the network's input ${channels}`;
    if (places.includes("L") && height !== 1)
      return `L of ${layout} is a row, the network's input has ${height}`;
  }
  const of = (axis: string): number => strides.get(axis) ?? 0;
  const map = height * width;
  const offset = (i: number): number => {
    if (places === "F") return i * of("F");
    const [c, y, x] = [Math.floor(i / map), Math.floor((i % map) / width), i % width];
    return c * of("C") + y * of("H") + x * (of("W") + of("L"));
  };
  return {
    layout,
    samples: sizeOfAxis.get("N") ?? 1,
    ticks: sizeOfAxis.get("T") as number,
    sampleStride: of("N"),
    tickStride: of("T"),
    places: places === "" ? undefined : Int32Array.from({ length: sizeOf(shape) }, (_, i) => offset(i)),
  };
}

/** Layouts that are tried where nobody names one: those of which the sizes say that they fit. */
const usual = ["NTCHW", "NTHW", "NTCL", "NTL", "NTF", "NT", "TCHW", "THW", "TCL", "TL", "TF"] as const;

/** All readings of an array of this shape that differ from each other, the first of each kind. */
export function readingsOf(sizes: readonly number[], shape: Shape): readonly Reading[] {
  const readings: Reading[] = [];
  for (const layout of usual) {
    const reading = readingOf(layout, sizes, shape);
    if (typeof reading !== "string" && !readings.some((other) => isSame(other, reading)))
      readings.push(reading);
  }
  return readings;
}

/** Whether two readings find the same spikes. */
const isSame = (a: Reading, b: Reading): boolean =>
  a.samples === b.samples &&
  a.ticks === b.ticks &&
  (a.samples === 1 || a.sampleStride === b.sampleStride) &&
  (a.ticks === 1 || a.tickStride === b.tickStride) &&
  (a.places === undefined) === (b.places === undefined) &&
  (a.places?.every((place, i) => place === b.places?.[i]) ?? true);

/** A reading in words: `NTCHW: 2 samples of 64 ticks`. */
export const printReading = ({ layout, samples, ticks, places }: Reading): string =>
  `${layout}: ${samples} samples of ${ticks} ticks${places === undefined ? ", a cell number each" : ""}`;
