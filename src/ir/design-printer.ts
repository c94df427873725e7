import { assertNever } from "../diagnostics/diagnostic.js";
import { roundings } from "../fixed/format.js";
import type {
  DenseStage,
  Design,
  DesignMemory,
  DesignMultiplier,
  EventStage,
  InputGuard,
  LayerStage,
  LinearReadoutStage,
  MemoryRole,
  MultiplierRole,
  PotentialReadoutStage,
  Stage,
  StageCycles,
} from "./design.js";
import { printIntegers } from "./fixed-printer.js";
import type { NeuronGeometry, Word } from "./geometry.js";
import type { Net, Pipeline, PipelineOp, Source } from "./pipeline.js";
import { printShape } from "./spiking-printer.js";
import type { Payload, Stream, StreamEnd } from "./stream.js";

/** `u1` for a bit, `s24` for a number. */
const printType = (net: Net): string => `${net.bit ? "u" : "s"}${net.width}`;

const printNet = (net: Net): string => `${net.name} : ${printType(net)}`;

function printSource(source: Source): string {
  switch (source.kind) {
    case "net":
      return source.net.name;
    case "literal":
      return String(source.value);
    case "table":
      return source.table;
    default:
      return assertNever(source);
  }
}

function printOp(op: PipelineOp): string {
  const a = printSource(op.a);
  switch (op.kind) {
    case "add":
      return `${a} ${op.subtract ? "-" : "+"} ${printSource(op.b)}`;
    case "mul":
      return `${a} * ${printSource(op.b)}`;
    case "shift_left":
      return `${a} << ${op.shift}`;
    case "shift_left_var":
      return `${a} << ${printSource(op.shift)}`;
    case "round_shift":
      return `${a} >> ${op.shift} ${roundings[op.mode] ?? `mode ${op.mode}`}`;
    case "saturate":
      return `sat ${a} to ${op.low}..${op.high}`;
    case "compare":
      return `${a} ${op.orEqual ? ">=" : ">"} 0`;
    case "select":
      return `${printSource(op.condition)} ? ${a} : ${printSource(op.b)}`;
    case "delay":
      return `${a} delayed ${op.latency}`;
    default:
      return assertNever(op);
  }
}

function printPipeline(name: string, p: Pipeline): readonly string[] {
  const outputs = Object.entries(p.outputs).map(([output, net]) => `${output} = ${net.name}`);
  return [
    `  ${name}: input ${printNet(p.input)}, ${outputs.join(", ")} after ${p.latency} cycles`,
    ...p.states.map((s) => `    state '${s.name}' ${printNet(s.before)} -> ${s.after.name}`),
    ...p.tables.map((t) => `    @${t.start} table ${t.name} : s${t.width} = ${printIntegers(t.values)}`),
    ...p.ops.map((op) => `    @${op.start} ${op.out.name} = ${printOp(op)} : ${printType(op.out)}`),
  ];
}

const times = (copies: number): string => (copies === 1 ? "" : ` x${copies}`);

/** What reports say that a memory of a role holds. */
export const memoryTexts: { readonly [R in MemoryRole]: string } = {
  weights: "weights",
  "weights-of-two-rows": "weights of two rows of banks",
  "weights-of-a-row": "weights of a row of banks",
  "input-spikes": "input spikes of a tick",
  trace: "trace, per input",
  state: "state, per neuron",
  operand: "what the synapse reads",
  table: "constants per channel",
  accumulator: "sums of a tick: two halves a bank and port",
  "port-queue": "events that wait",
  "spike-queue": "queue",
  "potential-queue": "a queue per readout",
  threshold: "thresholds",
  "lowest-threshold": "lowest thresholds",
  "slot-queue": "queue of vectors",
  "spiked-cells": "cells that spiked in a tick, and its stamp",
};

/** What reports say that multipliers of a role compute. */
export const multiplierTexts: { readonly [R in MultiplierRole]: string } = {
  "multiply-accumulate": "multiply-accumulate",
  pre: "pre",
  post: "post",
  readout: "activation × weight",
};

const printMemory = (m: DesignMemory): string =>
  `  memory '${m.name}' ${m.kind} ${m.depth}x${m.width}${times(m.copies)} ${m.style}: ${memoryTexts[m.role]}`;

const printMultiplier = (m: DesignMultiplier): string =>
  `  multiplier ${m.aWidth}x${m.bWidth}${times(m.copies)}: ${multiplierTexts[m.role]}`;

const printCycles = (c: StageCycles): string =>
  `  cycles ${c.total} = sweep ${c.sweep} + walk ${c.walk} + overhead ${c.overhead}`;

const printParts = (stage: Stage): readonly string[] => [
  printCycles(stage.cycles),
  ...stage.memories.map(printMemory),
  ...stage.multipliers.map(printMultiplier),
];

const printShapes = ({ kind, name, layer }: LayerStage): string =>
  `${kind} '${name}' ${printShape(layer.input)} -> ${printShape(layer.output)} -> ${printShape(layer.sent)}`;

const printWord = ({ channels, columns }: Word): string =>
  columns === 1 ? `${channels}` : `${channels} x ${columns}`;

/** Words of sums, where windows of them become neurons. */
const printSums = (g: NeuronGeometry): string =>
  g.sums.pooled ? `${g.sums.words} words of ${printWord(g.sums.word)} sums to ` : "";

/** Words of neurons, and of what is sent. */
const printNeurons = (g: NeuronGeometry): string =>
  `${printSums(g)}${g.words} words of ${printWord(g.word)} in ${g.groups} groups, sent ${g.sentWords} of ${printWord(g.sentWord)}`;

const printEnd = (end: StreamEnd): string => (end.kind === "stage" ? `'${end.name}'` : end.kind);

function printPayload(payload: Payload): string {
  switch (payload.kind) {
    case "events": {
      const { channel, y, x } = payload.event;
      return `events {channel u${channel}, y u${y}, x u${x}}, ${payload.eventsPerBeat} a beat`;
    }
    case "potentials":
      return `potentials s${payload.width}, ${payload.lanes} a beat`;
    case "classes":
      return `classes u${payload.classBits} with votes u${payload.votesBits}`;
    default:
      return assertNever(payload);
  }
}

const printStream = ({ from, to, payload, depth }: Stream): string =>
  `stream ${printEnd(from)} -> ${printEnd(to)}: ${printPayload(payload)}, ${depth === 0 ? "no queue" : `queue of ${depth}`}`;

function printGuard({ map, cells, memory }: InputGuard): readonly string[] {
  const where = memory === undefined ? "flip-flops" : "words";
  return [
    `guard ${printShape(map)}: ${cells} cells in ${where}`,
    ...(memory === undefined ? [] : [printMemory(memory)]),
  ];
}

function printEvent(s: EventStage): readonly string[] {
  const { banks, geometry: g } = s;
  return [
    printShapes(s),
    `  channels ${s.channels} taps ${s.taps} ports ${s.ports} lanes ${s.lanes} filters ${s.filters}, weight s${s.weightWidth}, sum s${s.sumWidth}`,
    `  geometry ${printNeurons(g)}, ${g.eventGroups} groups an event of ${g.slices} slices, weights ${g.weightWords} words`,
    `  banks ${banks.y}x${banks.x} of ${banks.depth} words ${banks.style}, shift ${banks.shift}, ${banks.aligns} rows of weights, sweeps ${s.overlaps ? "overlap" : "don't overlap"}`,
    ...printPipeline("post", s.post),
    ...printParts(s),
  ];
}

function printDense(s: DenseStage): readonly string[] {
  const g = s.geometry;
  const operand = `operand ${s.operandSigned ? "s" : "u"}${s.operandWidth}`;
  return [
    printShapes(s),
    `  lanes pe ${s.pe} simd ${s.simd}, ${operand}${s.operandState === undefined ? "" : ` from '${s.operandState}'`}, sum s${s.sumWidth}`,
    `  geometry ${printNeurons(g)}, inputs ${g.inWords} of ${printWord(g.inWord)} in ${g.inGroups} groups, ${g.taps} beats a word, weights ${g.weightWords} words`,
    ...printPipeline("pre", s.pre),
    ...printPipeline("post", s.post),
    ...printParts(s),
  ];
}

/** What a readout does with activations that are zero. */
function printZeros(s: LinearReadoutStage): string {
  switch (s.kind) {
    case "dense-readout":
      return "";
    case "event-readout":
      return " without zeros";
    default:
      return assertNever(s);
  }
}

function printPotentials(s: PotentialReadoutStage): readonly string[] {
  return [
    `readout '${s.name}': ${s.readout.classes} classes, vote ${s.readout.vote}`,
    `  potentials of ${s.words} words of ${s.lanes} lanes, sum s${s.sumWidth}, rank u${s.rankWidth}`,
    ...printParts(s),
  ];
}

function printReadout(s: LinearReadoutStage): readonly string[] {
  const g = s.geometry;
  return [
    `readout '${s.name}': ${s.readout.classes} classes, vote ${s.readout.vote}`,
    `  lanes ${s.lanes} acts ${s.acts}${printZeros(s)}, potential s${s.potentialWidth}, sum s${s.sumWidth}, rank u${s.rankWidth}`,
    `  geometry ${g.words} words of ${g.slices} slices, ${g.tables} tables of thresholds`,
    ...printParts(s),
  ];
}

function printStage(stage: Stage): readonly string[] {
  switch (stage.kind) {
    case "dense":
      return printDense(stage);
    case "event":
      return printEvent(stage);
    case "dense-readout":
    case "event-readout":
      return printReadout(stage);
    case "potential-readout":
      return printPotentials(stage);
    default:
      return assertNever(stage);
  }
}

/**
 * A Design as stable text (`--emit design`): its streams, the guard of its input, then per stage its lanes, geometry,
 * pipelines (an operation a line, with the cycle in which it starts), exact cycles, memories as depth x width, and
 * multipliers. No places, no dates.
 */
export function printDesign(design: Design): string {
  const { name, guard, streams, stages } = design;
  const lines = [
    `design '${name}'`,
    ...streams.map(printStream),
    ...(guard === undefined ? [] : printGuard(guard)),
    ...stages.flatMap(printStage),
  ];
  return `${lines.join("\n")}\n`;
}
