import { assertNever } from "../diagnostics/diagnostic.js";
import type { LinearReadoutStage, ReadoutStage } from "../ir/design.js";
import { GATHER_DEPTH } from "../mapping/readout-stage.js";
import { newFifo, type Stream } from "./stream.js";

/** Activations that are not zero in each slot of each word of a tick: counts[word · acts + slot]. */
export type SlotCounts = Uint16Array;

/** A beat on its way through a readout: only what closes a tick matters. */
interface Mark {
  readonly last: boolean;
  readonly frameEnd: boolean;
}

interface MarkStream {
  mark: Mark | undefined;
  taken: boolean;
}

const quiet: Mark = { last: false, frameEnd: false };

/** Argmax and vote (rtl/argmax_scan.v, vote_counter.v); the class is taken at once. */
function answer(stage: ReadoutStage, input: MarkStream, onTick: (cycle: number) => void) {
  const { classes, vote } = stage.readout;
  let [scan, valid, frameEnd] = [0, false, false];
  let [count, answered] = [0, false];
  return (cycle: number): void => {
    const voteReady = count === 0 && !answered;
    if (answered) answered = false;
    else if (count > 0 && --count === 0) answered = true;

    const ready = scan === 0 && !valid;
    if (valid && voteReady) {
      valid = false;
      onTick(cycle);
      if (frameEnd && vote === "last") answered = true;
      else if (frameEnd) count = classes;
    }
    if (scan > 0 && --scan === 0) valid = true;
    if (ready && input.mark !== undefined) {
      scan = classes;
      frameEnd = input.mark.frameEnd;
    }
    input.taken = ready && input.mark !== undefined;
  };
}

/** A pipeline whose stages stop together (rtl/axis_pipe_control.v). */
function pipe(stages: number, from: MarkStream, to: MarkStream) {
  const held = new Array<Mark | undefined>(stages).fill(undefined);
  let head = 0;
  return (): void => {
    const enable = to.mark === undefined || to.taken;
    to.taken = false;
    from.taken = enable && from.mark !== undefined;
    if (!enable) return;
    // `held[head]` is the youngest; what it replaces has left a cycle ago.
    head = (head + stages - 1) % stages;
    held[head] = from.mark;
    to.mark = held[(head + stages - 1) % stages];
  };
}

const marks = (): MarkStream => ({ mark: undefined, taken: false });

/** The linear map of a dense readout (rtl/readout_linear.v): it stops while a result waits. */
function linear(stage: LinearReadoutStage, from: MarkStream, to: MarkStream) {
  const levels = Math.ceil(Math.log2(stage.acts));
  const inner = new Array<Mark | undefined>(3 + levels).fill(undefined);
  return (): void => {
    const advance = to.mark === undefined || to.taken;
    to.taken = false;
    from.taken = advance && from.mark !== undefined;
    if (!advance) return;
    const arriving = inner.pop();
    inner.unshift(from.mark);
    to.mark = arriving?.last ? arriving : undefined;
  };
}

/** The linear map of a readout on events (rtl/readout_columns.v): only a closing beat waits for a result to leave. */
function columns(stage: LinearReadoutStage, from: MarkStream, to: MarkStream) {
  const levels = Math.ceil(Math.log2(stage.acts));
  let [closing, at, mark] = [false, -1, quiet];
  return (cycle: number): void => {
    const { mark: offered } = from;
    const accept = offered !== undefined && !(offered.last && closing);
    from.taken = accept;
    if (to.taken) [closing, to.mark] = [false, undefined];
    to.taken = false;
    if (cycle === at) to.mark = mark;
    if (accept && offered.last) [closing, at, mark] = [true, cycle + 3 + levels, offered];
  };
}

/** Cuts words into slices of ACTS potentials (rtl/vector_slicer.v). */
function slicer(stage: LinearReadoutStage, from: Stream, to: MarkStream) {
  const { slices } = stage.geometry;
  let left = 0;
  return (): void => {
    const ready = to.mark === undefined || (to.taken && left === 0);
    from.taken = ready && from.beat !== undefined;
    if (ready) {
      to.mark = from.beat;
      left = from.beat === undefined || from.beat.last ? 0 : slices - 1;
    } else if (to.taken) left--;
    to.taken = false;
  };
}

/** Queues of the slots, each of which gives one activation a cycle; none goes past a tick (rtl/readout_gather.v). */
function gather(
  stage: LinearReadoutStage,
  from: Stream,
  to: MarkStream,
  countsOf: (tick: number) => SlotCounts,
) {
  const { acts } = stage;
  /** Activations of a vector that have not left; 0 closes the tick. */
  const queues = Array.from({ length: acts }, () => newFifo<{ left: number }>());
  let taken: Stream["beat"];
  let ending = quiet;
  const ends = newFifo<Mark>();
  return (): void => {
    const ready = queues.every((queue) => queue.level <= GATHER_DEPTH - 2);
    const active = queues.map((queue) => (queue.head?.left ?? 0) > 0);
    const close = queues.every((queue) => queue.head?.left === 0);
    const some = active.includes(true);
    const step = to.mark === undefined || to.taken;
    to.taken = false;
    if (step) {
      if (close) ending = ends.head ?? quiet;
      if (close) ends.pop();
      to.mark = close ? ending : some ? quiet : undefined;
      queues.forEach((queue, j) => {
        if (!active[j] && !close) return;
        const vector = queue.head as { left: number };
        if (vector.left > 1) vector.left--;
        else queue.pop();
      });
    }
    if (taken?.last) {
      ends.push(taken);
      for (const queue of queues) queue.push({ left: 0 });
    } else if (taken !== undefined) {
      const counts = countsOf(taken.tick);
      const first = taken.word * acts;
      queues.forEach((queue, j) => {
        const left = counts[first + j] as number;
        if (left > 0) queue.push({ left });
      });
    }
    from.taken = ready && from.beat !== undefined;
    taken = from.taken ? from.beat : undefined;
  };
}

/** What differs between the two kinds of readouts: what takes the words, and what adds up the activations found. */
function endsOf(
  stage: LinearReadoutStage,
  at: {
    readonly input: Stream;
    readonly sliced: MarkStream;
    readonly found: MarkStream;
    readonly summed: MarkStream;
  },
  countsOf: (tick: number) => SlotCounts,
): readonly [front: () => void, sums: (cycle: number) => void] {
  switch (stage.kind) {
    case "dense-readout":
      return [slicer(stage, at.input, at.sliced), linear(stage, at.found, at.summed)];
    case "event-readout":
      return [gather(stage, at.input, at.sliced, countsOf), columns(stage, at.found, at.summed)];
    default:
      return assertNever(stage);
  }
}

/** Potentials of a tick, collected word by word (rtl/potential_collect.v): it stops while a vector waits. */
function collect(from: Stream, to: MarkStream) {
  return (): void => {
    const ready = to.mark === undefined || to.taken;
    to.taken = false;
    from.taken = ready && from.beat !== undefined;
    if (ready) to.mark = from.beat?.last ? from.beat : undefined;
  };
}

/** What makes the logits of a readout of its input. */
function logitsOf(
  stage: ReadoutStage,
  input: Stream,
  summed: MarkStream,
  countsOf: (tick: number) => SlotCounts,
): readonly ((cycle: number) => void)[] {
  if (stage.kind === "potential-readout") return [collect(input, summed)];
  const [sliced, found] = [marks(), marks()];
  const [front, sums] = endsOf(stage, { input, sliced, found, summed }, countsOf);
  return [sums, pipe(2 * stage.readout.activationBits, sliced, found), front];
}

/** A readout, cycle by cycle. `onTick`: the class of a tick is known. */
export function readoutStageModel(
  stage: ReadoutStage,
  input: Stream,
  countsOf: (tick: number) => SlotCounts,
  onTick: (cycle: number) => void,
) {
  const summed = marks();
  const blocks = [answer(stage, summed, onTick), ...logitsOf(stage, input, summed, countsOf)];
  return {
    step(cycle: number): void {
      for (const block of blocks) block(cycle);
    },
  };
}
