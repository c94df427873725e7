import { assertNever } from "../diagnostics/diagnostic.js";
import type { DenseStage, EventStage, LinearReadoutStage, Stage } from "../ir/design.js";
import { divisorsOf } from "../mapping/divisors.js";
import { notEventDriven, possibleLanes, reachOf } from "../mapping/event-stage.js";

/** What would make a stage faster: the options that can be raised and to what, or the engine that is left to try. */
export function wayToMeet(stage: Stage): string {
  switch (stage.kind) {
    case "dense":
      return denseWay(stage);
    case "event":
      return eventWay(stage);
    case "dense-readout":
    case "event-readout":
      return readoutWay(stage);
    case "potential-readout":
      return `'${stage.name}' takes a word of its layer a cycle: more lanes of the layer`;
    default:
      return assertNever(stage);
  }
}

/** An option of a stage as it is, and what more of it is possible; undefined where that is nothing. */
function more(
  option: string,
  now: number | string,
  possible: readonly (number | string)[],
): string | undefined {
  return possible.length === 0 ? undefined : `--${option} (${now}; possible: ${possible.join(", ")})`;
}

const above = (now: number, possible: readonly number[]): readonly number[] =>
  possible.filter((n) => n > now);

/** "more of a, b for 'x'"; where nothing is left, that. */
function raise(name: string, options: readonly (string | undefined)[]): string {
  const left = options.filter((option) => option !== undefined);
  return left.length === 0
    ? `'${name}' has all the lanes that its shape allows`
    : `more of ${left.join(", ")} for '${name}'`;
}

function denseWay({ name, layer, pe, simd }: DenseStage): string {
  const lanes = raise(name, [
    more("pe", pe, above(pe, divisorsOf(layer.output.channels))),
    more("simd", simd, above(simd, divisorsOf(layer.input.channels))),
  ]);
  return `${lanes}${eventsInstead(layer)} (docs/engines.md)`;
}

/** What it takes to compute a dense layer on events, if anything does. */
function eventsInstead(layer: DenseStage["layer"]): string {
  const tick = "where a tick takes what its spikes take";
  if (notEventDriven(layer) === undefined) return `; or --engine event, ${tick}`;
  if (layer.pre.states.length === 0) return "";
  const { commutation } = layer;
  if (commutation?.kind === "kept")
    return `; --engine event can't be: its traces stay before the synapse, ${commutation.reason}`;
  return `; or --traces commuted with --engine event, ${tick}`;
}

function eventWay({ name, layer, channels, taps, ports, lanes }: EventStage): string {
  const reach = reachOf(layer);
  const wider = [...(reach[1] > 1 ? ["row"] : []), ...(reach[0] > 1 ? ["patch"] : [])];
  const ways = raise(name, [
    more("lanes", lanes, above(lanes, possibleLanes(layer, { channels, taps, ports }))),
    more("taps", taps, taps === "patch" ? [] : wider.filter((way) => way !== taps)),
    more("channels", channels, above(channels, divisorsOf(layer.output.channels))),
    more("ports", ports, above(ports, [2, 4])),
  ]);
  return `${ways}: --lanes shorten every tick, the others those with many events (docs/engines.md)`;
}

const readoutWay = ({ name, acts, lanes }: LinearReadoutStage): string =>
  raise(name, [more("acts", acts, above(acts, divisorsOf(lanes)))]);
