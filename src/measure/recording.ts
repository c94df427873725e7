import type { Stimulus } from "../data/stimulus.js";
import { type Shape, sizeOf } from "../ir/spiking.js";

/** The spikes of one layer over a run, a bit each: (sample, tick, C·H·W), every tick in whole bytes. */
export interface Recording {
  readonly samples: number;
  readonly ticks: number;
  readonly shape: Shape;
  readonly bits: Uint8Array;
}

const rowBytes = (shape: Shape): number => Math.ceil(sizeOf(shape) / 8);

/** Room for a run, without a spike yet. */
export function emptyRecording(shape: Shape, samples: number, ticks: number): Recording {
  return { samples, ticks, shape, bits: new Uint8Array(samples * ticks * rowBytes(shape)) };
}

/** Keeps the spikes (0 or 1, flat) of one tick. */
export function record(to: Recording, sample: number, tick: number, spikes: ArrayLike<number>): void {
  const first = (sample * to.ticks + tick) * rowBytes(to.shape);
  for (let i = 0; i < spikes.length; i++)
    if (spikes[i] === 1) to.bits[first + (i >> 3)] = (to.bits[first + (i >> 3)] as number) | (1 << (i & 7));
}

/** What was recorded, as the input of the next layer. */
export function replay({ samples, ticks, shape, bits }: Recording): Stimulus {
  const bytes = rowBytes(shape);
  const active = (sample: number, tick: number): number[] => {
    const first = (sample * ticks + tick) * bytes;
    return bitsOf(bits.subarray(first, first + bytes));
  };
  return { samples, ticks, shape, active };
}

/** Per channel: how many spikes two recordings of one layer differ in. */
export function differences(a: Recording, b: Recording): readonly number[] {
  const bytes = rowBytes(a.shape);
  const plane = a.shape.height * a.shape.width;
  const counts = new Array<number>(a.shape.channels).fill(0);
  const differ = a.bits.map((byte, i) => byte ^ (b.bits[i] as number));
  for (let first = 0; first < differ.length; first += bytes)
    for (const i of bitsOf(differ.subarray(first, first + bytes))) {
      const channel = Math.floor(i / plane);
      counts[channel] = (counts[channel] as number) + 1;
    }
  return counts;
}

/** Indices of the bits that are set, ascending. */
function bitsOf(row: Uint8Array): number[] {
  const set: number[] = [];
  for (const [i, byte] of row.entries())
    for (let bit = 0; byte >> bit > 0; bit++) if ((byte >> bit) & 1) set.push(8 * i + bit);
  return set;
}
