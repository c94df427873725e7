import type { PotentialReadout } from "../../ir/spiking.js";
import { type Context, fail, signalOf } from "./context.js";
import { type FoundLayer, spikesOf } from "./layers.js";
import { shapeOf } from "./map-shape.js";
import type { Output } from "./outputs.js";
import { matchReadout } from "./readout.js";
import { findRegion, type NextOf } from "./region.js";

/** A graph output that is the value of an integrator: a linear map and states behind it, and nothing that resets them. */
export interface FoundIntegrator {
  readonly output: string;
  /** The comparison that stands for its layer's spikes, which nothing reads. */
  readonly spike: number;
}

/**
 * Integrators among the outputs of a graph. A layer ends in a comparison; one whose potential is the answer has none, and
 * gets one with 0.
 *
 *     logits = decay · li + Linear(spikes), li_next = logits   →   a layer, and a readout that shows its potential
 */
export function findIntegrators(
  ctx: Context,
  next: NextOf,
  outputs: readonly Output[],
): readonly FoundIntegrator[] {
  const spiking = mapsThatSpike(ctx, next);
  return outputs.flatMap(({ name, id }) => {
    if (spikesOf(ctx, id) !== undefined || matchReadout(ctx, name, id) !== undefined) return [];
    const { ids, boundaries, states } = findRegion(ctx, next, [id], (s) => s.kind === "synapse");
    const [map, other] = boundaries;
    const isLinear = ids.every((at) => signalOf(ctx, at).kind !== "compare");
    if (map === undefined || other !== undefined || states.length === 0 || !isLinear || spiking.has(map))
      return [];
    const { dims, origin } = signalOf(ctx, id);
    const spike = ctx.signals.length;
    const compared = { a: id, potential: id, orEqual: false, dims, label: "above", origin } as const;
    ctx.signals.push({ kind: "compare", id: spike, ...compared });
    return [{ output: name, spike }];
  });
}

/** Linear maps that a comparison comes from: of a layer that spikes. */
const mapsThatSpike = (ctx: Context, next: NextOf): ReadonlySet<number> =>
  new Set(
    ctx.signals.flatMap((s) =>
      s.kind === "compare" ? findRegion(ctx, next, [s.a], (each) => each.kind === "synapse").boundaries : [],
    ),
  );

/** The readout of an integrator's layer: a class a neuron. */
export function buildIntegrator(
  { output }: FoundIntegrator,
  { synapse, currents }: FoundLayer,
  layer: string,
): PotentialReadout {
  const { channels, height, width } = shapeOf((currents.pool ?? synapse).dims);
  if (height * width > 1) {
    const reason = "its integrator holds a map, and classes are a vector";
    fail("onnx-readout", synapse.origin, { output, reason }, "use Flatten and Linear before the integrator");
  }
  return {
    kind: "potential",
    name: output,
    origin: [synapse.origin],
    layer,
    classes: channels,
    vote: "last",
  };
}
