import { diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { SpikingModel } from "../ir/spiking.js";
import type { Pass } from "./pass.js";

/** Layers that the configuration has settings for, and where it names them. */
export interface LayerNameOptions {
  readonly layers: readonly string[];
  readonly locate?: ((path: readonly string[]) => Loc) | undefined;
}

/**
 * Names under `layers` must be the network's: a mistyped one would otherwise be ignored.
 *
 *     layers: { layr2: { pe: 1 } }   →   config-unknown-layer
 *
 * Preserves: everything; gives the model that it got.
 */
export const checkLayerNames: Pass<SpikingModel, SpikingModel, LayerNameOptions> = {
  name: "check-layer-names",
  summary: "every layer that has settings is there; changes nothing",
  run(model, { layers, locate = () => ({}) }) {
    const known = model.layers.map((layer) => layer.name);
    const hint = `its layers are ${known.join(", ")}`;
    const diagnostics = layers
      .filter((layer) => !known.includes(layer))
      .map((layer) => diagnostic("config-unknown-layer", locate(["layers", layer]), { layer }, { hint }));
    return { output: model, diagnostics };
  },
};
