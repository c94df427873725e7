import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import type {
  ChannelTable,
  DenseStage,
  Design,
  DesignMemory,
  EventStage,
  LayerStage,
  Net,
  Pipeline,
  PipelineOp,
  ReadoutStage,
  Source,
} from "../ir/design.js";
import { rangeOfId } from "../ir/fixed.js";
import { sizeOf } from "../ir/spiking.js";
import {
  banksOf,
  closeLatency,
  notEventDriven,
  possibleLanes,
  sweepsOverlap,
  weightDepth,
} from "../mapping/event-stage.js";
import { denseCycles, eventSweepCycles, latencyOf, readoutCycles } from "../mapping/latencies.js";
import { lanesOf } from "../mapping/layout.js";
import { tableNet, widthOf } from "../mapping/schedule.js";
import { neuronVisits, neuronWord, sentWord, sliceGroups, windowVisits } from "../mapping/visits.js";
import type { Pass } from "./pass.js";

/**
 * Verifies a Design: lanes divide channels, every operand of a pipeline is there in exactly the cycle in which its
 * operation starts, nets have one source, results leave together, memories hold what they must to the bit, cycles are
 * those of the engines. What it finds is a bug of the compiler: it throws.
 *
 * Preserves: everything; gives the design that it got.
 */
export const checkDesign: Pass<Design, Design, undefined> = {
  name: "check-design",
  summary: "verifies stages, pipelines and memories; a violation is a bug of the compiler; changes nothing",
  run(design) {
    const layers = new Map<string, LayerStage>();
    for (const stage of design.stages) {
      switch (stage.kind) {
        case "dense":
        case "event":
          invariant(!layers.has(stage.name), `two stages called '${stage.name}'`);
          checkNeurons(stage);
          if (stage.kind === "dense") checkDense(stage);
          else checkEvent(stage);
          layers.set(stage.name, stage);
          break;
        case "readout":
          checkReadout(stage, layers.get(stage.source));
          break;
        default:
          assertNever(stage);
      }
    }
    return { output: design, diagnostics: [] };
  },
};

function equal<T extends string | number | boolean>(what: string, have: T, need: T): void {
  invariant(have === need, `${what} is ${have}, must be ${need}`);
}

function divides(what: string, lanes: number, channels: number): void {
  const sound = Number.isInteger(lanes) && lanes >= 1 && channels % lanes === 0;
  invariant(sound, `${what}: ${lanes} lanes do not divide ${channels}`);
}

function checkNeurons(stage: LayerStage): void {
  const { name, layer } = stage;
  checkPipeline(`${name}.post`, stage.post, layer.output.channels);
  equal(`${name}: width of sums`, stage.sumWidth, widthOf(layer.synapse.range));
  equal(`${name}: spike is a bit`, stage.post.outputs.spike?.bit ?? false, true);
}

/** Accumulators hold every neuron, a row of weights every tap of a kernel row, lanes are those of whole words. */
function checkEvent(stage: EventStage): void {
  const { name, layer, channels, banks, ports, lanes } = stage;
  divides(`${name}.channels`, channels, layer.output.channels);
  invariant(Number.isInteger(ports) && ports >= 1, `${name}: ${ports} ports`);
  equal(`${name}: reason against events`, notEventDriven(layer) ?? "none", "none");
  invariant(possibleLanes(layer, stage).includes(lanes), `${name}: ${lanes} lanes of ${channels} channels`);
  equal(`${name}: banks`, JSON.stringify(banks), JSON.stringify(banksOf(layer, stage)));
  const { output } = layer;
  const places = banks.y * banks.x * banks.depth * channels;
  invariant(places >= sizeOf(output), `${name}: ${places} accumulators for ${sizeOf(output)} neurons`);
  const words = neuronVisits(stage).length;
  const memories = new Map(stage.memories.map((m) => [m.name, m]));
  const check = (memory: string, width: number, depth: number): void =>
    checkMemory(`${name}: memory '${memory}'`, memories.get(memory), width, depth);
  for (const m of stage.memories) check(m.name, m.width, m.depth);
  check("weights", banks.x * channels * stage.weightWidth, weightDepth(stage));
  check("accumulators", channels * stage.sumWidth, banks.depth);
  for (const s of stage.post.states) check(`state ${s.name}`, lanes * s.width, words);
  for (const t of stage.post.tables)
    check(t.name, lanes * t.width, output.channels / neuronWord(stage).channels);
  equal(`${name}: overlap`, stage.overlaps, sweepsOverlap(stage));
  const cycles = eventSweepCycles(words, closeLatency(stage), stage.overlaps);
  equal(`${name}: cycles`, JSON.stringify(stage.cycles), JSON.stringify(cycles));
}

function checkDense(stage: DenseStage): void {
  const { name, layer, pe, simd } = stage;
  divides(`${name}.pe`, pe, layer.output.channels);
  divides(`${name}.simd`, simd, layer.input.channels);
  checkPipeline(`${name}.pre`, stage.pre, layer.input.channels);
  checkOperand(stage);
  checkDenseMemories(stage);
  const words = sizeOf(layer.input) / simd;
  const beats = layer.synapse.weights.length * layer.output.height * layer.output.width;
  const shape = { words, beats: beats / (pe * simd), simd };
  const cycles = denseCycles({
    ...shape,
    preLatency: stage.pre.latency,
    postLatency: stage.post.latency,
  });
  equal(`${name}: cycles`, JSON.stringify(stage.cycles), JSON.stringify(cycles));
}

function checkOperand(stage: DenseStage): void {
  const { name, layer, operandState } = stage;
  const range = rangeOfId(layer.pre, layer.pre.outputs.operand);
  const isSpike = range.low >= 0n && range.high <= 1n;
  equal(`${name}: operand is signed`, stage.operandSigned, !isSpike);
  equal(`${name}: width of the operand`, stage.operandWidth, isSpike ? 1 : widthOf(range));
  if (operandState === undefined) return;
  const state = stage.pre.states.find((s) => s.name === operandState);
  invariant(state !== undefined, `${name}: operand state '${operandState}' is not in pre`);
  const operand = stage.pre.outputs.operand;
  invariant(operand !== undefined, `${name}: pre has no operand`);
  equal(`${name}: operand state`, retyped(stage.pre, state.after), retyped(stage.pre, operand));
  equal(`${name}: width of the operand state`, state.width, stage.operandWidth);
}

/** Name of the net that `net` is only another type of. */
function retyped(p: Pipeline, net: Net): string {
  const op = p.ops.find((o) => o.out.name === net.name);
  return op?.kind === "shift_left" && op.shift === 0 && op.a.kind === "net" ? op.a.net.name : net.name;
}

/** Bits of every memory = elements that it holds · their width. */
function checkDenseMemories(stage: DenseStage): void {
  const { layer, pe, simd } = stage;
  const { weights, weightBits } = layer.synapse;
  const [inputs, neurons] = [sizeOf(layer.input), sizeOf(layer.output)];
  const memories = new Map(stage.memories.map((m) => [m.name, m]));
  equal(`${stage.name}: names of memories`, memories.size, stage.memories.length);
  const check = (name: string, lanes: number, width: number, elements: number): void => {
    checkMemory(`${stage.name}: memory '${name}'`, memories.get(name), lanes * width, elements / lanes);
  };
  for (const m of stage.memories) checkMemory(`${stage.name}: memory '${m.name}'`, m, m.width, m.depth);
  check("weights", pe * simd, weightBits, weights.length);
  for (const s of stage.pre.states) check(`state ${s.name}`, simd, s.width, inputs);
  if (stage.operandState === undefined) check("operand", simd, stage.operandWidth, inputs);
  for (const s of stage.post.states) check(`state ${s.name}`, pe, s.width, neurons);
  for (const t of stage.pre.tables) check(t.name, simd, t.width, layer.input.channels);
  for (const t of stage.post.tables) check(t.name, pe, t.width, layer.output.channels);
}

function checkMemory(what: string, m: DesignMemory | undefined, width: number, depth: number): void {
  invariant(m !== undefined, `${what} is missing`);
  equal(`${what}: width`, m.width, width);
  equal(`${what}: depth`, m.depth, depth);
  const sound = [m.width, m.depth, m.copies].every((n) => Number.isInteger(n) && n >= 1);
  invariant(sound, `${what} is ${m.depth} x ${m.width} x ${m.copies}`);
}

function checkReadout(stage: ReadoutStage, source: LayerStage | undefined): void {
  const { name, readout, acts } = stage;
  invariant(source !== undefined, `readout '${name}' of unknown stage '${stage.source}'`);
  invariant(source.sendsPotentials, `readout '${name}' of '${source.name}', which sends no potentials`);
  equal(`readout '${name}': lanes`, stage.lanes, lanesOf(sentWord(source)));
  divides(`readout '${name}': acts`, acts, stage.lanes);
  const widest = Math.max(source.potentialWidth, stage.potentialWidth);
  equal(`readout '${name}': width of potentials`, stage.potentialWidth, widest);
  equal(`readout '${name}': width of sums`, stage.sumWidth, widthOf(readout.range));
  equal(`readout '${name}': on events`, stage.events, source.kind === "event");
  const beats = windowVisits(source).length;
  const depth = beats * (stage.lanes / acts);
  const check = (memory: string, width: number, words: number, copies: number): void => {
    const found = stage.memories.find((m) => m.name === memory);
    checkMemory(`readout '${name}': memory '${memory}'`, found, width, words);
    equal(`readout '${name}': copies of '${memory}'`, found?.copies ?? 0, copies);
  };
  const column = readout.classes * readout.weightBits;
  if (stage.events) check("weights", column, depth, acts);
  else check("weights", acts * column, depth, 1);
  const groups = sliceGroups(readout, source, acts);
  for (let k = 0; k < readout.activationBits; k++)
    check(`thresholds, step ${k}`, stage.potentialWidth, groups * 2 ** k, acts);
  const cycles = readoutCycles(stage.events ? beats : depth, readout.classes);
  equal(`readout '${name}': cycles`, JSON.stringify(stage.cycles), JSON.stringify(cycles));
}

/** Where a net comes from, and in which cycle it is there. */
interface Defined {
  readonly net: Net;
  readonly ready: number;
}

function checkPipeline(where: string, p: Pipeline, channels: number): void {
  const nets = new Map<string, Defined>();
  const define = (net: Net, ready: number): void => {
    invariant(!nets.has(net.name), `${where}: net '${net.name}' has two sources`);
    invariant(
      net.width >= 1 && (!net.bit || net.width === 1),
      `${where}: net '${net.name}' of ${net.width} bits`,
    );
    nets.set(net.name, { net, ready });
  };
  const read = (net: Net, cycle: number, reader: string): void => {
    const found = nets.get(net.name);
    invariant(found !== undefined, `${where}: ${reader} reads '${net.name}' before its source`);
    equal(`${where}: cycle of '${net.name}' in ${reader}`, found.ready, cycle);
    const same = found.net.width === net.width && found.net.bit === net.bit;
    invariant(same, `${where}: ${reader} reads '${net.name}' as another type than its source has`);
  };
  define(p.input, 0);
  for (const s of p.states) {
    equal(`${where}: width of state '${s.name}'`, s.width, s.before.width);
    define(s.before, 0);
  }
  for (const t of p.tables) checkTable(where, t, channels);
  for (const op of p.ops) {
    for (const source of sourcesOf(op)) {
      if (source.kind === "net") read(source.net, op.start, op.id);
      if (source.kind === "table") readTable(where, p, source, op);
    }
    if (op.kind !== "delay") equal(`${where}: latency of ${op.id}`, op.latency, latencyOf(op.kind));
    else invariant(op.latency >= 1, `${where}: ${op.id} delays by ${op.latency}`);
    define(op.out, op.start + op.latency);
  }
  for (const s of p.states) {
    read(s.after, p.latency, `state '${s.name}'`);
    equal(`${where}: width of the next '${s.name}'`, s.after.width, s.width);
  }
  for (const [name, net] of Object.entries(p.outputs)) read(net, p.latency, `output '${name}'`);
}

function checkTable(where: string, t: ChannelTable, channels: number): void {
  equal(`${where}: words of ${t.name}`, t.values.length, channels);
  for (const v of t.values) {
    const fits = widthOf({ low: v, high: v }) <= t.width;
    invariant(fits, `${where}: ${t.name} holds ${v}, which ${t.width} bits do not`);
  }
}

function readTable(where: string, p: Pipeline, source: Source & { kind: "table" }, op: PipelineOp): void {
  const table = p.tables.find((t) => tableNet(t) === source.table);
  invariant(table !== undefined, `${where}: ${op.id} reads unknown table '${source.table}'`);
  equal(`${where}: cycle of ${source.table} in ${op.id}`, table.start, op.start);
  equal(`${where}: width of ${source.table} in ${op.id}`, source.width, table.width);
}

/** An operation's operands. */
function sourcesOf(op: PipelineOp): readonly Source[] {
  switch (op.kind) {
    case "add":
    case "mul":
      return [op.a, op.b];
    case "shift_left_var":
      return [op.a, op.shift];
    case "select":
      return [op.condition, op.a, op.b];
    case "shift_left":
    case "round_shift":
    case "saturate":
    case "compare":
    case "delay":
      return [op.a];
    default:
      return assertNever(op);
  }
}
