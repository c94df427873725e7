import { assertNever, invariant } from "../../diagnostics/diagnostic.js";
import {
  type DenseStage,
  type EventStage,
  isLayerStage,
  type LayerStage,
  type LinearReadoutStage,
  type MemoryRole,
  memoriesOf,
  type ReadoutStage,
  type Stage,
} from "../../ir/design.js";
import { sizeOf } from "../../ir/spiking.js";
import { eventBitsOf, type LayerStreams } from "../../ir/stream.js";
import { PORT_QUEUE } from "../../mapping/event-stage.js";
import { lanesOf } from "../../mapping/geometry.js";
import { GATHER_DEPTH } from "../../mapping/readout-stage.js";
import { addressBits } from "../../mapping/widths.js";
import { equal } from "./expect.js";

/** A memory that a stage must have: as many words of so many bits, and `copies` of it. */
export interface MemoryNeed {
  readonly role: MemoryRole;
  readonly width: number;
  readonly depth: number;
  readonly copies: number;
}

const need = (role: MemoryRole, width: number, depth: number, copies = 1): MemoryNeed => ({
  role,
  width,
  depth,
  copies,
});

/** Memories of a stage that computes a layer. */
export function layerNeeds(stage: LayerStage, streams: LayerStreams): readonly MemoryNeed[] {
  const queues = queueNeeds(stage, streams);
  switch (stage.kind) {
    case "dense":
      return [...denseNeeds(stage), ...queues];
    case "event":
      return [...eventNeeds(stage, streams), ...queues];
    default:
      return assertNever(stage);
  }
}

/** Bits of every memory = elements that it holds · their width. */
function denseNeeds(stage: DenseStage): readonly MemoryNeed[] {
  const { layer, pe, simd, pre, post } = stage;
  const { weights, weightBits } = layer.synapse;
  const [inputs, neurons] = [sizeOf(layer.input), sizeOf(layer.output)];
  const { channels, height, width } = layer.input;
  const packed = addressBits(channels / simd) + addressBits(height) + addressBits(width);
  return [
    need("weights", pe * simd * weightBits, weights.length / (pe * simd)),
    need("input-spikes", 1, 2 ** packed, simd),
    ...pre.states.map((s) => need("trace", simd * s.width, inputs / simd)),
    ...(stage.operandState === undefined ? [need("operand", simd * stage.operandWidth, inputs / simd)] : []),
    ...post.states.map((s) => need("state", pe * s.width, neurons / pe)),
    ...pre.tables.map((t) => need("table", simd * t.width, layer.input.channels / simd)),
    ...post.tables.map((t) => need("table", pe * t.width, layer.output.channels / pe)),
  ];
}

/** A row of weights has every tap of a kernel row; accumulators stand in two halves. */
function eventNeeds(stage: EventStage, { input }: LayerStreams): readonly MemoryNeed[] {
  const { channels, ports, banks, post } = stage;
  const { word, groups, words, weightWords } = stage.geometry;
  const lanes = lanesOf(word);
  const row = banks.x * channels * stage.weightWidth;
  const [pairs, single] = [ports * Math.floor(banks.y / 2), ports * (banks.y % 2)];
  return [
    ...(pairs > 0 ? [need("weights-of-two-rows", row, weightWords, pairs)] : []),
    ...(single > 0 ? [need("weights-of-a-row", row, weightWords, single)] : []),
    need("accumulator", channels * stage.sumWidth, banks.depth, 2 * ports * banks.y * banks.x),
    need("port-queue", eventBitsOf(input.payload.event), PORT_QUEUE, ports),
    ...post.states.map((s) => need("state", lanes * s.width, words)),
    ...post.tables.map((t) => need("table", lanes * t.width, groups)),
  ];
}

/** Queues of what a stage sends: a vector of spikes with its place, a vector of potentials, each with `last` and `user`. */
function queueNeeds(stage: LayerStage, { spikes, potentials }: LayerStreams): readonly MemoryNeed[] {
  const lanes = lanesOf(stage.geometry.sentWord);
  const vector = 2 + lanes * stage.potentialWidth;
  const [first] = potentials;
  return [
    ...(spikes === undefined
      ? []
      : [need("spike-queue", 2 + eventBitsOf(spikes.payload.event) + lanes, spikes.depth)]),
    ...(first === undefined ? [] : [need("potential-queue", vector, first.depth, potentials.length)]),
  ];
}

/** Memories of a readout: weights of every place that its source sends, a tree of thresholds an activation. */
export function readoutNeeds(stage: ReadoutStage): readonly MemoryNeed[] {
  return stage.kind === "potential-readout" ? [] : linearNeeds(stage);
}

function linearNeeds(stage: LinearReadoutStage): readonly MemoryNeed[] {
  const { readout, acts, lanes, potentialWidth } = stage;
  const { words, slices, tables, vectors } = stage.geometry;
  const column = readout.classes * readout.weightBits;
  const tag = addressBits(words) + addressBits(vectors);
  const steps = Array.from({ length: readout.activationBits }, (_, k) =>
    need("threshold", potentialWidth, tables * 2 ** k, acts),
  );
  switch (stage.kind) {
    case "dense-readout":
      return [need("weights", acts * column, words * slices), ...steps];
    case "event-readout":
      return [
        need("weights", column, words * slices, acts),
        need("lowest-threshold", lanes * potentialWidth, vectors),
        need("slot-queue", slices * (potentialWidth + 1) + tag, GATHER_DEPTH, acts),
        ...steps,
      ];
    default:
      return assertNever(stage);
  }
}

/** A stage has the memories that it needs and no others; those of a role stand in the order of `needs`. */
export function checkMemories(stage: Stage, needs: readonly MemoryNeed[]): void {
  const where = isLayerStage(stage) ? stage.name : `readout '${stage.name}'`;
  const names = new Set(stage.memories.map((m) => m.name));
  equal(`${where}: names of memories`, names.size, stage.memories.length);
  for (const role of new Set([...needs, ...stage.memories].map((m) => m.role))) {
    const found = memoriesOf(stage, role);
    const wanted = needs.filter((need) => need.role === role);
    equal(`${where}: number of memories of role '${role}'`, found.length, wanted.length);
    wanted.forEach((need, i) => {
      const memory = found[i];
      invariant(memory !== undefined, `${where}: no memory of role '${role}'`);
      for (const key of ["width", "depth", "copies"] as const)
        equal(`${where}: memory '${memory.name}': ${key}`, memory[key], need[key]);
    });
  }
}
