/**
 * The cycle model: every block of a design as registers that take a step a cycle. Blocks are stepped from the last to
 * the first, so that whoever sends knows whether its beat was taken (a ready that depends on the next ready needs no
 * second pass). Values aren't computed: what spikes in a tick comes from a simulator.
 */

/** A beat of a stream: an event, a word of potentials, or the beat that closes a tick. */
export interface Beat {
  /** Closes the tick. */
  readonly last: boolean;
  /** With `last`: the tick ends a frame. */
  readonly frameEnd: boolean;
  /** Spikes: the element, (C, H, W) flat. */
  readonly event: number;
  /** Potentials: the word of a tick, counted over all frames. */
  readonly tick: number;
  readonly word: number;
}

/** A registered output: the beat that is offered in this cycle, and whether it is taken at its end. */
export interface Stream {
  beat: Beat | undefined;
  taken: boolean;
}

/** A register that offers nothing. */
export const newStream = (): Stream => ({ beat: undefined, taken: false });

/** A queue with a registered level (rtl/axis_fifo.v). */
export interface Fifo<T> {
  readonly level: number;
  readonly head: T | undefined;
  push(item: T): void;
  pop(): void;
}

/** An empty queue. */
export function newFifo<T>(): Fifo<T> {
  const items: T[] = [];
  let first = 0;
  return {
    get level() {
      return items.length - first;
    },
    get head() {
      return items[first];
    },
    push: (item) => void items.push(item),
    pop() {
      first++;
      if (first < 1024) return;
      items.splice(0, first);
      first = 0;
    },
  };
}
