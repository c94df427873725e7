import type { SentStreams } from "../ir/stream.js";
import { type Beat, newFifo, newStream } from "./stream.js";

/** What a stage sends in a tick: its events by word of neurons, in the order in which both leave. */
export interface SentTick {
  /** Events of word w: events[starts[w]] to events[starts[w + 1] − 1]. */
  readonly events: Int32Array;
  readonly starts: Int32Array;
  readonly frameEnd: boolean;
}

/** How a stage walks its neurons. */
export interface NeuronWalk {
  /** Windows in the order of visits: beats of each, and whether it is sent. Words are numbered over those that are. */
  readonly windows: readonly { readonly beats: number; readonly emits: boolean }[];
  /** Cycles from the one in which a window's last beat goes on to the one in which its result is finished. */
  readonly finish: number;
  /** What it sends: the depths of its queues. */
  readonly sends: SentStreams;
}

/** What happened in a cycle: the tick's last beat went on; a window waits for room; a tick closed. */
export interface NeuronStep {
  readonly ends: boolean;
  readonly waits: boolean;
  readonly closed: number | undefined;
}

/** The sender of spikes (rtl/spike_sender.v): one event a cycle out of vectors that a queue offers. */
function spikeSender(tickOf: (tick: number) => SentTick) {
  const stream = newStream();
  const queue = newFifo<{ readonly tick: number; readonly word: number }>();
  const none = { events: new Int32Array(), starts: new Int32Array(), frameEnd: false };
  let vector: SentTick = none;
  let [next, end, last] = [0, 0, false];
  return {
    stream,
    queue,
    step(): void {
      const left = end - next;
      const send = stream.beat === undefined || stream.taken;
      const empty = !last && left === 0;
      if (send) {
        const event = left > 0 ? (vector.events[next++] as number) : -1;
        const frameEnd = last && vector.frameEnd;
        stream.beat = empty ? undefined : { last, frameEnd, event, tick: 0, word: 0 };
      }
      stream.taken = false;
      if (!empty && !(send && left <= 1)) return;
      const item = queue.head;
      if (item !== undefined) queue.pop();
      last = item !== undefined && item.word < 0;
      vector = item === undefined ? none : tickOf(item.tick);
      next = item === undefined || last ? 0 : (vector.starts[item.word] as number);
      end = item === undefined || last ? 0 : (vector.starts[item.word + 1] as number);
    },
  };
}

/**
 * From the walk over a tick's neurons to what a stage sends: pipelines, then credit, queues and sender
 * (rtl/layer_output.v).
 */
export function neurons(walk: NeuronWalk, tickOf: (tick: number) => SentTick) {
  const sender = spikeSender(tickOf);
  const { spikes } = walk.sends;
  const potentials = walk.sends.potentials.map(({ depth }) => ({
    stream: newStream(),
    queue: newFifo<Beat>(),
    depth,
  }));
  const underWay = newFifo<{ readonly at: number; readonly word: number; readonly last: boolean }>();
  let promised = 0;
  let [window, beat, word] = [0, 0, 0];
  let finishing = 0;
  let close = { at: -1, tick: -1 };

  const send = (tick: number, number: number): void => {
    const { starts, frameEnd } = tickOf(tick);
    const last = number < 0;
    if (spikes !== undefined && (last || (starts[number + 1] as number) > (starts[number] as number)))
      sender.queue.push({ tick, word: number });
    for (const { queue } of potentials)
      queue.push({ last, frameEnd: last && frameEnd, event: -1, tick, word: number });
  };

  return {
    spikes: sender.stream,
    potentials: potentials.map(({ stream }) => stream),
    /** One clock edge; `active`: there is a tick whose neurons may be walked. */
    step(cycle: number, active: boolean): NeuronStep {
      const room = (level: number, depth: number): boolean => level + promised < depth - 1;
      const mayStart =
        (spikes === undefined || room(sender.queue.level, spikes.depth)) &&
        potentials.every(({ queue, depth }) => room(queue.level, depth));
      const first = beat === 0;
      const advance = active && (!first || mayStart);

      if (spikes !== undefined) sender.step();
      for (const { stream, queue } of potentials) {
        if (stream.taken) queue.pop();
        stream.taken = false;
      }

      const closed = close.at === cycle ? close.tick : undefined;
      if (closed !== undefined) send(closed, -1);
      const done = underWay.head;
      if (done?.at === cycle) {
        underWay.pop();
        promised--;
        if (done.word >= 0) send(finishing, done.word);
        if (done.last) close = { at: cycle + 1, tick: finishing++ };
      }
      for (const { stream, queue } of potentials) stream.beat = queue.head;

      let ends = false;
      if (advance) {
        if (first) promised++;
        beat++;
        const { beats, emits } = walk.windows[window] as NeuronWalk["windows"][number];
        if (beat === beats) {
          ends = window + 1 === walk.windows.length;
          underWay.push({ at: cycle + walk.finish, word: emits ? word : -1, last: ends });
          beat = 0;
          word = ends ? 0 : word + (emits ? 1 : 0);
          window = ends ? 0 : window + 1;
        }
      }
      return { ends, waits: active && !advance, closed };
    },
  };
}
