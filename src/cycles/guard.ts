import type { InputGuard } from "../ir/design.js";
import { sizeOf } from "../ir/spiking.js";
import { newStream, type Stream } from "./stream.js";

/**
 * The guard of the core's input, cycle by cycle (rtl/event_guard.v): a beat is registered; an event that its tick had
 * already, or none of the map's (an element that the map has not), takes its beat and leaves nothing.
 */
export function guardModel({ map, memory }: InputGuard, input: Stream) {
  const sent = newStream();
  const elements = sizeOf(map);
  const spiked = new Set<number>();
  let clearing = memory?.depth ?? 1;
  return {
    sent,
    step(): void {
      if (sent.taken) sent.beat = undefined;
      sent.taken = false;
      const { beat } = input;
      input.taken = beat !== undefined && clearing === 0 && sent.beat === undefined;
      if (clearing > 0) clearing--;
      if (beat === undefined || !input.taken) return;
      if (beat.last) spiked.clear();
      else if (beat.event < 0 || beat.event >= elements || spiked.has(beat.event)) return;
      else spiked.add(beat.event);
      sent.beat = beat;
    },
  };
}
