import { assertNever, type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { Design, LayerStage, LinearReadoutStage, ReadoutStage } from "../ir/design.js";
import type { FixedLayer, FixedModel, FixedReadout } from "../ir/fixed.js";
import { chooseParallelism } from "../mapping/balance.js";
import { denseStage } from "../mapping/dense-stage.js";
import { divisorsOf } from "../mapping/divisors.js";
import { eventStage, notEventDriven } from "../mapping/event-stage.js";
import { lanesOf } from "../mapping/geometry.js";
import { inputGuard } from "../mapping/guard.js";
import { kindBehind, readoutStage } from "../mapping/readout-stage.js";
import { streamsOf, targetsOf } from "../mapping/streams.js";
import type { Choice } from "./choice.js";
import type { Pass } from "./pass.js";
import {
  dividing,
  eventShape,
  given,
  type Lanes,
  layerPlace,
  layerWork,
  type MapOptions,
  nearBelow,
  ownMapping,
  type Refuse,
} from "./stages/lanes.js";

export type { LayerMapping, MapOptions } from "./stages/lanes.js";

/**
 * Maps layers to dense or event stages and readouts to readout stages: lanes, pipelines, memories, multipliers, cycles;
 * streams join them. A guard stands before the first, unless it is not asked for.
 *
 * Preserves: meaning; a stage computes exactly the integers of its layer.
 */
export const mapStages: Pass<FixedModel, Design, MapOptions> = {
  name: "map-stages",
  summary: "chooses engines, lanes and memories, and states the cycles a tick takes; changes no value",
  run(model, options) {
    const choices: Choice[] = [];
    const diagnostics: Diagnostic[] = [];
    const refused = new Set<string>();
    const refuser =
      ({ name }: FixedLayer): Refuse =>
      (diagnostic) => {
        diagnostics.push(diagnostic);
        refused.add(name);
      };
    const engines = model.layers.map((layer) => chooseEngine(layer, options, choices, refuser(layer)));
    for (const layer of model.layers)
      if (layer.currentPool !== undefined && layer.pool !== undefined)
        refuser(layer)(diagnostic("pool-twice", layer.origin[0] ?? {}, { layer: layer.name }));
    const densely = model.layers.filter((_, l) => engines[l] === "dense");
    const work = densely.map((layer) => layerWork(layer, options, refuser(layer)));
    const lanes = chooseParallelism(work, options);
    const stages = model.layers.map((layer, l): LayerStage => {
      const targets = targetsOf(model, l);
      const engine = engines[l] as Engine;
      switch (engine) {
        case "dense": {
          const { pe, simd } = lanes[densely.indexOf(layer)] as { pe: number; simd: number };
          return denseStage(layer, pe, simd, targets);
        }
        case "event":
          return eventStage(layer, eventShape(layer, options, refuser(layer)), targets);
        default:
          return assertNever(engine);
      }
    });
    const readouts = model.readouts.map((readout) => {
      const source = stages.find((stage) => stage.name === readout.layer) as LayerStage;
      // A refused layer stands as if nothing had been asked for: what acts divides isn't known.
      const acts = refused.has(readout.layer) ? "auto" : options.acts;
      const place = options.written?.(["readout", "acts"]);
      return mapReadout(readout, source, acts, place, (diagnostic) => diagnostics.push(diagnostic));
    });
    const guard = options.guardInput === false ? undefined : inputGuard(model.input);
    const streams = streamsOf(model, guard, stages, readouts);
    const output = { name: model.name, model, guard, stages: [...stages, ...readouts], streams };
    return { output, choices, diagnostics };
  },
};

/** How a layer is computed. */
type Engine = LayerStage["kind"];

/** The engine that is asked for; with `auto`, events where that is possible. */
function chooseEngine(layer: FixedLayer, options: MapOptions, choices: Choice[], refuse: Refuse): Engine {
  const engine = ownMapping(layer, options).engine ?? options.engine ?? "dense";
  const obstacle = notEventDriven(layer);
  if (engine === "dense") return "dense";
  if (obstacle === undefined) return "event";
  const { commutation } = layer;
  const reason =
    commutation?.kind === "kept" ? `${obstacle}, and stays there: ${commutation.reason}` : obstacle;
  const [{ name }, loc] = [layer, layer.origin[0] ?? {}];
  if (engine === "event") {
    const extra = given("engine", layerPlace(name, "engine", options));
    refuse(diagnostic("engine-event", loc, { layer: name, reason }, extra));
  } else choices.push({ kind: "dense-engine", layer: name, reason, loc });
  return "dense";
}

/** Activations a cycle of an `auto` readout are at most this many. */
const AUTO_ACTS: { readonly [K in LinearReadoutStage["kind"]]: number } = {
  "dense-readout": 1,
  "event-readout": 4,
};

function mapReadout(
  readout: FixedReadout,
  source: LayerStage,
  acts: Lanes,
  place: Loc | undefined,
  refuse: Refuse,
): ReadoutStage {
  const { pool } = source.layer;
  if (readout.kind === "potential") return readoutStage(readout, source, 1);
  if (readout.pool?.height !== pool?.height || readout.pool?.width !== pool?.width) {
    const holes = { readout: readout.name, layer: source.name };
    const notes = [{ text: `the layer '${source.name}'`, loc: source.layer.origin[0] ?? {} }];
    refuse(diagnostic("readout-pool", readout.origin[0] ?? {}, holes, { notes }));
  }
  const lanes = lanesOf(source.geometry.sentWord);
  if (acts !== "auto")
    return readoutStage(readout, source, dividing(readout.name, "acts", acts, lanes, place, refuse));
  return readoutStage(readout, source, nearBelow(divisorsOf(lanes), AUTO_ACTS[kindBehind(source)]));
}
