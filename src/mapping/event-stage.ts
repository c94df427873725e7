import type { DesignMemory, EventBanks, EventStage, EventTaps } from "../ir/design.js";
import type { FixedLayer } from "../ir/fixed.js";
import { sumsOf } from "../ir/spiking.js";
import { eventBitsOf } from "../ir/stream.js";
import { divisorsOf } from "./divisors.js";
import { eventGeometry, lanesOf, mergeLatency, visitedPool } from "./geometry.js";
import { eventSweepCycles } from "./latencies.js";
import { multipliers, queues, ram, tables } from "./parts.js";
import { schedulePipeline } from "./schedule.js";
import { eventPayload, sentStreams, type Targets } from "./streams.js";
import { windowsOf } from "./visits.js";
import { widthOf } from "./widths.js";

/** Parallelism of an event stage. */
export interface EventShape {
  readonly channels: number;
  readonly taps: EventTaps;
  readonly ports: number;
  readonly lanes: number;
}

/** Events that wait in each port (rtl/event_integrate.v). */
export const PORT_QUEUE = 4;

/** Rotations of a row of weights made in logic: a choice of four fits a LUT6 (docs/event-blocks.md). */
const LOGIC_ROTATIONS = 4;

/** Words of a ROM that are a LUT a bit. */
const LUT_ROM_WORDS = 64;

/** Words of a half from which accumulators stand in block RAM. */
const BLOCK_DEPTH = 65;

/** Why a layer can't be computed on events, or undefined: the synapse must see the spikes themselves. */
export function notEventDriven({ pre }: FixedLayer): string | undefined {
  const operand = pre.exprs.find((e) => e.id === pre.outputs.operand);
  if (pre.states.length > 0) return `'${pre.states[0]?.name}' stands before its synapse`;
  if (operand?.kind !== "input") return "its synapse reads something else than spikes";
  return undefined;
}

/** Most outputs along each axis that one event touches: ⌈K/S⌉, but no more than there are. */
export function reachOf(layer: FixedLayer): readonly [y: number, x: number] {
  const output = sumsOf(layer);
  const [kh, kw] = layer.synapse.kernel;
  const [sh, sw] = layer.synapse.stride;
  return [Math.min(Math.ceil(kh / sh), output.height), Math.min(Math.ceil(kw / sw), output.width)];
}

/** Lanes that an event stage of `channels` channels at once can have. */
export function possibleLanes(layer: FixedLayer, { channels, taps }: Omit<EventShape, "lanes">): number[] {
  const pool = visitedPool(layer)?.width ?? 1;
  const most = taps === "one" ? 1 : reachOf(layer)[1];
  const columns = Array.from({ length: most }, (_, i) => i + 1).filter(
    (m) => m % pool === 0 || pool % m === 0,
  );
  return [...divisorsOf(channels), ...columns.slice(1).map((m) => m * channels)];
}

/** Banks of accumulators and rows of weights (rtl/event_axis.v, rtl/event_port.v). */
export function banksOf(layer: FixedLayer, { channels, taps }: Omit<EventShape, "lanes">): EventBanks {
  const { synapse, input } = layer;
  const output = sumsOf(layer);
  const [reachY, reachX] = reachOf(layer);
  const [y, x] = [taps === "patch" ? reachY : 1, taps === "one" ? 1 : reachX];
  const span = Math.ceil(synapse.kernel[1] / synapse.stride[1]);
  // Where a kernel is wider than the map, rows are stored for each column of the input: nothing is left to turn.
  const shift = x < span ? 1 : Math.min(LOGIC_ROTATIONS, x);
  const depth = Math.ceil(output.height / y) * Math.ceil(output.width / x) * (output.channels / channels);
  const aligns =
    x === 1 ? synapse.kernel[1] : x < span ? input.width : synapse.stride[1] * Math.ceil(x / shift);
  return { y, x, depth, shift, aligns, style: depth < BLOCK_DEPTH ? "distributed" : "block" };
}

/** Cycles from a read of accumulators to the sums, lane by lane (rtl/event_integrate.v, and the choice of a slice). */
export const sumLatency = (stage: Pick<EventStage, "ports" | "channels" | "lanes">): number =>
  4 + Math.ceil(Math.log2(stage.ports)) + (stage.lanes < stage.channels ? 1 : 0);

/** Cycles that a window's columns and rows take to merge (rtl/pool_columns.v, rtl/pool_merge.v). */
export const poolLatency = ({ geometry: { word, sentWord } }: EventStage): number =>
  word.columns > sentWord.columns ? 2 : 1;

/** Cycles from a beat of the sweep to the pulse that closes the tick, if the beat is its last. */
export const closeLatency = (stage: EventStage): number =>
  sumLatency(stage) + mergeLatency(stage.geometry) + stage.post.latency + poolLatency(stage) + 1;

/**
 * Whether a tick's sweep may begin before the one before has closed: if it closes before this one's last window begins,
 * since a queue keeps one place for a closing beat (rtl/window_credit.v). States are then written before they are read.
 */
export function sweepsOverlap(stage: EventStage): boolean {
  const before = windowsOf(stage)
    .slice(0, -1)
    .reduce((beats, { words }) => beats + words, 0);
  return before + 2 > closeLatency(stage);
}

/** A layer on events. `shape` must be possible: channels divide the layer's, lanes are among `possibleLanes`. */
export function eventStage(layer: FixedLayer, shape: EventShape, targets: Targets): EventStage {
  const { spike, potential } = layer.post.outputs;
  const post = schedulePipeline(
    { ...layer.post, outputs: targets.readouts.length > 0 ? { spike, potential } : { spike } },
    "number",
  );
  const sumWidth = widthOf(layer.synapse.range);
  const banks = banksOf(layer, shape);
  const geometry = eventGeometry(layer, shape, banks);
  const stage: EventStage = {
    kind: "event",
    geometry,
    name: layer.name,
    layer,
    ...shape,
    filters: 1,
    weightWidth: Math.min(layer.synapse.weightBits, sumWidth),
    banks,
    post,
    sumWidth,
    potentialWidth: post.outputs.potential?.width ?? 1,
    overlaps: false,
    memories: [],
    multipliers: multipliers(post, lanesOf(geometry.word), "post"),
    cycles: { sweep: 0, walk: 0, overhead: 0, total: 0 },
  };
  const overlaps = sweepsOverlap(stage);
  return {
    ...stage,
    overlaps,
    memories: eventMemories(stage, targets),
    cycles: eventSweepCycles(geometry.sums.words, closeLatency(stage), overlaps),
  };
}

/**
 * Memories of the weights (rtl/weight_rom.v): two rows of banks read one memory, a last one has its own. Yosys would
 * put two large reads into LUTs, so the style says block; up to 64 words are a LUT a bit anyway.
 */
function weightMemories(stage: EventStage): readonly DesignMemory[] {
  const { banks, ports } = stage;
  const [pairs, single] = [Math.floor(banks.y / 2), banks.y % 2];
  const shape = {
    width: banks.x * stage.channels * stage.weightWidth,
    depth: stage.geometry.weightWords,
    style: weightStyle(stage),
  };
  const shared = { name: "weights", kind: "rom2", ...shape, copies: ports * pairs } as const;
  const own = {
    name: pairs > 0 ? "weights, last row" : "weights",
    kind: "rom",
    ...shape,
    copies: ports,
  } as const;
  return [
    ...(pairs > 0 ? [{ ...shared, role: "weights-of-two-rows" as const }] : []),
    ...(single > 0 ? [{ ...own, role: "weights-of-a-row" as const }] : []),
  ];
}

/** Style of an event stage's weight memories: WEIGHT_STYLE of rtl/event_integrate.v. */
export const weightStyle = (stage: EventStage): DesignMemory["style"] =>
  stage.banks.y > 1 && stage.geometry.weightWords > LUT_ROM_WORDS ? "block" : "auto";

function eventMemories(stage: EventStage, targets: Targets): readonly DesignMemory[] {
  const { layer, channels, ports, banks, post } = stage;
  const { word, words, groups, sentWord } = stage.geometry;
  const lanes = lanesOf(word);
  return [
    ...weightMemories(stage),
    {
      ...ram("accumulators", channels * stage.sumWidth, banks.depth, "accumulator", banks.style),
      copies: 2 * ports * banks.y * banks.x,
    },
    {
      ...ram(
        "port queue",
        eventBitsOf(eventPayload(layer.input).event),
        PORT_QUEUE,
        "port-queue",
        "distributed",
      ),
      copies: ports,
    },
    ...post.states.map((s) => ram(`state ${s.name}`, lanes * s.width, words, "state")),
    ...tables(post, lanes, groups),
    ...queues(sentStreams(stage, targets), lanesOf(sentWord)),
  ];
}
