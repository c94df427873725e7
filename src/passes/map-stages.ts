import { type Diagnostic, diagnostic } from "../diagnostics/diagnostic.js";
import type { Design, EventTaps, LayerStage, ReadoutStage } from "../ir/design.js";
import type { FixedLayer, FixedModel, FixedReadout } from "../ir/fixed.js";
import { chooseParallelism, type LayerWork } from "../mapping/balance.js";
import { denseStage } from "../mapping/dense-stage.js";
import { divisorsOf } from "../mapping/divisors.js";
import {
  type EventShape,
  eventStage,
  notEventDriven,
  possibleLanes,
  reachOf,
} from "../mapping/event-stage.js";
import { lanesOf } from "../mapping/layout.js";
import { readoutStage } from "../mapping/readout-stage.js";
import { sentWord } from "../mapping/visits.js";
import type { Choice } from "./choice.js";
import type { Pass } from "./pass.js";

/** A number of lanes, or the compiler's choice. */
export type Lanes = number | "auto";

/** How a layer is computed; what isn't given is what the whole network has. */
export interface LayerMapping {
  /** `event` computes only where spikes are; `auto` does so where the synapse sees spikes. */
  readonly engine?: "dense" | "event" | "auto" | undefined;
  /** Dense: output channels (`pe`) and input channels (`simd`) in parallel. */
  readonly pe?: Lanes | undefined;
  readonly simd?: Lanes | undefined;
  /** Event: output channels and taps that an event adds to at once, events at once, neurons of the sweep at once. */
  readonly channels?: Lanes | undefined;
  readonly taps?: EventTaps | "auto" | undefined;
  readonly ports?: number | undefined;
  readonly lanes?: Lanes | undefined;
}

export interface MapOptions extends LayerMapping {
  readonly pe: Lanes;
  readonly simd: Lanes;
  readonly layers: Readonly<Record<string, LayerMapping>>;
  /** Activations a cycle of a readout. */
  readonly acts: Lanes;
  /** Cycles that a tick may take; without it, multipliers are dealt out until `multiplierBudget` is used. */
  readonly targetCyclesPerTick: number | undefined;
  readonly multiplierBudget: number;
}

/**
 * Maps layers to dense or event stages and readouts to readout stages: lanes, pipelines, memories, multipliers, cycles.
 *
 * Preserves: meaning; a stage computes exactly the integers of its layer.
 */
export const mapStages: Pass<FixedModel, Design, MapOptions> = {
  name: "map-stages",
  summary: "chooses engines, lanes and memories, and states the cycles a tick takes; changes no value",
  run(model, options) {
    const choices: Choice[] = [];
    const diagnostics: Diagnostic[] = [];
    const events = model.layers.map((layer) => isEventDriven(layer, options, choices, diagnostics));
    model.layers.forEach((layer, l) => {
      diagnostics.push(...warnOfUnused(layer, events[l] === true, options));
    });
    const densely = model.layers.filter((_, l) => !events[l]);
    const work = densely.map((layer) => layerWork(layer, options, diagnostics));
    const lanes = chooseParallelism(work, options);
    const stages = model.layers.map((layer, l): LayerStage => {
      const readers = model.readouts.filter((r) => r.layer === layer.name).length;
      // The last layer's spikes leave the core only where no readout takes its place.
      const sendsSpikes = l + 1 < model.layers.length || model.readouts.length === 0;
      if (events[l]) return eventStage(layer, eventShape(layer, options, diagnostics), sendsSpikes, readers);
      const { pe, simd } = lanes[densely.indexOf(layer)] as { pe: number; simd: number };
      return denseStage(layer, pe, simd, sendsSpikes, readers);
    });
    // After an error stages stand as if nothing had been asked for: what acts divides isn't known.
    const acts = diagnostics.some(({ severity }) => severity === "error") ? "auto" : options.acts;
    const readouts = model.readouts.map((readout) => {
      const source = stages.find((stage) => stage.name === readout.layer) as LayerStage;
      return mapReadout(readout, source, acts, diagnostics);
    });
    return { output: { name: model.name, model, stages: [...stages, ...readouts] }, choices, diagnostics };
  },
};

/** Whether a layer is computed on events: as it is asked for, or, with `auto`, where that is possible. */
function isEventDriven(
  layer: FixedLayer,
  options: MapOptions,
  choices: Choice[],
  diagnostics: Diagnostic[],
): boolean {
  const engine = options.layers[layer.name]?.engine ?? options.engine ?? "dense";
  const obstacle = notEventDriven(layer);
  if (engine === "dense" || obstacle === undefined) return engine !== "dense";
  const { commutation } = layer;
  const reason =
    commutation?.kind === "kept" ? `${obstacle}, and stays there: ${commutation.reason}` : obstacle;
  const [{ name }, loc] = [layer, layer.origin[0] ?? {}];
  if (engine === "event") diagnostics.push(diagnostic("engine-event", loc, { layer: name, reason }));
  else choices.push({ kind: "dense-engine", layer: name, reason, loc });
  return false;
}

const denseKeys = ["pe", "simd"] as const;
const eventKeys = ["channels", "taps", "ports", "lanes"] as const;

/** Says which settings of a layer, other than the whole network's, are those of the other engine. */
function warnOfUnused(layer: FixedLayer, isEvent: boolean, options: MapOptions): readonly Diagnostic[] {
  const own = options.layers[layer.name] ?? {};
  return (isEvent ? denseKeys : eventKeys).flatMap((key) => {
    const value = own[key];
    if (value === undefined || value === options[key]) return [];
    const holes = { key, value, layer: layer.name, engine: isEvent ? "event" : "dense" };
    return [diagnostic("option-unused", { name: layer.name, attribute: key }, holes)];
  });
}

/** Lanes of an `auto` sweep are at most this many, where there are that many or half of them. */
const AUTO_LANES = 16;

/** Channels of an `auto` port, likewise. */
const AUTO_CHANNELS = 32;

/** The largest number up to `most`; where that is less than half of it, the smallest beyond, if there is one. */
function nearBelow(numbers: readonly number[], most: number): number {
  const below = Math.max(...numbers.filter((n) => n <= most));
  const above = Math.min(...numbers.filter((n) => n > most));
  return 2 * below >= most || above === Number.POSITIVE_INFINITY ? below : above;
}

function eventShape(layer: FixedLayer, options: MapOptions, diagnostics: Diagnostic[]): EventShape {
  const own = { ...options, ...definedOf(options.layers[layer.name] ?? {}) };
  const all = layer.output.channels;
  const { channels: wanted = "auto", taps: some = "auto", ports = 1, lanes: many = "auto" } = own;
  const channels =
    wanted === "auto"
      ? nearBelow(divisorsOf(all), AUTO_CHANNELS)
      : dividing(layer.name, "channels", wanted, all, diagnostics);
  const taps = some === "auto" ? (reachOf(layer)[1] > 1 ? "row" : "one") : some;
  const possible = possibleLanes(layer, { channels, taps, ports });
  // Channels that don't divide have been said; lanes depend on them.
  if (wanted !== "auto" && wanted !== channels) return { channels, taps, ports, lanes: 1 };
  if (many === "auto") return { channels, taps, ports, lanes: nearBelow(possible, AUTO_LANES) };
  if (possible.includes(many)) return { channels, taps, ports, lanes: many };
  const holes = { lanes: many, channels, possible: possible.join(", ") };
  diagnostics.push(diagnostic("event-lanes", { name: layer.name, attribute: "lanes" }, holes));
  return { channels, taps, ports, lanes: 1 };
}

/** A mapping without what isn't given. */
const definedOf = (mapping: LayerMapping): LayerMapping =>
  Object.fromEntries(Object.entries(mapping).filter(([, value]) => value !== undefined));

function layerWork(layer: FixedLayer, options: MapOptions, diagnostics: Diagnostic[]): LayerWork {
  const own = options.layers[layer.name] ?? {};
  const fixed = (name: "pe" | "simd", lanes: Lanes, channels: number): number | undefined => {
    return lanes === "auto" ? undefined : dividing(layer.name, name, lanes, channels, diagnostics);
  };
  const [kh, kw] = layer.synapse.kernel;
  return {
    inChannels: layer.input.channels,
    outChannels: layer.output.channels,
    inPositions: layer.input.height * layer.input.width,
    taps: kh * kw * layer.output.height * layer.output.width,
    pe: fixed("pe", own.pe ?? options.pe, layer.output.channels),
    simd: fixed("simd", own.simd ?? options.simd, layer.input.channels),
  };
}

/** `lanes` if it divides `channels`, else 1 and a diagnostic. */
function dividing(
  owner: string,
  name: string,
  lanes: number,
  channels: number,
  diagnostics: Diagnostic[],
): number {
  if (channels % lanes === 0) return lanes;
  const holes = { name, lanes, channels, divisors: divisorsOf(channels).join(", ") };
  diagnostics.push(diagnostic("lanes-do-not-divide", { name: owner, attribute: name }, holes));
  return 1;
}

/** Activations a cycle of an `auto` readout on events are at most this many. */
const AUTO_ACTS = 4;

function mapReadout(
  readout: FixedReadout,
  source: LayerStage,
  acts: Lanes,
  diagnostics: Diagnostic[],
): ReadoutStage {
  const { pool } = source.layer;
  if (readout.pool?.height !== pool?.height || readout.pool?.width !== pool?.width) {
    const holes = { readout: readout.name, layer: source.name };
    diagnostics.push(diagnostic("readout-pool", readout.origin[0] ?? {}, holes));
  }
  const lanes = lanesOf(sentWord(source));
  if (acts !== "auto")
    return readoutStage(readout, source, dividing(readout.name, "acts", acts, lanes, diagnostics));
  return readoutStage(readout, source, source.kind === "event" ? nearBelow(divisorsOf(lanes), AUTO_ACTS) : 1);
}
