import { assertNever, invariant } from "../diagnostics/diagnostic.js";
import type { FixedLayer, FixedLinearReadout, FixedModel, FixedPotentialReadout } from "./fixed.js";
import type { DenseGeometry, EventGeometry, ReadoutGeometry } from "./geometry.js";
import type { FieldsOf, Pipeline, PipelineState } from "./pipeline.js";
import type { Shape } from "./spiking.js";
import { atStage, readoutStreams, type Stream, sameEnd } from "./stream.js";

/**
 * Design: how it is built. Stages joined by streams; a stage has pipelines (scheduled from the element-wise graphs),
 * memories and multipliers, and says how many cycles a tick takes. Executed by Verilator and Icarus on the Verilog
 * that src/emit/ makes of it.
 */

/**
 * What a memory is for. Where a stage has several of a role, they stand in the order of what they hold: states as in
 * the pipeline, tables those of `pre` first, thresholds step by step.
 */
export type MemoryRole =
  | "weights"
  /** Of an event stage: two rows of banks read one memory of two ports, a last row has its own. */
  | "weights-of-two-rows"
  | "weights-of-a-row"
  /** Spikes of a tick, a bit an input. */
  | "input-spikes"
  /** A state before the synapse, behind it. */
  | "trace"
  | "state"
  /** What the synapse reads, where no trace is that. */
  | "operand"
  /** Constants per channel of a pipeline. */
  | "table"
  | "accumulator"
  /** Events that wait for a port. */
  | "port-queue"
  /** What a stage sends: its spikes, and its potentials for each readout. */
  | "spike-queue"
  | "potential-queue"
  | "threshold"
  /** Of a readout on events: what decides whether an activation is zero, and vectors that wait for a slot. */
  | "lowest-threshold"
  | "slot-queue"
  /** Of the guard of the core's input: cells that spiked in a tick, and its stamp. */
  | "spiked-cells";

/** What a memory takes of a device depends on this alone. */
export interface MemoryShape {
  /** `rom2`: a ROM with two read ports. */
  readonly kind: "sdp" | "rom" | "rom2";
  readonly width: number;
  readonly depth: number;
  readonly style: "auto" | "block" | "distributed" | "ultra";
  /** Identical memories (one per lane). */
  readonly copies: number;
}

/** A memory as it is emitted. Contents are made by src/emit; words are in visit order. */
export interface DesignMemory extends MemoryShape {
  /** What reports call it, of its own in its stage. */
  readonly name: string;
  readonly role: MemoryRole;
}

/** What a multiplier is for: the dense engine's sums, a pipeline's products, a readout's sums. */
export type MultiplierRole = "multiply-accumulate" | "pre" | "post" | "readout";

/** Multipliers of one size: widths of two signed numbers. */
export interface DesignMultiplier {
  readonly aWidth: number;
  readonly bWidth: number;
  readonly copies: number;
  readonly role: MultiplierRole;
}

/** Cycles of one tick of a stage, exact while nothing downstream makes it wait. */
export interface StageCycles {
  readonly sweep: number;
  readonly walk: number;
  /** Fill and drain of the pipelines, control. */
  readonly overhead: number;
  readonly total: number;
}

/** What every stage that computes a layer has. */
interface LayerStageBase {
  readonly name: string;
  readonly layer: FixedLayer;
  readonly post: Pipeline;
  /** Bits of the synapse's sums, and of potentials. */
  readonly sumWidth: number;
  readonly potentialWidth: number;
  readonly memories: readonly DesignMemory[];
  readonly multipliers: readonly DesignMultiplier[];
  readonly cycles: StageCycles;
}

/** A layer computed densely: trace, then multiply (3-microarchitecture.md). */
export interface DenseStage extends LayerStageBase {
  readonly kind: "dense";
  readonly geometry: DenseGeometry;
  /** Output channels in parallel; divides the layer's. */
  readonly pe: number;
  /** Input channels in parallel; divides the layer's. */
  readonly simd: number;
  readonly pre: Pipeline;
  readonly operandWidth: number;
  /** 0: the operand is an unsigned spike bit. */
  readonly operandSigned: boolean;
  /** State of `pre` whose memory doubles as operand memory; undefined: the operand has its own. */
  readonly operandState: string | undefined;
}

/** Taps of one event that are added in a cycle: one, a kernel row, the whole patch. */
export type EventTaps = "one" | "row" | "patch";

/** A layer computed where spikes are: scatter each event's weights, then sweep all neurons (3-microarchitecture.md). */
export interface EventStage extends LayerStageBase {
  readonly kind: "event";
  readonly geometry: EventGeometry;
  /** Output channels that an event adds to at once; divides the layer's. */
  readonly channels: number;
  readonly taps: EventTaps;
  /** Events at once. */
  readonly ports: number;
  /** Neurons of the sweep a cycle: a divisor of `channels`, or a multiple: several neighbours in a row. */
  readonly lanes: number;
  /** Sets of accumulators, one for each filter of an event's payload. */
  readonly filters: 1;
  /** Bits of a weight as it is stored: no more than a sum has. */
  readonly weightWidth: number;
  readonly banks: EventBanks;
  /** Whether the next tick's sweep may begin before this one's last results are written. */
  readonly overlaps: boolean;
}

/** How an event stage's accumulators and weights are banked (rtl/event_port.v). */
export interface EventBanks {
  /** Banks along each axis: 1, or the most outputs that one event touches. */
  readonly y: number;
  readonly x: number;
  /** Words of a bank, in each of its two halves. */
  readonly depth: number;
  /** Rotations of a row of weights that are made in logic rather than stored. */
  readonly shift: number;
  /** Rows of weights of a kernel row. */
  readonly aligns: number;
  /** Memory of the accumulators: LUT RAM read and written in a cycle, or block RAM with a registered read. */
  readonly style: "distributed" | "block";
}

/** A stage that computes a layer. */
export type LayerStage = DenseStage | EventStage;

/** Argmax and vote for the logits that are made of one layer's potentials. */
interface ReadoutStageBase {
  readonly name: string;
  /** Neurons of a beat of what it reads, and the width in which their potentials are compared. */
  readonly lanes: number;
  readonly potentialWidth: number;
  readonly sumWidth: number;
  readonly rankWidth: number;
  readonly memories: readonly DesignMemory[];
  readonly multipliers: readonly DesignMultiplier[];
  readonly cycles: StageCycles;
}

/** Threshold search and linear map. */
interface LinearReadoutBase extends ReadoutStageBase {
  readonly readout: FixedLinearReadout;
  readonly geometry: ReadoutGeometry;
  /** Activations a cycle; divides the lanes. */
  readonly acts: number;
}

/** A readout that takes every activation: behind a stage that computes densely. */
export interface DenseReadoutStage extends LinearReadoutBase {
  readonly kind: "dense-readout";
}

/** A readout in which activations that are zero take no cycle: behind a stage on events. */
export interface EventReadoutStage extends LinearReadoutBase {
  readonly kind: "event-readout";
}

/** A readout whose logits are the potentials themselves, collected word by word. */
export interface PotentialReadoutStage extends ReadoutStageBase {
  readonly kind: "potential-readout";
  readonly readout: FixedPotentialReadout;
  /** Words of potentials of a tick. */
  readonly words: number;
}

/** A stage that computes a linear readout. */
export type LinearReadoutStage = DenseReadoutStage | EventReadoutStage;

/** A stage that computes a readout. */
export type ReadoutStage = LinearReadoutStage | PotentialReadoutStage;

/** What a design is made of: a stage computes a layer or a readout. */
export type Stage = LayerStage | ReadoutStage;

/** Which fields of each stage are pipelines, in the order in which they are computed; complete by type. */
export const stagePipelines: {
  readonly [K in Stage["kind"]]: readonly FieldsOf<Extract<Stage, { kind: K }>, Pipeline>[];
} = {
  dense: ["pre", "post"],
  event: ["post"],
  "dense-readout": [],
  "event-readout": [],
  "potential-readout": [],
};

/**
 * What stands at the core's input and lets each cell of the map spike once a tick: later events of a cell and events
 * outside the map are dropped and counted (rtl/event_guard.v). Stages send each neuron once, from counters that stay in
 * the map, so that there is no other.
 */
export interface InputGuard {
  readonly map: Shape;
  /** Cells of a word, a power of two. */
  readonly cells: number;
  /** The words; undefined where one holds all cells, in flip-flops. */
  readonly memory: DesignMemory | undefined;
}

/** A whole design: stages in the order of the data, and the streams that join them. */
export interface Design {
  readonly name: string;
  readonly model: FixedModel;
  /** Undefined: whoever sends is known to send each cell once a tick. */
  readonly guard: InputGuard | undefined;
  readonly stages: readonly Stage[];
  readonly streams: readonly Stream[];
}

/** What a stage does: it computes a layer or a readout. */
export function isLayerStage(stage: Stage): stage is LayerStage {
  switch (stage.kind) {
    case "dense":
    case "event":
      return true;
    case "dense-readout":
    case "event-readout":
    case "potential-readout":
      return false;
    default:
      return assertNever(stage);
  }
}

/** The stages that compute layers, in network order. */
export const layerStages = (design: Design): readonly LayerStage[] => design.stages.filter(isLayerStage);

/** The stages that compute readouts, in the order of the model's readouts. */
export const readoutStages = (design: Design): readonly ReadoutStage[] =>
  design.stages.filter((stage): stage is ReadoutStage => !isLayerStage(stage));

/** The stage whose potentials a readout reads. */
export function sourceOf(design: Design, readout: ReadoutStage): LayerStage {
  const { from } = readoutStreams(design, readout.name).input;
  const found = layerStages(design).find(({ name }) => sameEnd(from, atStage(name)));
  invariant(found !== undefined, `readout '${readout.name}' reads no stage`);
  return found;
}

/** What reports call the kind of a stage. */
export function engineOf(stage: Stage): "dense" | "event" | "readout" {
  return isLayerStage(stage) ? stage.kind : "readout";
}

/** Whether every tick of a stage takes its `cycles.total`, whatever spikes; on events more spikes take more cycles. */
export function isSteady(stage: LayerStage): boolean {
  switch (stage.kind) {
    case "dense":
      return true;
    case "event":
      return false;
    default:
      return assertNever(stage);
  }
}

/** Recurrences of a stage, in the order in which they are computed. */
export function pipelinesOf(stage: Stage): readonly Pipeline[] {
  const fields: readonly string[] = stagePipelines[stage.kind];
  return fields.map((field) => (stage as unknown as Readonly<Record<string, Pipeline>>)[field] as Pipeline);
}

/** States that a stage keeps for each input, before its synapse. */
export function tracesOf(stage: LayerStage): readonly PipelineState[] {
  switch (stage.kind) {
    case "dense":
      return stage.pre.states;
    case "event":
      return [];
    default:
      return assertNever(stage);
  }
}

/** Memories of a stage that have one of these roles, in the order in which the stage lists them. */
export const memoriesOf = (
  { memories }: Pick<Stage, "memories">,
  ...roles: readonly MemoryRole[]
): readonly DesignMemory[] => memories.filter((memory) => roles.includes(memory.role));

/** The one memory of a stage that has this role. */
export function memoryOf(stage: Stage, role: MemoryRole): DesignMemory {
  const [found, ...others] = memoriesOf(stage, role);
  invariant(
    found !== undefined && others.length === 0,
    `stage '${stage.name}' has not one memory of role '${role}'`,
  );
  return found;
}
