import type { Stimulus } from "../data/stimulus.js";
import { addressBits, eventBits } from "../mapping/widths.js";

/**
 * The stimulus as the test bench reads it: a beat a line in hex, {tlast, tuser, channel, y, x}. Every sample is a
 * frame: tuser is set on the beat that closes its last tick. `order` permutes a tick's events (they may come in any).
 */
export function eventLines(
  stimulus: Stimulus,
  order: (events: readonly number[]) => readonly number[] = (events) => events,
): string {
  const { height, width } = stimulus.shape;
  const yBits = addressBits(height);
  const xBits = addressBits(width);
  const lastBit = 2 ** eventBits(stimulus.shape);
  const lines: string[] = [];
  for (let sample = 0; sample < stimulus.samples; sample++)
    for (let tick = 0; tick < stimulus.ticks; tick++) {
      for (const index of order(Array.from(stimulus.active(sample, tick)))) {
        const channel = Math.floor(index / (height * width));
        const y = Math.floor(index / width) % height;
        lines.push(((channel * 2 ** yBits + y) * 2 ** xBits + (index % width)).toString(16));
      }
      const user = tick + 1 === stimulus.ticks ? 1 : 0;
      lines.push(((2 + user) * lastBit).toString(16));
    }
  return `${lines.join("\n")}\n`;
}
