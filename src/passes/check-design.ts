import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import {
  type DenseStage,
  type Design,
  type EventStage,
  isLayerStage,
  type LayerStage,
  layerStages,
  type ReadoutStage,
  type Stage,
  sourceOf,
} from "../ir/design.js";
import { rangeOfId } from "../ir/fixed.js";
import type { Net, Pipeline } from "../ir/pipeline.js";
import { sizeOf, sumsOf } from "../ir/spiking.js";
import { layerStreams } from "../ir/stream.js";
import {
  banksOf,
  closeLatency,
  notEventDriven,
  possibleLanes,
  sweepsOverlap,
} from "../mapping/event-stage.js";
import { mergeLatency } from "../mapping/geometry.js";
import { denseCycles, eventSweepCycles, readoutCycles } from "../mapping/latencies.js";
import { kindBehind } from "../mapping/readout-stage.js";
import { widthOf } from "../mapping/widths.js";
import { divides, equal } from "./design-checks/expect.js";
import { checkLayerGeometry, checkReadoutGeometry } from "./design-checks/geometry.js";
import { checkMemories, layerNeeds, readoutNeeds } from "./design-checks/memories.js";
import { checkPipeline } from "./design-checks/pipelines.js";
import { checkStreams } from "./design-checks/streams.js";
import type { Pass } from "./pass.js";

/**
 * Verifies a Design: lanes divide channels, words and groups make up the maps, every operand of a pipeline is there in exactly the cycle in which its
 * operation starts, nets have one source, results leave together, memories hold what they must to the bit, cycles are
 * those of the engines, streams join stages whose ends are as wide as they are. What it finds is a bug of the compiler: it throws.
 *
 * Preserves: everything; gives the design that it got.
 */
export const checkDesign: Pass<Design, Design, undefined> = {
  name: "check-design",
  summary:
    "verifies stages, pipelines, memories and streams; a violation is a bug of the compiler; changes nothing",
  run(design) {
    const names = new Set<string>();
    for (const { name } of design.stages) {
      invariant(!names.has(name), `two stages called '${name}'`);
      names.add(name);
    }
    design.stages.forEach(checkLanes);
    layerStages(design).forEach(checkLayerGeometry);
    checkStreams(design);
    for (const stage of design.stages) {
      switch (stage.kind) {
        case "dense":
          checkDense(stage);
          break;
        case "event":
          checkEvent(stage);
          break;
        case "dense-readout":
        case "event-readout":
        case "potential-readout":
          checkReadout(stage, sourceOf(design, stage));
          break;
        default:
          assertNever(stage);
      }
      if (isLayerStage(stage)) checkMemories(stage, layerNeeds(stage, layerStreams(design, stage.name)));
    }
    return { output: design, diagnostics: [] };
  },
};

/** Lanes divide what they are lanes of; an event stage's are those of whole words. */
function checkLanes(stage: Stage): void {
  const { name } = stage;
  switch (stage.kind) {
    case "dense":
      divides(`${name}.pe`, stage.pe, stage.layer.output.channels);
      divides(`${name}.simd`, stage.simd, stage.layer.input.channels);
      break;
    case "event": {
      const { layer, channels, ports, lanes } = stage;
      divides(`${name}.channels`, channels, layer.output.channels);
      invariant(Number.isInteger(ports) && ports >= 1, `${name}: ${ports} ports`);
      invariant(
        possibleLanes(layer, stage).includes(lanes),
        `${name}: ${lanes} lanes of ${channels} channels`,
      );
      break;
    }
    case "dense-readout":
    case "event-readout":
      divides(`readout '${name}': acts`, stage.acts, stage.lanes);
      break;
    case "potential-readout":
      equal(`readout '${name}': potentials`, stage.words * stage.lanes, stage.readout.classes);
      break;
    default:
      assertNever(stage);
  }
}

function checkNeurons(stage: LayerStage): void {
  const { name, layer } = stage;
  checkPipeline(`${name}.post`, stage.post, layer.output.channels);
  equal(`${name}: width of sums`, stage.sumWidth, widthOf(layer.synapse.range));
  equal(`${name}: spike is a bit`, stage.post.outputs.spike?.bit ?? false, true);
}

/** Accumulators hold every neuron, the synapse sees spikes. */
function checkEvent(stage: EventStage): void {
  const { name, layer, channels, banks } = stage;
  checkNeurons(stage);
  equal(`${name}: reason against events`, notEventDriven(layer) ?? "none", "none");
  equal(`${name}: banks`, JSON.stringify(banks), JSON.stringify(banksOf(layer, stage)));
  const sums = sizeOf(sumsOf(layer));
  const places = banks.y * banks.x * banks.depth * channels;
  invariant(places >= sums, `${name}: ${places} accumulators for ${sums} sums`);
  equal(`${name}: overlap`, stage.overlaps, sweepsOverlap(stage));
  const cycles = eventSweepCycles(stage.geometry.sums.words, closeLatency(stage), stage.overlaps);
  equal(`${name}: cycles`, JSON.stringify(stage.cycles), JSON.stringify(cycles));
}

function checkDense(stage: DenseStage): void {
  const { name, layer } = stage;
  checkNeurons(stage);
  checkPipeline(`${name}.pre`, stage.pre, layer.input.channels);
  checkOperand(stage);
  const cycles = denseCycles({
    words: stage.geometry.inWords,
    beats: stage.geometry.beats,
    simd: stage.simd,
    preLatency: stage.pre.latency,
    mergeLatency: mergeLatency(stage.geometry),
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

function checkReadout(stage: ReadoutStage, source: LayerStage): void {
  const { name, readout } = stage;
  const { low, high } = rangeOfId(source.layer.post, source.layer.post.outputs.potential);
  const width = widthOf({ low, high: high + 1n });
  equal(`readout '${name}': width of potentials`, stage.potentialWidth, width);
  equal(`readout '${name}': width of sums`, stage.sumWidth, widthOf(readout.range));
  const isLinear = stage.kind !== "potential-readout";
  equal(`readout '${name}': kind`, stage.kind, isLinear ? kindBehind(source) : "potential-readout");
  if (isLinear) checkReadoutGeometry(stage, source);
  checkMemories(stage, readoutNeeds(stage));
  const cycles = readoutCycles(isLinear ? stage.geometry.beats : stage.words, readout.classes);
  equal(`readout '${name}': cycles`, JSON.stringify(stage.cycles), JSON.stringify(cycles));
}
