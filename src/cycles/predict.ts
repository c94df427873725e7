import type { Stimulus } from "../data/stimulus.js";
import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import {
  type Design,
  type EventReadoutStage,
  isSteady,
  type LayerStage,
  layerStages,
  type ReadoutStage,
  readoutStages,
  sourceOf,
} from "../ir/design.js";
import {
  type Stream as DesignStream,
  guardedStream,
  inputStream,
  layerStreams,
  outputStream,
  readoutStreams,
} from "../ir/stream.js";
import { lanesOf } from "../mapping/geometry.js";
import { channelOf, OFF_MAP, orderOf } from "../mapping/layout.js";
import { windowsOf, windowVisits } from "../mapping/visits.js";
import type { TickTrace } from "../simulators/trace.js";
import { denseStageModel } from "./dense-stage.js";
import { eventStageModel } from "./event-stage.js";
import { guardModel } from "./guard.js";
import type { NeuronWalk, SentTick } from "./neurons.js";
import { readoutStageModel, type SlotCounts } from "./readout-stage.js";
import { newStream, type Stream } from "./stream.js";

/** When a run's ticks end, in clock cycles from the release of reset, with ends that are always ready. */
export interface PredictedCycles {
  /** Per layer stage, per tick (over all samples): the cycle in which it closes. */
  readonly stages: readonly Int32Array[];
  /** Per readout, per tick: the cycle in which its class is known. */
  readonly readouts: readonly Int32Array[];
}

/** What happens in a run, tick by tick: all that its cycles depend on. */
export interface RunEvents {
  readonly ticks: number;
  /** Input events of each tick, as they are sent: a guard drops those that come again and those outside the map. */
  readonly input: readonly SentTick[];
  /** Per layer stage, per tick. */
  readonly sent: readonly (readonly SentTick[])[];
  /** Per readout, per tick. */
  readonly counts: readonly (readonly SlotCounts[])[];
}

/** Most cycles that a run with dense stages may take to be predicted: some seconds. */
const MOST_CYCLES = 1e7;

/** Why a run's cycles are not predicted: dense stages, whose ticks are long and known, make it too long. */
export function tooLong(
  design: Design,
  { samples, ticks }: Stimulus,
): { readonly cycles: number; readonly most: number; readonly fit: number } | undefined {
  const stages = layerStages(design);
  const slowest = Math.max(...stages.map((stage) => stage.cycles.total));
  const cycles = slowest * samples * ticks;
  if (!stages.some(isSteady) || cycles <= MOST_CYCLES) return undefined;
  return { cycles, most: MOST_CYCLES, fit: Math.floor(MOST_CYCLES / slowest) };
}

/** Keeps what the cycle model needs of each tick of a run of an exact simulator. */
export function eventCollector(design: Design, stimulus: Stimulus) {
  const stages = layerStages(design);
  const readouts = readoutStages(design);
  const collectors = stages.map(sentReader);
  const counters = readouts.map((r) => countReader(r, sourceOf(design, r)));
  const input: SentTick[] = [];
  const sent: SentTick[][] = stages.map(() => []);
  const counts: SlotCounts[][] = readouts.map(() => []);
  return {
    tick(trace: TickTrace): void {
      const frameEnd = trace.tick + 1 === stimulus.ticks;
      const events = Int32Array.from(stimulus.active(trace.sample, trace.tick));
      input.push({ events, starts: Int32Array.of(0, events.length), frameEnd });
      const { spikes, potentials } = trace;
      collectors.forEach((read, s) => {
        sent[s]?.push(read(spikes[s] as Uint8Array, frameEnd));
      });
      counters.forEach((read, r) => {
        counts[r]?.push(read(potentials?.[r]));
      });
    },
    collected: (): RunEvents => ({ ticks: input.length, input, sent, counts }),
  };
}

/** Events of a tick by word, in the order in which they leave a stage. */
function sentReader(stage: LayerStage): (spikes: Uint8Array, frameEnd: boolean) => SentTick {
  const word = stage.geometry.sentWord;
  const lanes = lanesOf(word);
  const order = orderOf(stage.layer.sent, word, windowVisits(stage));
  const words = order.length / lanes;
  return (spikes, frameEnd) => {
    const events: number[] = [];
    const starts = new Int32Array(words + 1);
    for (let w = 0; w < words; w++) {
      for (let place = w * lanes; place < (w + 1) * lanes; place++) {
        const element = order[place] as number;
        if (element !== OFF_MAP && spikes[element] === 1) events.push(element);
      }
      starts[w + 1] = events.length;
    }
    return { events: Int32Array.from(events), starts, frameEnd };
  };
}

/** Activations that are not zero, by word and slot; a dense readout takes all the same. */
function countReader(
  stage: ReadoutStage,
  source: LayerStage,
): (potentials: ArrayLike<number> | undefined) => SlotCounts {
  switch (stage.kind) {
    case "dense-readout":
      return () => new Uint16Array();
    case "event-readout":
      return activeReader(stage, source);
    case "potential-readout":
      return () => new Uint16Array();
    default:
      return assertNever(stage);
  }
}

function activeReader(
  stage: EventReadoutStage,
  source: LayerStage,
): (potentials: ArrayLike<number> | undefined) => SlotCounts {
  const { acts, readout } = stage;
  const word = source.geometry.sentWord;
  const order = orderOf(readout.input, word, windowVisits(source));
  const lowest = readout.thresholds.map(([first]) => Number(first));
  // A place off the map has the lowest potential that the stage's words hold (rtl/layer_output.v).
  const offMap = -(2 ** (source.potentialWidth - 1));
  const lanes = lanesOf(word);
  invariant(stage.geometry.slices <= 65_535, "a slot has more activations than are counted");
  const places = Array.from(order, (element, place) => {
    const channel = channelOf(source.geometry, place);
    const slot = Math.floor(place / lanes) * acts + ((place % lanes) % acts);
    return { element, slot, lowest: lowest[lowest.length === 1 ? 0 : channel] as number };
  });
  return (potentials) => {
    invariant(potentials !== undefined, "a simulator without potentials");
    const counts = new Uint16Array((order.length / lanes) * acts);
    for (const place of places) {
      const potential = place.element === OFF_MAP ? offMap : (potentials[place.element] as number);
      if (potential >= place.lowest) counts[place.slot] = (counts[place.slot] as number) + 1;
    }
    return counts;
  };
}

/** Beats that the walk takes for a word of neurons. */
function beatsPerWord(stage: LayerStage): number {
  switch (stage.kind) {
    case "dense":
      return stage.geometry.taps;
    case "event":
      return 1;
    default:
      return assertNever(stage);
  }
}

/** A stage that computes a layer, cycle by cycle. */
function stageModel(
  stage: LayerStage,
  walk: Omit<NeuronWalk, "finish">,
  input: Stream,
  tickOf: (tick: number) => SentTick,
) {
  switch (stage.kind) {
    case "dense":
      return denseStageModel(stage, walk, input, tickOf);
    case "event":
      return eventStageModel(stage, walk, input, tickOf);
    default:
      return assertNever(stage);
  }
}

/** Clocks a design through a run's events until every tick has closed everywhere; tells of those that left all layers. */
export function predictCycles(
  design: Design,
  events: RunEvents,
  onTick: (done: number) => void = () => {},
): PredictedCycles {
  const stages = layerStages(design);
  const readouts = readoutStages(design);
  const closes = stages.map(() => new Int32Array(events.ticks));
  const classes = readouts.map(() => new Int32Array(events.ticks));
  const closed = stages.map(() => 0);
  const answered = readouts.map(() => 0);

  const source = newStream();
  const wires = new Map<DesignStream, Stream>([[inputStream(design), source]]);
  const guarded = guardedStream(design);
  const guard = design.guard && guardModel(design.guard, source);
  if (guard !== undefined && guarded !== undefined) wires.set(guarded, guard.sent);
  const wiresOf = (stream: DesignStream): Stream => {
    const found = wires.get(stream);
    invariant(found !== undefined, "a stream from nowhere");
    return found;
  };
  const models = stages.map((stage, s) => {
    const sends = layerStreams(design, stage.name);
    const taps = beatsPerWord(stage);
    const windows = windowsOf(stage).map(({ words, emits }) => ({ beats: words * taps, emits }));
    const tickOf = (tick: number): SentTick => events.sent[s]?.[tick] as SentTick;
    const model = stageModel(stage, { windows, sends }, wiresOf(sends.input), tickOf);
    if (sends.spikes !== undefined) wires.set(sends.spikes, model.spikes);
    sends.potentials.forEach((stream, k) => void wires.set(stream, model.potentials[k] as Stream));
    return model;
  });
  const readoutModels = readouts.map((stage, r) => {
    const stream = wiresOf(readoutStreams(design, stage.name).input);
    return readoutStageModel(
      stage,
      stream,
      (tick) => events.counts[r]?.[tick] as SlotCounts,
      (cycle) => {
        (classes[r] as Int32Array)[answered[r] as number] = cycle;
        answered[r] = (answered[r] as number) + 1;
      },
    );
  });
  const feed = feedOf(events.input, source);
  const backwards = [...models.keys()].reverse();
  const output = outputStream(design);
  const leaves = output && wiresOf(output);
  const done = (): boolean =>
    closed.every((n) => n === events.ticks) && answered.every((n) => n === events.ticks);
  for (let cycle = 0; !done(); cycle++) {
    if (leaves !== undefined) leaves.taken = leaves.beat !== undefined;
    for (const model of readoutModels) model.step(cycle);
    for (const s of backwards) {
      const step = models[s]?.step(cycle);
      if (step?.closed === undefined) continue;
      (closes[s] as Int32Array)[step.closed] = cycle;
      closed[s] = step.closed + 1;
      if (s === stages.length - 1) onTick(step.closed + 1);
    }
    guard?.step();
    feed();
  }
  return { stages: closes, readouts: classes };
}

/** Offers the input's beats one after the other, from the second cycle on, as templates/sim/tb.v does. */
function feedOf(ticks: readonly SentTick[], stream: Stream): () => void {
  let [tick, next] = [0, 0];
  return () => {
    if (stream.beat !== undefined && !stream.taken) return;
    stream.taken = false;
    const now = ticks[tick];
    if (now === undefined) {
      stream.beat = undefined;
      return;
    }
    const last = next === now.events.length;
    const event = last ? -1 : (now.events[next] as number);
    stream.beat = { last, frameEnd: last && now.frameEnd, event, tick: 0, word: 0 };
    [tick, next] = last ? [tick + 1, 0] : [tick, next + 1];
  };
}
