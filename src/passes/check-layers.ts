import { diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import type { SpikingModel } from "../ir/spiking.js";
import type { Pass } from "./pass.js";

/** Keys of a layer in the configuration, and of the whole network what each of them overrules. */
export const layerKeys = {
  engine: ["engine"],
  pe: ["dense", "pe"],
  simd: ["dense", "simd"],
  channels: ["event", "channels"],
  taps: ["event", "taps"],
  ports: ["event", "ports"],
  lanes: ["event", "lanes"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A key of a layer. */
export type LayerKey = keyof typeof layerKeys;

/** What the configuration says of layers, and where. */
export interface LayerOptions {
  /** What single layers have, by name. */
  readonly layers: Readonly<Record<string, unknown>>;
  readonly locate?: ((path: readonly string[]) => Loc) | undefined;
}

/**
 * Names under `layers` must be those of layers that are compiled: a mistyped one would otherwise be ignored.
 *
 *     layers: { layr2: { pe: 1 } }   →   config-unknown-layer
 *
 * Preserves: everything; gives the model that it got.
 */
export const checkLayers: Pass<SpikingModel, SpikingModel, LayerOptions> = {
  name: "check-layers",
  summary: "every layer that has settings is there; changes nothing",
  run(model, { layers, locate = () => ({}) }) {
    const names = model.layers.map((layer) => layer.name);
    const hint = `its layers are ${names.join(", ")}`;
    const diagnostics = Object.keys(layers)
      .filter((layer) => !names.includes(layer))
      .map((layer) => diagnostic("config-unknown-layer", locate(["layers", layer]), { layer }, { hint }));
    return { output: model, diagnostics };
  },
};
