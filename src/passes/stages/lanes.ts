import { type Diagnostic, diagnostic, type Loc, type Note } from "../../diagnostics/diagnostic.js";
import type { Written } from "../../diagnostics/overruled.js";
import type { EventTaps } from "../../ir/design.js";
import type { FixedLayer } from "../../ir/fixed.js";
import { sumsOf } from "../../ir/spiking.js";
import type { LayerWork } from "../../mapping/balance.js";
import { divisorsOf } from "../../mapping/divisors.js";
import { type EventShape, possibleLanes, reachOf } from "../../mapping/event-stage.js";
import { type LayerKey, layerKeys } from "../check-layers.js";

/** Takes an error. */
export type Refuse = (diagnostic: Diagnostic) => void;

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

/** How a network is mapped. */
export interface MapOptions extends LayerMapping {
  readonly pe: Lanes;
  readonly simd: Lanes;
  readonly layers: Readonly<Record<string, LayerMapping>>;
  /** Activations a cycle of a readout. */
  readonly acts: Lanes;
  /** Cycles that a tick may take; without it, multipliers are dealt out until `multiplierBudget` is used. */
  readonly targetCyclesPerTick: number | undefined;
  readonly multiplierBudget: number;
  /** Whether events that come twice in a tick or lie outside the map are dropped at the core's input; so if not said. */
  readonly guardInput?: boolean | undefined;
  /** Where an option was written, for diagnostics. */
  readonly written?: Written | undefined;
}

/** Where a layer's key is given: for itself, or for the whole network. */
export const layerPlace = (layer: string, key: LayerKey, { written }: MapOptions): Loc | undefined =>
  written?.(["layers", layer, key]) ?? written?.(layerKeys[key]);

/** A note that names the place of a key, if it is written anywhere. */
export const given = (key: string, loc: Loc | undefined): { readonly notes: readonly Note[] } => ({
  notes: loc === undefined ? [] : [{ text: `${key} is given here`, loc }],
});

/** Lanes of an `auto` sweep are at most this many, where there are that many or half of them. */
const AUTO_LANES = 16;

/** Channels of an `auto` port, likewise. */
const AUTO_CHANNELS = 32;

/** The largest number up to `most`; where that is less than half of it, the smallest beyond, if there is one. */
export function nearBelow(numbers: readonly number[], most: number): number {
  const below = Math.max(...numbers.filter((n) => n <= most));
  const above = Math.min(...numbers.filter((n) => n > most));
  return 2 * below >= most || above === Number.POSITIVE_INFINITY ? below : above;
}

/** The shape of an event stage: what is asked for, where it divides; `auto` lanes near what the constants above say. */
export function eventShape(layer: FixedLayer, options: MapOptions, refuse: Refuse): EventShape {
  const own = { ...options, ...definedOf(ownMapping(layer, options)) };
  const all = layer.output.channels;
  const { channels: wanted = "auto", taps: some = "auto", ports = 1, lanes: many = "auto" } = own;
  const channels =
    wanted === "auto"
      ? nearBelow(divisorsOf(all), AUTO_CHANNELS)
      : dividing(layer.name, "channels", wanted, all, layerPlace(layer.name, "channels", options), refuse);
  const taps = some === "auto" ? (reachOf(layer)[1] > 1 ? "row" : "one") : some;
  const possible = possibleLanes(layer, { channels, taps, ports });
  // Channels that don't divide have been said; lanes depend on them.
  if (wanted !== "auto" && wanted !== channels) return { channels, taps, ports, lanes: 1 };
  if (many === "auto") return { channels, taps, ports, lanes: nearBelow(possible, AUTO_LANES) };
  if (possible.includes(many)) return { channels, taps, ports, lanes: many };
  const holes = { lanes: many, channels, possible: possible.join(", ") };
  const extra = given("lanes", layerPlace(layer.name, "lanes", options));
  refuse(diagnostic("event-lanes", { name: layer.name, attribute: "lanes" }, holes, extra));
  return { channels, taps, ports, lanes: 1 };
}

/** What is set for a layer alone: nothing for one that is called as a property that every object has. */
export const ownMapping = ({ name }: FixedLayer, { layers }: MapOptions): LayerMapping =>
  (Object.hasOwn(layers, name) ? layers[name] : undefined) ?? {};

/** A mapping without what isn't given. */
const definedOf = (mapping: LayerMapping): LayerMapping =>
  Object.fromEntries(Object.entries(mapping).filter(([, value]) => value !== undefined));

/** The work of a dense layer, and the lanes that are asked for it, where they divide. */
export function layerWork(layer: FixedLayer, options: MapOptions, refuse: Refuse): LayerWork {
  const own = ownMapping(layer, options);
  const fixed = (name: "pe" | "simd", lanes: Lanes, channels: number): number | undefined => {
    if (lanes === "auto") return undefined;
    return dividing(layer.name, name, lanes, channels, layerPlace(layer.name, name, options), refuse);
  };
  const [kh, kw] = layer.synapse.kernel;
  const sums = sumsOf(layer);
  return {
    inChannels: layer.input.channels,
    outChannels: layer.output.channels,
    inPositions: layer.input.height * layer.input.width,
    taps: kh * kw * sums.height * sums.width,
    pe: fixed("pe", own.pe ?? options.pe, layer.output.channels),
    simd: fixed("simd", own.simd ?? options.simd, layer.input.channels),
  };
}

/** `lanes` if it divides `channels`, else 1 and a diagnostic. */
export function dividing(
  owner: string,
  name: string,
  lanes: number,
  channels: number,
  place: Loc | undefined,
  refuse: Refuse,
): number {
  if (channels % lanes === 0) return lanes;
  const holes = { name, lanes, channels, divisors: divisorsOf(channels).join(", ") };
  refuse(diagnostic("lanes-do-not-divide", { name: owner, attribute: name }, holes, given(name, place)));
  return 1;
}
