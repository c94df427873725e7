import { type Diagnostic, diagnostic, type Loc } from "../diagnostics/diagnostic.js";
import { overruled, type Written } from "../diagnostics/overruled.js";
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
  /** What the whole network has. */
  readonly whole: Readonly<Record<LayerKey, number | string>>;
  /** What single layers have, by name. */
  readonly layers: Readonly<Record<string, Readonly<Record<LayerKey, number | string>>>>;
  readonly locate?: ((path: readonly string[]) => Loc) | undefined;
  readonly written?: Written | undefined;
}

/**
 * Names under `layers` must be the network's: a mistyped one would otherwise be ignored. A key of the whole network
 * that every layer overrules has no effect, which is said.
 *
 *     layers: { layr2: { pe: 1 } }                        →   config-unknown-layer
 *     dense: { pe: 4 }, layers: { layer1: { pe: 2 } }     →   key-overruled, in a network of one layer
 *
 * Preserves: everything; gives the model that it got.
 */
export const checkLayers: Pass<SpikingModel, SpikingModel, LayerOptions> = {
  name: "check-layers",
  summary: "every layer that has settings is there, every setting has a layer; changes nothing",
  run(model, options) {
    const names = model.layers.map((layer) => layer.name);
    return { output: model, diagnostics: [...unknown(names, options), ...withoutEffect(names, options)] };
  },
};

function unknown(names: readonly string[], options: LayerOptions): readonly Diagnostic[] {
  const { layers, locate = () => ({}) } = options;
  const hint = `its layers are ${names.join(", ")}`;
  return Object.keys(layers)
    .filter((layer) => !names.includes(layer))
    .map((layer) => diagnostic("config-unknown-layer", locate(["layers", layer]), { layer }, { hint }));
}

function withoutEffect(names: readonly string[], options: LayerOptions): readonly Diagnostic[] {
  const { whole, layers, written = () => undefined } = options;
  return (Object.keys(layerKeys) as LayerKey[]).flatMap((name) => {
    const loc = written(layerKeys[name]);
    const by = names.map((layer) => written(["layers", layer, name]));
    if (loc === undefined || by.length === 0 || by.includes(undefined)) return [];
    const have = [...new Set(names.map((layer) => layers[layer]?.[name]))];
    const key = layerKeys[name].join(".");
    return overruled({ key, said: whole[name], loc, have, where: "for all layers", by });
  });
}
