import { assertNever } from "../../../src/diagnostics/diagnostic.js";
import { roundings } from "../../../src/fixed/format.js";
import {
  type DenseStage,
  type EventStage,
  type LayerStage,
  layerStages,
  pipelinesOf,
  type ReadoutStage,
  readoutStages,
  sourceOf,
} from "../../../src/ir/design.js";
import type { FixedLayer } from "../../../src/ir/fixed.js";
import { type Shape, sizeOf, sumsOf } from "../../../src/ir/spiking.js";
import { layerStreams } from "../../../src/ir/stream.js";
import { lanesOf } from "../../../src/mapping/geometry.js";
import type { RandomCase } from "./models.js";
import type { Outcome } from "./run.js";

/**
 * What a random network has and what its run went through: every name here is a corner that the campaign must have
 * reached. Corners of a run (a saturated state, a tie, a stall) are looked up in the golden values.
 */
export function featuresOf(from: RandomCase, { design, golden }: Outcome): ReadonlySet<string> {
  const features = new Set<string>();
  const has = (name: string, holds: boolean): void => {
    if (holds) features.add(name);
  };
  const stages = layerStages(design);
  const readouts = readoutStages(design);
  const { stimulus } = from;
  has(`${stages.length} layers`, true);
  stages.forEach((stage, l) => {
    switch (stage.kind) {
      case "dense":
        denseFeatures(stage, has);
        break;
      case "event":
        eventFeatures(stage, has);
        break;
      default:
        assertNever(stage);
    }
    const layer = from.model.layers[l];
    const statesOf = (s: LayerStage): number => pipelinesOf(s).reduce((n, p) => n + p.states.length, 0);
    const before = stages.slice(0, l).reduce((n, s) => n + statesOf(s), 0);
    [...stage.layer.pre.states, ...stage.layer.post.states].forEach(({ format }, k) => {
      const high = 2 ** (format.width - (format.signed ? 1 : 0)) - 1;
      const full = golden.some((t) => t.states[before + k]?.some((v) => v === high || v === -high - 1));
      has("state at its limit", full && high > 0);
      has("unsigned state", !format.signed);
      has("state of 4 to 12 bits", format.width <= 12);
    });
    const scales = layer?.synapse.weights.kind === "quantised" ? layer.synapse.weights.scale : [];
    const binary = scales.every((s) => Number.isInteger(Math.log2(s)));
    has("scale per channel", scales.length > 1);
    has(binary ? "power-of-two scale" : "float scale", true);
    const sent = (tick: number): number => golden[tick]?.spikes[l]?.reduce((a, b) => a + b, 0) ?? 0;
    // More events than the walk has beats and the queue has places for: the stage must have waited.
    const { spikes } = layerStreams(design, stage.name);
    const places = ((spikes?.depth ?? 0) + 2) * lanesOf(stage.geometry.word);
    const room = stage.cycles.walk + stage.cycles.overhead + places;
    has("stalled by its sender", spikes !== undefined && golden.some((_, t) => sent(t) > room));
  });
  has("no readout", readouts.length === 0);
  has("several readouts", readouts.length > 1);
  const sources = new Set(readouts.map((r) => sourceOf(design, r)));
  has("readouts of several layers", sources.size > 1);
  has("two readouts of a layer", sources.size < readouts.length);
  readouts.forEach((stage, r) => {
    readoutFeatures(stage, has);
    for (const { logits } of golden) {
      const row = Array.from(logits[r] as Float64Array);
      const top = row.flatMap((v, c) => (v === Math.max(...row) ? [stage.readout.rank[c]] : []));
      has("tie of logits", top.length > 1);
      has("tie decided by a bias", new Set(top).size > 1);
      has("tie decided by the index", new Set(top).size < top.length);
    }
    has("burn-in", from.burnIn > 0 && from.burnIn < stimulus.ticks);
    has("burn-in of the whole frame", from.burnIn >= stimulus.ticks);
  });
  for (let sample = 0; sample < stimulus.samples; sample++)
    for (let tick = 0; tick < stimulus.ticks; tick++) {
      const count = stimulus.active(sample, tick).length;
      has("empty tick", count === 0);
      has("full tick", count === sizeOf(stimulus.shape));
    }
  has("frames back to back", stimulus.samples > 1);
  has("frames of one tick", stimulus.ticks === 1);
  has(`input pauses ${from.pauseIn}`, true);
  has(`output pauses ${from.pauseOut}`, true);
  return features;
}

type Has = (name: string, holds: boolean) => void;

/** What only a stage on events has. */
function eventFeatures(stage: EventStage, has: Has): void {
  const { layer, channels, lanes, banks, ports, taps } = stage;
  const { output, pool, currentPool, synapse } = layer;
  const { sums, word, sentWord: sent } = stage.geometry;
  has(`events: taps ${taps}`, true);
  has(`events: ${ports} ports`, true);
  has(`events: ${banks.style}`, true);
  has("events: several groups of channels", channels < output.channels);
  has("events: a slice of the channels", lanes < channels);
  has("events: several columns", word.columns > 1);
  has("events: a word beyond the map", output.width % word.columns !== 0);
  has("events: columns of a window", word.columns > sent.columns);
  has("events: several windows", sent.columns > 1);
  has("events: a window of several words", (pool?.width ?? 1) > word.columns);
  has("events: sums of several rows", (currentPool?.height ?? 1) > 1);
  has("events: columns of sums", sums.word.columns > word.columns);
  has("events: several windows of sums", sums.pooled && sent.columns > 1);
  has("events: windows of sums beyond the map", sums.pooled && output.width % sent.columns !== 0);
  has("events: overlapping sweeps", stage.overlaps);
  has("events: sweeps one by one", !stage.overlaps);
  has("events: strided", synapse.stride[0] * synapse.stride[1] > 1);
  has(
    "events: kernel wider than the map",
    banks.x > 1 && banks.x < Math.ceil(synapse.kernel[1] / synapse.stride[1]),
  );
}

/** All sums of a layer, those that fill no window of a current pool among them. */
function convolved({ input, synapse: { outChannels, kernel, stride, padding } }: FixedLayer): Shape {
  const along = (size: number, axis: 0 | 1): number =>
    Math.floor((size + padding[axis] + (padding[axis + 2] as number) - kernel[axis]) / stride[axis]) + 1;
  return { channels: outChannels, height: along(input.height, 0), width: along(input.width, 1) };
}

function denseFeatures(stage: DenseStage, has: Has): void {
  const { input, output, sent, synapse, currentPool, pool, pre, post } = stage.layer;
  const { kernel, stride, padding } = synapse;
  has(synapse.kind, true);
  for (const axis of [0, 1] as const) {
    has(`stride ${stride[axis]}`, true);
    has("kernel larger than the map", kernel[axis] > (axis === 0 ? input.height : input.width));
    has("asymmetric padding", padding[axis] !== padding[axis + 2]);
  }
  has("rectangular kernel", kernel[0] !== kernel[1]);
  has("rectangular map", input.height !== input.width);
  has("map of 1 x 1", input.height * input.width === 1);
  has("one channel in", input.channels === 1);
  has("one channel out", output.channels === 1);
  has("pool", pool !== undefined && pool.height * pool.width > 1);
  has(
    "pool with a rest",
    pool !== undefined && (output.height % pool.height) + (output.width % pool.width) > 0,
  );
  has("pool of sums", currentPool !== undefined && currentPool.height * currentPool.width > 1);
  has("pool of sums with a rest", sizeOf(convolved(stage.layer)) > sizeOf(sumsOf(stage.layer)));
  has("pooled to 1 x 1", pool !== undefined && sent.height * sent.width === 1);
  has("trace before the synapse", pre.states.length > 0);
  has("operand beside its state", pre.states.length > 0 && stage.operandState === undefined);
  const names = post.states.map((s) => s.name.replace(/.*\./, ""));
  has("trace behind the synapse", names.includes("eps1"));
  has("refractory", names.includes("arp"));
  has("no refractory", !names.includes("arp") && !names.includes("u"));
  has("current", names.includes("i"));
  const loss = post.exprs.some((e) => e.id.startsWith("u_reset"));
  const select = stage.post.ops.some((op) => op.kind === "select");
  has("reset to zero", select);
  has("reset by subtraction", loss && !select);
  has("no reset", names.includes("u") && !loss);
  has("table before the synapse", stage.pre.tables.length > 0);
  has("table behind the synapse", stage.post.tables.length > 0);
  for (const op of [...stage.pre.ops, ...stage.post.ops]) {
    if (op.kind === "round_shift") has(`rounding ${roundings[op.mode]}`, true);
    if (op.kind === "compare") has(op.orEqual ? "threshold >=" : "threshold >", true);
    has(`${op.kind} block`, true);
    has("value over 53 bits", op.out.width > 53);
  }
  has(`pe ${stage.pe}`, true);
  has(`simd ${stage.simd}`, true);
  has("pe between 1 and all", stage.pe > 1 && stage.pe < output.channels);
  has("simd between 1 and all", stage.simd > 1 && stage.simd < input.channels);
}

function readoutFeatures(stage: ReadoutStage, has: Has): void {
  has("readout of potentials", stage.kind === "potential-readout");
  if (stage.kind === "potential-readout") return;
  const { readout, acts, lanes } = stage;
  has("acts 1 of several", acts === 1 && lanes > 1);
  has("acts between 1 and all", acts > 1 && acts < lanes);
  has("acts all of several", acts > 1 && acts === lanes);
  has("readout pooled", (readout.pool?.height ?? 1) * (readout.pool?.width ?? 1) > 1);
  has("readout not pooled", readout.pool === undefined);
  has("one table of thresholds", readout.thresholds.length === 1 && readout.input.channels > 1);
  has("table of thresholds per channel", readout.thresholds.length > 1);
  has(`vote ${readout.vote}`, true);
  has("sums with fractions of biases", readout.fraction.bits > 0);
  has(`${readout.classes} classes`, true);
  has("activation of 1 bit", readout.activationBits === 1);
  has("activation of 8 bits", readout.activationBits === 8);
}

/** All that a campaign should reach, with how often it did: names that are missing stand at 0. */
export function countFeatures(
  sets: readonly ReadonlySet<string>[],
  corners: readonly string[] = wanted,
): ReadonlyMap<string, number> {
  const counts = new Map(corners.map((name) => [name, 0]));
  for (const set of sets) for (const name of set) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const numbered = (name: string, values: readonly (string | number)[]): string[] =>
  values.map((v) => `${name} ${v}`);

/** Corners of stages on events that a few dozen networks reach. */
export const eventCorners: readonly string[] = [
  ...numbered("events: taps", ["one", "row", "patch"]),
  ...[1, 2, 3].map((ports) => `events: ${ports} ports`),
  ...[
    "several groups of channels",
    "a slice of the channels",
    "several columns",
    "a word beyond the map",
    "columns of a window",
    "several windows",
    "a window of several words",
    "sums of several rows",
    "columns of sums",
    "several windows of sums",
    "windows of sums beyond the map",
    "overlapping sweeps",
    "sweeps one by one",
    "strided",
    "kernel wider than the map",
  ].map((corner) => `events: ${corner}`),
  "stalled by its sender",
  "frames back to back",
];

/** Corners that a few dozen networks reach. */
export const wanted: readonly string[] = [
  "1 layers",
  "2 layers",
  "3 layers",
  "conv2d",
  "linear",
  ...numbered("stride", [1, 2, 3]),
  "kernel larger than the map",
  "asymmetric padding",
  "rectangular kernel",
  "rectangular map",
  "map of 1 x 1",
  "one channel in",
  "one channel out",
  "pool",
  "pool with a rest",
  "pool of sums",
  "pool of sums with a rest",
  "pooled to 1 x 1",
  "trace before the synapse",
  "trace behind the synapse",
  "refractory",
  "no refractory",
  "current",
  "reset to zero",
  "reset by subtraction",
  "no reset",
  "table before the synapse",
  "table behind the synapse",
  ...numbered("rounding", roundings),
  "threshold >=",
  "threshold >",
  "state at its limit",
  "unsigned state",
  "state of 4 to 12 bits",
  "scale per channel",
  "power-of-two scale",
  "float scale",
  "value over 53 bits",
  ...numbered("pe", [1, 2, 3, 5, 6, 10, 12]),
  ...numbered("simd", [1, 2, 3, 5, 6]),
  "pe between 1 and all",
  "simd between 1 and all",
  "acts 1 of several",
  "acts between 1 and all",
  "acts all of several",
  "readout pooled",
  "readout not pooled",
  "one table of thresholds",
  "table of thresholds per channel",
  ...numbered("vote", ["majority", "sum", "last"]),
  "sums with fractions of biases",
  "burn-in",
  "burn-in of the whole frame",
  "several readouts",
  "readouts of several layers",
  "two readouts of a layer",
  "2 classes",
  "12 classes",
  "tie of logits",
  "tie decided by a bias",
  "tie decided by the index",
  "activation of 1 bit",
  "activation of 8 bits",
  "no readout",
  "stalled by its sender",
  "empty tick",
  "full tick",
  "frames back to back",
  "frames of one tick",
  ...numbered("input pauses", [0, 1, 2]),
  ...numbered("output pauses", [0, 1, 2]),
];
