import type { EventStage } from "../ir/design.js";
import { sumsOf } from "../ir/spiking.js";
import { closeLatency, PORT_QUEUE } from "../mapping/event-stage.js";
import { type NeuronWalk, neurons, type SentTick } from "./neurons.js";
import { newFifo, type Stream } from "./stream.js";

/**
 * Beats of an event at each element of the input, (C, H, W) flat, as rtl/event_walk.v walks it: touched outputs
 * (`one`), touched rows (`row`), or one (`patch`), each times the groups of channels. 0: it touches nothing.
 */
export function eventBeats(stage: EventStage): Int32Array {
  const { input, synapse } = stage.layer;
  const output = sumsOf(stage.layer);
  const { kernel, stride, padding } = synapse;
  const groups = stage.geometry.eventGroups;
  /** Outputs that coordinate i touches along an axis. */
  const touched = (i: number, axis: 0 | 1, size: number): number => {
    let count = 0;
    for (let o = 0; o < size; o++) {
      const tap = i + padding[axis] - o * stride[axis];
      if (tap >= 0 && tap < kernel[axis]) count++;
    }
    return count;
  };
  const beats = new Int32Array(input.channels * input.height * input.width);
  for (let y = 0; y < input.height; y++)
    for (let x = 0; x < input.width; x++) {
      const rows = touched(y, 0, output.height);
      const columns = touched(x, 1, output.width);
      // With one bank along an axis its outputs come one after the other.
      const steps =
        (stage.banks.y === 1 ? rows : Math.min(rows, 1)) *
        (stage.banks.x === 1 ? columns : Math.min(columns, 1));
      for (let c = 0; c < input.channels; c++)
        beats[(c * input.height + y) * input.width + x] = steps * groups;
    }
  return beats;
}

/** A port: its queue, and the walk of the event in hand (rtl/event_port.v, event_walk.v). */
function newPort() {
  const queue = newFifo<number>();
  let [left, adds, part, beat] = [0, false, false, false];
  return {
    queue,
    get busy(): boolean {
      return left > 0 || part || beat;
    },
    step(): void {
      beat = part;
      part = left > 0 && adds;
      if (left > 1) {
        left--;
        return;
      }
      const next = queue.head;
      if (next !== undefined) queue.pop();
      adds = next !== undefined && next > 0;
      left = next === undefined ? 0 : Math.max(1, next);
    },
  };
}

/** An event stage, cycle by cycle: rtl/event_integrate.v, then rtl/sweep_walk.v and what follows it. */
export function eventStageModel(
  stage: EventStage,
  walk: Omit<NeuronWalk, "finish">,
  input: Stream,
  tickOf: (tick: number) => SentTick,
) {
  const beats = eventBeats(stage);
  const ports = Array.from({ length: stage.ports }, newPort);
  const tail = neurons({ ...walk, finish: closeLatency(stage) }, tickOf);
  let clearing: number = stage.banks.depth;
  let [closing, valid, taken, waiting] = [false, false, false, false];
  return {
    spikes: tail.spikes,
    potentials: tail.potentials,
    step(cycle: number) {
      const open = clearing === 0 && !closing;
      const idle = ports.every((port) => !port.busy);
      const swap = closing && idle && !valid;
      const active = valid && !taken && !waiting;

      const sweep = tail.step(cycle, active);

      // The queue that takes an event: the least filled, of equals the first.
      const port = ports.reduce((least, p) => (p.queue.level < least.queue.level ? p : least));
      const { beat } = input;
      const accept = beat !== undefined && open && port.queue.level < PORT_QUEUE;
      for (const p of ports) p.step();
      if (accept && !beat.last) port.queue.push(beats[beat.event] as number);
      input.taken = accept;

      if (clearing > 0) clearing--;
      if (taken) valid = false;
      if (swap) [closing, valid] = [false, true];
      if (accept && beat.last) closing = true;
      taken = sweep.ends;
      if (sweep.closed !== undefined) waiting = false;
      if (sweep.ends && !stage.overlaps) waiting = true;
      return sweep;
    },
  };
}
