import { describe, expect, test } from "vitest";
import { designOf } from "../../emit/testing/design.js";
import {
  type Design,
  type InputGuard,
  isLayerStage,
  type LayerStage,
  type LinearReadoutStage,
  layerStages,
  readoutStages,
  type Stage,
} from "../../ir/design.js";
import { atGuard, atStage, outside, type Payload, type Stream } from "../../ir/stream.js";
import { eventPayload } from "../../mapping/streams.js";
import { smallModel } from "../../testing/small-model.js";
import { checkDesign } from "../check-design.js";
import { checkStreams } from "./streams.js";

/** layer1 -> layer2 -> logits. */
const design = designOf(smallModel());
const [input, guarded, spikes, potentials, classes] = design.streams as [
  Stream,
  Stream,
  Stream,
  Stream,
  Stream,
];

const guard = design.guard as InputGuard;

/** The design with one stream changed. */
const changed = (stream: Stream, change: Partial<Stream>): Design => ({
  ...design,
  streams: design.streams.map((s) => (s === stream ? { ...s, ...change } : s)),
});
const carrying = (stream: Stream, change: object): Design =>
  changed(stream, { payload: { ...stream.payload, ...change } as Payload });
const without = (stream: Stream): Design => ({
  ...design,
  streams: design.streams.filter((s) => s !== stream),
});
const more = (...streams: readonly Stream[]): Design => ({
  ...design,
  streams: [...design.streams, ...streams],
});

const withReadout = (change: Partial<LinearReadoutStage>): Design => ({
  ...design,
  stages: design.stages.map((s) => (isLayerStage(s) ? s : ({ ...s, ...change } as Stage))),
});
const [{ readout }] = readoutStages(design) as [LinearReadoutStage];
const { sent } = (layerStages(design)[1] as LayerStage).layer;

test("what joins the stages of a design", () => {
  expect(design.streams).toMatchObject([
    { from: outside, to: atGuard, payload: { eventsPerBeat: 1 }, depth: 0 },
    { from: atGuard, to: atStage("layer1"), payload: input.payload, depth: 0 },
    { from: atStage("layer1"), to: atStage("layer2"), payload: { kind: "events" }, depth: 32 },
    { from: atStage("layer2"), to: atStage("logits"), payload: { kind: "potentials", lanes: 1 }, depth: 32 },
    { from: atStage("logits"), to: outside, payload: { kind: "classes", classBits: 2 }, depth: 0 },
  ]);
  expect(() => checkStreams(design)).not.toThrow();
});

describe("what is broken is caught", () => {
  const event = { channel: 1, y: 9, x: 1 };
  const cases: readonly (readonly [string, Design])[] = [
    ["joins 'nowhere', which is no stage", changed(spikes, { to: atStage("nowhere") })],
    ["joins 'nowhere', which is no stage", changed(potentials, { from: atStage("nowhere") })],
    ["stream 'layer1' -> 'layer1' leads back", changed(spikes, { to: atStage("layer1") })],
    [
      "stream 'layer2' -> 'layer1' leads back",
      more({ ...spikes, from: atStage("layer2"), to: atStage("layer1") }),
    ],
    ["streams that enter the core is 0, must be 1", without(input)],
    ["streams that enter the core is 2, must be 1", more({ ...input, to: atStage("layer2") })],
    ["layer2: streams that it takes is 0, must be 1", without(spikes)],
    ["layer2: streams that it takes is 2, must be 1", more(spikes)],
    ["logits: streams that it takes is 0, must be 1", without(potentials)],
    ["layer2: streams that it takes is 0", changed(spikes, { to: outside })],
    ["the core's input is", carrying(input, { event })],
    ["layer2: its input is", { ...design, stages: design.stages.map(wider) }],
    ["layer1: its output is", { ...design, stages: design.stages.map(narrower) }],
    ["layer1: its output is", changed(spikes, { payload: potentials.payload })],
    ["layer2: its output is", changed(potentials, { payload: spikes.payload })],
    ["logits: its input is events, must be potentials", changed(potentials, { payload: eventPayload(sent) })],
    ["logits: its input: lanes is 1, must be 2", withReadout({ lanes: 2 })],
    ["layer2: its output is", carrying(potentials, { lanes: 2 })],
    ["potentials of 22 bits, 21 fit", withReadout({ potentialWidth: 21 })],
    ["layer2: its output is", carrying(potentials, { width: 21 })],
    ["logits: its output is", carrying(classes, { classBits: 7 })],
    ["logits: its output is", carrying(classes, { votesBits: 8 })],
    ["layer1: its output is classes", more({ ...classes, from: atStage("layer1") })],
    ["logits: its output is events", changed(classes, { payload: spikes.payload, depth: 32 })],
    ["depth is 24, must be a power of two", changed(spikes, { depth: 24 })],
    ["depth is 0, must be a power of two", changed(potentials, { depth: 0 })],
    ["depth is 1, must be at least 2", changed(potentials, { depth: 1 })],
    ["stream outside -> guard: depth is 16, must be 0", changed(input, { depth: 16 })],
    ["stream guard -> 'layer1': depth is 16, must be 0", changed(guarded, { depth: 16 })],
    ["stream 'logits' -> outside: depth is 2, must be 0", changed(classes, { depth: 2 })],
    ["stream 'layer1' -> 'layer2': events a beat is 2, must be 1", carrying(spikes, { eventsPerBeat: 2 })],
    ["stream outside -> guard: events a beat is 4, must be 1", carrying(input, { eventsPerBeat: 4 })],
    ["stream guard -> guard leads back", changed(guarded, { to: atGuard })],
    ["guard: streams that it takes is 0, must be 1", changed(input, { to: atStage("layer1") })],
    ["guard: streams that it takes is 1, must be 0", { ...design, guard: undefined }],
    ["guard: streams that it sends is 0, must be 1", without(guarded)],
    ["guard: streams that it sends is 2, must be 1", more(guarded)],
    ["the guard's stream is", carrying(guarded, { event })],
    ["guard is {", { ...design, guard: { ...guard, cells: 64 } }],
    ["layer1: streams that it sends is 2, must be 1", more({ ...spikes, to: outside })],
    ["readout 'logits' reads another layer", withReadout({ readout: { ...readout, layer: "layer1" } })],
  ];
  test.each(cases)("%s", (text, broken) => {
    expect(() => checkDesign.run(broken, undefined)).toThrow("compiler bug");
    expect(() => checkStreams(broken)).toThrow(text);
  });
});

/** A stage whose layer takes, or sends, other maps than the stream between them has. */
function wider(stage: Design["stages"][number]) {
  if (!isLayerStage(stage) || stage.name !== "layer2") return stage;
  return { ...stage, layer: { ...stage.layer, input: { ...stage.layer.input, width: 999 } } };
}
function narrower(stage: Design["stages"][number]) {
  if (!isLayerStage(stage) || stage.name !== "layer1") return stage;
  return { ...stage, layer: { ...stage.layer, sent: { ...stage.layer.sent, channels: 999 } } };
}
