import type { Stimulus } from "../data/stimulus.js";
import type { Shape } from "../ir/spiking.js";
import { dataBits, type EventPayload } from "../ir/stream.js";

/** An element of a map, (C, H, W) flat, as an event {channel, y, x}. */
export function eventOf({ event }: EventPayload, { height, width }: Shape, element: number): number {
  const channel = Math.floor(element / (height * width));
  const y = Math.floor(element / width) % height;
  return (channel * 2 ** event.y + y) * 2 ** event.x + (element % width);
}

/**
 * The stimulus as the test bench reads it: a beat a line in hex, {tlast, tuser, channel, y, x}. Every sample is a
 * frame: tuser is set on the beat that closes its last tick. `order` permutes a tick's events (they may come in any). `payload`: of the stream that
 * enters the core.
 */
export function eventLines(
  payload: EventPayload,
  stimulus: Stimulus,
  order: (events: readonly number[]) => readonly number[] = (events) => events,
): string {
  const lastBit = 2 ** dataBits(payload);
  const lines: string[] = [];
  for (let sample = 0; sample < stimulus.samples; sample++)
    for (let tick = 0; tick < stimulus.ticks; tick++) {
      for (const element of order(Array.from(stimulus.active(sample, tick))))
        lines.push(eventOf(payload, stimulus.shape, element).toString(16));
      const user = tick + 1 === stimulus.ticks ? 1 : 0;
      lines.push(((2 + user) * lastBit).toString(16));
    }
  return `${lines.join("\n")}\n`;
}
