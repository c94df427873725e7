import { assertNever, invariant } from "../../diagnostics/diagnostic.js";
import { type Design, isLayerStage, layerStages, readoutStages, type Stage } from "../../ir/design.js";
import { TICK_BITS } from "../../ir/frame.js";
import { sizeOf } from "../../ir/spiking.js";
import {
  atStage,
  layerStreams,
  type Payload,
  readoutStreams,
  type Stream,
  type StreamEnd,
  sameEnd,
} from "../../ir/stream.js";
import { lanesOf } from "../../mapping/geometry.js";
import { inputGuard } from "../../mapping/guard.js";
import { eventPayload, LEAST_DEPTH } from "../../mapping/streams.js";
import { addressBits } from "../../mapping/widths.js";
import { equal } from "./expect.js";

/**
 * Streams join what there is, in the order of the data: every stage has one input, what it takes is as wide as what is
 * sent, a queue holds what a window's credit needs. Readouts read what their layers send.
 */
export function checkStreams(design: Design): void {
  const { stages, streams, model } = design;
  const names = stages.map(({ name }) => name);
  const placeOf = (end: StreamEnd, beyond: number): number => {
    switch (end.kind) {
      case "outside":
        return beyond;
      case "guard":
        return -1;
      case "stage":
        invariant(names.includes(end.name), `a stream joins '${end.name}', which is no stage`);
        return names.indexOf(end.name);
      default:
        return assertNever(end);
    }
  };
  for (const stream of streams) {
    const forward = placeOf(stream.from, -2) < placeOf(stream.to, stages.length);
    invariant(forward, `${nameOf(stream)} leads back`);
    checkRate(stream);
    checkDepth(stream);
  }
  const entering = streams.filter(({ from }) => from.kind === "outside");
  equal("streams that enter the core", entering.length, 1);
  for (const { payload } of entering) equalPayload("the core's input", payload, eventPayload(model.input));
  checkGuard(design);
  for (const stage of stages) {
    const inputs = streams.filter(({ to }) => sameEnd(to, atStage(stage.name)));
    equal(`${stage.name}: streams that it takes`, inputs.length, 1);
    for (const { payload } of inputs) checkInput(stage, payload);
    for (const stream of streams)
      if (sameEnd(stream.from, atStage(stage.name))) checkOutput(stage, stream.payload);
  }
  checkLayers(design);
  for (const stage of readoutStages(design)) {
    const { from } = readoutStreams(design, stage.name).input;
    invariant(sameEnd(from, atStage(stage.readout.layer)), `readout '${stage.name}' reads another layer`);
  }
}

/** A guard takes what enters the core and sends it on as it is; where there is none nothing leads through it. */
function checkGuard({ guard, streams, model }: Design): void {
  const ends = guard === undefined ? 0 : 1;
  const taken = streams.filter(({ to }) => to.kind === "guard");
  const sent = streams.filter(({ from }) => from.kind === "guard");
  equal("guard: streams that it takes", taken.length, ends);
  equal("guard: streams that it sends", sent.length, ends);
  for (const { payload } of [...taken, ...sent])
    equalPayload("the guard's stream", payload, eventPayload(model.input));
  if (guard === undefined) return;
  equal("guard", JSON.stringify(guard), JSON.stringify(inputGuard(model.input)));
  const words = guard.memory?.depth ?? 1;
  invariant(words * guard.cells >= sizeOf(model.input), `guard: ${words} words of ${guard.cells} cells`);
}

/** Spikes go to one place, potentials to each reader where one reads them, in queues that are alike (rtl/layer_output.v). */
function checkLayers(design: Design): void {
  for (const { name, post } of layerStages(design)) {
    const sent = design.streams.filter(({ from }) => sameEnd(from, atStage(name)));
    const { spikes, potentials } = layerStreams(design, name);
    equal(`${name}: streams that it sends`, sent.length, potentials.length + (spikes === undefined ? 0 : 1));
    equal(`${name}: sends potentials`, potentials.length > 0, post.outputs.potential !== undefined);
    for (const { depth } of sent) equal(`${name}: depth of its queues`, depth, sent[0]?.depth ?? 0);
  }
}

const printed = (end: StreamEnd): string => (end.kind === "stage" ? `'${end.name}'` : end.kind);
const nameOf = ({ from, to }: Stream): string => `stream ${printed(from)} -> ${printed(to)}`;

/** Senders and takers of events handle one a cycle (rtl/spike_sender.v, spike_sink.v, event_integrate.v). */
function checkRate(stream: Stream): void {
  const { payload } = stream;
  if (payload.kind === "events") equal(`${nameOf(stream)}: events a beat`, payload.eventsPerBeat, 1);
}

/** What a layer sends waits in a queue (rtl/axis_fifo.v, window_credit.v); at the core's ends and its guard there is none. */
function checkDepth(stream: Stream): void {
  const { from, payload, depth } = stream;
  const where = `${nameOf(stream)}: depth`;
  if (from.kind !== "stage" || payload.kind === "classes") {
    equal(where, depth, 0);
    return;
  }
  invariant(Number.isInteger(Math.log2(depth)), `${where} is ${depth}, must be a power of two`);
  invariant(depth >= LEAST_DEPTH, `${where} is ${depth}, must be at least ${LEAST_DEPTH}`);
}

/** What a stage takes is what its blocks are built for. */
function checkInput(stage: Stage, payload: Payload): void {
  const where = `${stage.name}: its input`;
  switch (stage.kind) {
    case "dense":
    case "event":
      equalPayload(where, payload, eventPayload(stage.layer.input));
      break;
    case "dense-readout":
    case "event-readout":
    case "potential-readout": {
      invariant(payload.kind === "potentials", `${where} is ${payload.kind}, must be potentials`);
      equal(`${where}: lanes`, payload.lanes, stage.lanes);
      const fits = payload.width <= stage.potentialWidth;
      invariant(fits, `${where}: potentials of ${payload.width} bits, ${stage.potentialWidth} fit`);
      break;
    }
    default:
      assertNever(stage);
  }
}

/** What a stage sends is what its blocks make. */
function checkOutput(stage: Stage, payload: Payload): void {
  const where = `${stage.name}: its output`;
  switch (payload.kind) {
    case "events":
      invariant(isLayerStage(stage), `${where} is events`);
      equalPayload(where, payload, eventPayload(stage.layer.sent));
      break;
    case "potentials": {
      invariant(isLayerStage(stage), `${where} is potentials`);
      const lanes = lanesOf(stage.geometry.sentWord);
      equalPayload(where, payload, { kind: "potentials", lanes, width: stage.potentialWidth });
      break;
    }
    case "classes": {
      invariant(!isLayerStage(stage), `${where} is classes`);
      const classBits = addressBits(stage.readout.classes);
      equalPayload(where, payload, { kind: "classes", classBits, votesBits: TICK_BITS });
      break;
    }
    default:
      assertNever(payload);
  }
}

function equalPayload(where: string, have: Payload, need: Payload): void {
  equal(where, JSON.stringify(have), JSON.stringify(need));
}
