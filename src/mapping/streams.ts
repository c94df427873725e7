import type { InputGuard, LayerStage, ReadoutStage } from "../ir/design.js";
import type { FixedModel } from "../ir/fixed.js";
import { TICK_BITS } from "../ir/frame.js";
import type { Shape } from "../ir/spiking.js";
import {
  atGuard,
  atStage,
  type EventPayload,
  outside,
  type PotentialPayload,
  type SentStreams,
  type Stream,
  type StreamEnd,
} from "../ir/stream.js";
import { lanesOf } from "./geometry.js";
import { addressBits } from "./widths.js";

/**
 * Depth of the queues between a stage and its successors (rtl/axis_fifo.v), what is under way to them counted too; one
 * place is the closing beat's. It exceeds the sweep pipelines (22 cycles on the seed network, 27 with 64 ports), so that
 * a walk whose readers are ready doesn't wait, and is what a LUT RAM holds.
 */
const QUEUE_DEPTH = 32;

/** Least depth of a queue: a place for a window that is under way, one for the closing beat (rtl/window_credit.v). */
export const LEAST_DEPTH = 2;

/** Where a layer's stage sends to: its spikes, if anything takes them, and its potentials, to readouts by name. */
export interface Targets {
  readonly spikes: StreamEnd | undefined;
  readonly readouts: readonly string[];
}

/**
 * Targets of layer `l`: spikes go to the next layer; the last layer's leave the core only where no readout takes its
 * place.
 */
export function targetsOf({ layers, readouts }: FixedModel, l: number): Targets {
  const next = layers[l + 1];
  const leaves = readouts.length === 0 ? outside : undefined;
  return {
    spikes: next === undefined ? leaves : atStage(next.name),
    readouts: readouts.filter((r) => r.layer === layers[l]?.name).map((r) => r.name),
  };
}

/** Events of a map, one a beat. */
export const eventPayload = ({ channels, height, width }: Shape): EventPayload => ({
  kind: "events",
  event: { channel: addressBits(channels), y: addressBits(height), x: addressBits(width) },
  eventsPerBeat: 1,
});

/** Potentials of a stage, a word of what it sends a beat. */
export const potentialPayload = (stage: LayerStage): PotentialPayload => ({
  kind: "potentials",
  lanes: lanesOf(stage.geometry.sentWord),
  width: stage.potentialWidth,
});

/** What a layer's stage sends; each readout has a stream of its own: one that waits holds up no other. */
export function sentStreams(stage: LayerStage, { spikes, readouts }: Targets): SentStreams {
  const from = atStage(stage.name);
  const events = { from, payload: eventPayload(stage.layer.sent), depth: QUEUE_DEPTH };
  const potentials = { from, payload: potentialPayload(stage), depth: QUEUE_DEPTH };
  return {
    spikes: spikes && { ...events, to: spikes },
    potentials: readouts.map((name) => ({ ...potentials, to: atStage(name) })),
  };
}

/** All streams of a design: what enters, through a guard or not, what each layer's stage sends, the classes that leave. */
export function streamsOf(
  model: FixedModel,
  guard: InputGuard | undefined,
  layers: readonly LayerStage[],
  readouts: readonly ReadoutStage[],
): readonly Stream[] {
  const first = atStage(layers[0]?.name ?? "");
  const events = { payload: eventPayload(model.input), depth: 0 };
  return [
    { ...events, from: outside, to: guard === undefined ? first : atGuard },
    ...(guard === undefined ? [] : [{ ...events, from: atGuard, to: first }]),
    ...layers.flatMap((stage, l) => {
      const { spikes, potentials } = sentStreams(stage, targetsOf(model, l));
      return [...(spikes === undefined ? [] : [spikes]), ...potentials];
    }),
    ...readouts.map(({ name, readout }): Stream => {
      const payload = {
        kind: "classes",
        classBits: addressBits(readout.classes),
        votesBits: TICK_BITS,
      } as const;
      return { from: atStage(name), to: outside, payload, depth: 0 };
    }),
  ];
}
