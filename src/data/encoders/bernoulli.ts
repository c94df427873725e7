import type { Images } from "../datasets/idx.js";
import { type NpyArray, npyArray } from "../npy.js";

/**
 * Rate-coded images: a pixel spikes in a tick with probability gain · pixel / 255, each tick and pixel for itself. The
 * same seed gives the same spikes everywhere. (image, tick, row, column) u8 of 0 and 1, for `--input`.
 */
export function bernoulliSpikes(
  { shape, pixels }: Images,
  samples: number,
  ticks: number,
  gain: number,
  seed: number,
): NpyArray {
  const plane = shape.height * shape.width;
  const next = uniform(seed);
  const spikes = new Uint8Array(samples * ticks * plane);
  for (let sample = 0; sample < samples; sample++)
    for (let tick = 0; tick < ticks; tick++)
      for (let p = 0; p < plane; p++) {
        const chance = (gain * (pixels[sample * plane + p] as number)) / 255;
        if (next() < chance) spikes[(sample * ticks + tick) * plane + p] = 1;
      }
  return npyArray("u1", [samples, ticks, shape.height, shape.width], spikes);
}

/** Numbers from 0 to 1, 1 excluded. Source: splitmix32, the 32-bit form of Steele, Lea, Flood 2014. */
function uniform(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32;
  };
}
