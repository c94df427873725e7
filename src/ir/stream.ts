import { assertNever, invariant } from "../diagnostics/diagnostic.js";

/**
 * Streams: what joins the stages of a Design with each other and with what is outside the core. Widths, rates and depths
 * stand here, once: emit, cost, cycles, co-simulation and benches read them.
 */

/** Where a stream begins or ends: at a stage, at the guard of the core's input, or outside the core. */
export type StreamEnd =
  | { readonly kind: "outside" }
  | { readonly kind: "guard" }
  | { readonly kind: "stage"; readonly name: string };

/** Bits of an event's parts, as they stand in it: {channel, y, x}. */
export interface EventParts {
  readonly channel: number;
  readonly y: number;
  readonly x: number;
}

/** Spikes, an event each; a beat without events closes a tick. */
export interface EventPayload {
  readonly kind: "events";
  readonly event: EventParts;
  readonly eventsPerBeat: number;
}

/** Potentials, `lanes` neurons a beat, `width` bits each; a beat of its own closes a tick. */
export interface PotentialPayload {
  readonly kind: "potentials";
  readonly lanes: number;
  readonly width: number;
}

/** The class of each frame, and its votes beside it. */
export interface ClassPayload {
  readonly kind: "classes";
  readonly classBits: number;
  readonly votesBits: number;
}

/** What a stream carries. */
export type Payload = EventPayload | PotentialPayload | ClassPayload;

/** A stream of beats from one end to another. */
export interface Stream<P extends Payload = Payload> {
  readonly from: StreamEnd;
  readonly to: StreamEnd;
  readonly payload: P;
  /**
   * Places of the queue at its source, what is under way to it counted too: words of neurons (spikes with their place, or
   * potentials) and closing beats. 0: it has no queue.
   */
  readonly depth: number;
}

/** What has streams: a Design. */
interface Streams {
  readonly streams: readonly Stream[];
}

/** What is not of the core. */
export const outside: StreamEnd = { kind: "outside" };

/** The end at the guard of the core's input. */
export const atGuard: StreamEnd = { kind: "guard" };

/** The end at a stage. */
export const atStage = (name: string): StreamEnd => ({ kind: "stage", name });

/** Whether two ends are the same. */
export const sameEnd = (a: StreamEnd, b: StreamEnd): boolean =>
  a.kind === "stage" ? b.kind === "stage" && a.name === b.name : b.kind === a.kind;

/** Bits of an event. */
export const eventBitsOf = ({ channel, y, x }: EventParts): number => channel + y + x;

/** Bits of a beat's data; `tlast` and `tuser` are beside it, votes beside a class. */
export function dataBits(payload: Payload): number {
  switch (payload.kind) {
    case "events":
      return payload.eventsPerBeat * eventBitsOf(payload.event);
    case "potentials":
      return payload.lanes * payload.width;
    case "classes":
      return payload.classBits;
    default:
      return assertNever(payload);
  }
}

type Carrying<K extends Payload["kind"]> = Stream<Extract<Payload, { kind: K }>>;

/** Whether a stream carries events, potentials or classes. */
const carries =
  <K extends Payload["kind"]>(kind: K) =>
  (stream: Stream): stream is Carrying<K> =>
    stream.payload.kind === kind;

/** The only one of `streams`; anything else is a bug of the compiler. */
function only<S extends Stream>(what: string, [first, ...others]: readonly S[]): S {
  invariant(first !== undefined && others.length === 0, `${what} is not one stream`);
  return first;
}

const between = ({ streams }: Streams, side: "from" | "to", end: StreamEnd): readonly Stream[] =>
  streams.filter((stream) => sameEnd(stream[side], end));

/** The stream of events that enters the core. */
export const inputStream = (design: Streams): Carrying<"events"> =>
  only("the input", between(design, "from", outside).filter(carries("events")));

/** The stream of events that leaves the guard of the core's input, if the design has one. */
export const guardedStream = (design: Streams): Carrying<"events"> | undefined =>
  between(design, "from", atGuard).find(carries("events"));

/** The stream of the last layer's events, where it leaves the core: only without readouts. */
export const outputStream = (design: Streams): Carrying<"events"> | undefined =>
  between(design, "to", outside).find(carries("events"));

/** What a stage that computes a layer sends: its spikes, if anything takes them, its potentials to each readout. */
export interface SentStreams {
  readonly spikes: Carrying<"events"> | undefined;
  readonly potentials: readonly Carrying<"potentials">[];
}

/** Streams of a stage that computes a layer. */
export interface LayerStreams extends SentStreams {
  readonly input: Carrying<"events">;
}

/** Streams of the layer stage called `name`. */
export function layerStreams(design: Streams, name: string): LayerStreams {
  const sent = between(design, "from", atStage(name));
  return {
    input: only(`the input of '${name}'`, between(design, "to", atStage(name)).filter(carries("events"))),
    spikes: sent.find(carries("events")),
    potentials: sent.filter(carries("potentials")),
  };
}

/** Streams of a stage that computes a readout. */
export interface ReadoutStreams {
  readonly input: Carrying<"potentials">;
  readonly classes: Carrying<"classes">;
}

/** Streams of the readout stage called `name`. */
export const readoutStreams = (design: Streams, name: string): ReadoutStreams => ({
  input: only(`the input of '${name}'`, between(design, "to", atStage(name)).filter(carries("potentials"))),
  classes: only(`the output of '${name}'`, between(design, "from", atStage(name)).filter(carries("classes"))),
});
