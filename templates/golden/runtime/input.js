// Input spikes from a .npy file.

/** @import { Shape } from "./network.js" */
import { fail } from "./failure.js";
import { sizeOf } from "./maps.js";
import { readNpy } from "./npy.js";

/**
 * Input spikes: for each sample and tick the flat (C, H, W) indices that spike.
 * @typedef {object} Input
 * @property {number} samples
 * @property {number} ticks
 * @property {(sample: number, tick: number) => ArrayLike<number>} active
 */

/**
 * How much of an input to run; all of it where nothing is said.
 * @typedef {object} Limits
 * @property {number | undefined} [samples]
 * @property {number | undefined} [ticks]
 */

/**
 * Reads the first `limits.samples` and `limits.ticks` of an input: spikes (sample, tick, C, H, W) of 0 and 1, without
 * the C where it is 1, or (sample, tick) indices of one spike a tick.
 * @param {string} path
 * @param {{ input: Shape, maxTicks: number }} network
 * @param {Limits} limits
 * @returns {Input}
 */
export function readSpikes(path, { input: plane, maxTicks }, limits) {
  const { type, shape, data } = readNpy(path);
  const size = sizeOf(plane);
  const sizes = [plane.channels, plane.height, plane.width];
  const isCells = shape.length === 2;
  const wanted = shape.length === 4 && plane.channels === 1 ? sizes.slice(1) : sizes;
  const shapeText = `array of shape (${shape.join(", ")})`;
  if (!isCells && shape.slice(2).join() !== wanted.join()) {
    fail(path, `${shapeText}: this network reads (sample, tick, ${sizes.join(", ")})`);
  }
  if (isCells ? type === "b1" : type !== "u1" && type !== "b1") {
    fail(
      path,
      `elements of type '${type}' can't be ${isCells ? "cell indices" : "spikes: use uint8 or bool"}`,
    );
  }
  const [samplesThere, ticksThere] = shape;
  const { samples = samplesThere, ticks = ticksThere } = limits;
  if (samplesThere === 0 || ticksThere === 0) fail(path, `${shapeText} is empty`);
  if (samples > samplesThere) fail(path, `${samples} samples asked for, the input has ${samplesThere}`);
  if (ticks > ticksThere) fail(path, `${ticks} ticks asked for, the input has ${ticksThere}`);
  if (ticks > maxTicks) fail(path, `samples of ${ticks} ticks: they have ${maxTicks} at most`);

  /** @type {Input["active"]} */
  const active = (sample, tick) => {
    const n = sample * ticksThere + tick;
    if (isCells) return [Number(data[n])];
    const indices = [];
    for (let i = 0; i < size; i++) if (data[n * size + i] !== 0) indices.push(i);
    return indices;
  };
  for (let sample = 0; sample < samples; sample++)
    for (let tick = 0; tick < ticks; tick++)
      for (const index of Array.from(active(sample, tick))) {
        const place = `at sample ${sample}, tick ${tick}`;
        if (index < 0 || index >= size) fail(path, `cell ${index} ${place} is outside 0 to ${size - 1}`);
        const value = isCells ? 1 : data[(sample * ticksThere + tick) * size + index];
        if (value !== 1) fail(path, `spikes are 0 or 1: ${value} ${place}, index ${index}`);
      }
  return { samples, ticks, active };
}
